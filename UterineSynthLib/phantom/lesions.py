"""Lesions of a description, grown into the fields of a uterus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.phantom.implicit import Solid
from UterineSynthLib.phantom.landmarks import Point
from UterineSynthLib.phantom.leiomyoma_growth import grow_leiomyomas
from UterineSynthLib.phantom.uterine_fields import UterineFields


@dataclass(frozen=True)
class Lesion:
    """A lesion as it was grown: its kind, the solid that holds it, its centre and its intended diameter."""

    pathology: Pathology
    solid: Solid
    centre: Point
    diameter_mm: float


def grow_lesions(
    description: UterusDescription, fields: UterineFields, rng: np.random.Generator
) -> tuple[list[Lesion], list[Solid]]:
    """Grow what a complete description asks for; ``fields`` is changed so that the wall gives way."""
    lesions: list[Lesion] = []
    solids: list[Solid] = []
    for myoma in grow_leiomyomas(description.leiomyomas, fields, rng):
        parts = myoma.solids
        solids.extend(parts)
        lesions.append(Lesion(Pathology.LEIOMYOMA, parts[-2], myoma.star.centre, myoma.star.diameter_mm))
    return lesions, solids
