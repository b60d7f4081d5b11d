"""Leaving fields of a description open at random, so that a model learns to live without them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology

_KEPT = ("pathologies", "excluded", "leiomyomas", "acquisition")
_DENIED_SHARE = 0.2
"""Share of the normal uteri that are described by what they do not show."""


def opened(description: UterusDescription, probability: float, rng: np.random.Generator) -> UterusDescription:
    """The description with each field left open with ``probability``; pathologies and the list of lesions stay."""
    fields: dict[str, Any] = {
        f.name: None for f in dataclasses.fields(description) if f.name not in _KEPT and _drawn(probability, rng)
    }
    lesions = tuple(_opened_lesion(lesion, probability, rng) for lesion in description.leiomyomas)
    acquisition = Acquisition() if _drawn(2 * probability, rng) else description.acquisition
    if description.shows(Pathology.NORMAL) and _drawn(_DENIED_SHARE, rng):
        fields |= {"pathologies": None, "excluded": _denied(rng)}
    return dataclasses.replace(description, **fields, leiomyomas=lesions, acquisition=acquisition)


def _denied(rng: np.random.Generator) -> tuple[Pathology, ...]:
    """One or two pathologies that a sentence about a normal uterus denies, such as "no fibroids"."""
    lesions = [pathology for pathology in Pathology if pathology is not Pathology.NORMAL]
    chosen = rng.choice(len(lesions), size=int(rng.integers(1, 3)), replace=False)
    return tuple(lesions[int(index)] for index in sorted(chosen))


def _opened_lesion(lesion: Leiomyoma, probability: float, rng: np.random.Generator) -> Leiomyoma:
    open_now: dict[str, Any] = {f.name: None for f in dataclasses.fields(lesion) if _drawn(probability, rng)}
    return dataclasses.replace(lesion, **open_now)


def _drawn(probability: float, rng: np.random.Generator) -> bool:
    return bool(rng.random() < probability)
