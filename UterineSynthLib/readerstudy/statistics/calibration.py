"""Whether confident answers are more often right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from UterineSynthLib.readerstudy.statistics.estimate import Estimate
from UterineSynthLib.readerstudy.statistics.proportion import share_of_readings
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats


@dataclass(frozen=True)
class ConfidencePoint:
    """One point of the authenticity scale.

    Attributes:
        point: from 1, surely synthetic, to the highest, surely real; anchor: its wording.
        synthetic: share of the readings at this point whose image was synthetic.
    """

    point: int
    anchor: str
    synthetic: Estimate


def calibration(
    suspicion: Floats,
    is_synthetic: Bools,
    anchors: tuple[str, ...],
    subject: NDArray[np.int64],
    rng: np.random.Generator,
    level: float = 0.95,
) -> tuple[ConfidencePoint, ...]:
    """Share of synthetic images at each point of the scale, all readings (readers, cases) pooled.

    Intervals draw readers and whole patients (``subject``, (cases,)) anew.
    """
    truth = np.broadcast_to(is_synthetic, suspicion.shape).astype(np.float64)
    points = []
    for number, anchor in enumerate(anchors, start=1):
        here = suspicion == len(anchors) + 1 - number
        share = share_of_readings(np.where(here, truth, np.nan), subject, rng, level)
        points.append(ConfidencePoint(number, anchor, share))
    return tuple(points)


def expected_calibration_error(suspicion: Floats, is_synthetic: Bools, points: int) -> float | None:
    """Mean distance between stated and found share of synthetic images, weighted by readings.

    The points stand for evenly spaced probabilities from 0 (surely real) to 1 (surely synthetic). None without
    readings.
    """
    read = ~np.isnan(suspicion)
    if not read.any():
        return None
    truth = np.broadcast_to(is_synthetic, suspicion.shape)
    total = 0.0
    for value in np.unique(suspicion[read]):
        here = suspicion == value
        total += here.sum() * abs((value - 1) / (points - 1) - truth[here].mean())
    return float(total / read.sum())
