"""Splitting cases by patient, by a hash alone.

A patient's split depends on nothing but the patient, the seed and the fractions. So all cases of a patient stay
together, and patients who join later move nobody.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from UterineSynthLib.dataset.case import Case, Split
from UterineSynthLib.errors import ConfigError

_HASH_BYTES = 8


@dataclass(frozen=True)
class SplitFractions:
    """Shares of the patients; they add up to 1."""

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.test)
        if not all(0.0 <= share <= 1.0 for share in shares) or not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
            shown = f"{self.train:g} + {self.validation:g} + {self.test:g}"
            raise ConfigError(f"split fractions {shown}: must each lie between 0 and 1 and add up to 1")


def split_of(patient_id: str, seed: int, fractions: SplitFractions) -> Split:
    """The split of a patient."""
    hashed = hashlib.sha256(f"{seed}:{patient_id}".encode()).digest()[:_HASH_BYTES]
    place = int.from_bytes(hashed, "big") / 256**_HASH_BYTES
    if place < fractions.train:
        return Split.TRAIN
    return Split.VALIDATION if place < fractions.train + fractions.validation else Split.TEST


def assign_splits(cases: Iterable[Case], seed: int, fractions: SplitFractions | None = None) -> tuple[Case, ...]:
    """The cases in their order, each with its patient's split; a split that a case had before is replaced.

    Shares are met on average: of few patients they may be some way off, and a split may stay empty.
    """
    wanted = fractions or SplitFractions()
    return tuple(dataclasses.replace(case, split=split_of(case.patient_id, seed, wanted)) for case in cases)
