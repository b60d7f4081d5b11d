"""The course of a reading: share right and reading time along the readers' sequences."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.readerstudy.statistics.estimate import Estimate
from UterineSynthLib.readerstudy.statistics.proportion import share_of_readings
from UterineSynthLib.readerstudy.statistics.reading_time import geometric_mean_of_readers
from UterineSynthLib.readerstudy.statistics.table import ReadTable

_LEAST_PER_PART = 4
_MOST_PARTS = 8


@dataclass(frozen=True)
class CoursePart:
    """One of the equal parts that each reader's sequence is cut into.

    Attributes:
        first, last: places in the sequence, from 1. correct: share right. seconds: geometric mean over readers, in s.
    """

    first: int
    last: int
    correct: Estimate
    seconds: Estimate


def course(table: ReadTable, rng: np.random.Generator, level: float = 0.95) -> tuple[CoursePart, ...]:
    """Up to eight parts of at least four places each; nothing where the sequence is shorter than two parts."""
    if np.isnan(table.order).all():
        return ()
    longest = int(np.nanmax(table.order))
    parts = min(_MOST_PARTS, longest // _LEAST_PER_PART)
    if parts < 2:
        return ()
    cuts = [round(longest * i / parts) for i in range(parts + 1)]
    found = []
    for start, end in itertools.pairwise(cuts):
        here = (table.order > start) & (table.order <= end)
        correct = share_of_readings(np.where(here, table.correct, np.nan), table.subject, rng, level)
        seconds = geometric_mean_of_readers(np.where(here, table.seconds, np.nan), level)
        found.append(CoursePart(start + 1, end, correct, seconds))
    return tuple(found)
