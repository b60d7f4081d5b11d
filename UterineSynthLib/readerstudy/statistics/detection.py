"""Signal detection: sensitivity d' and criterion c. The signal is a synthetic image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats

_METHOD = "log-linear correction"


@dataclass(frozen=True)
class Detection:
    """d' is 0 for a reader who cannot tell; c above 0 leans towards calling images real."""

    d_prime: Estimate
    criterion: Estimate


def detection(hits: float, synthetic: int, false_alarms: float, real: int, level: float = 0.95) -> Detection:
    """d' and c with the log-linear correction, which keeps them finite (Hautus, Behav Res Methods 1995;27:46).

    Intervals are normal with the variance of Gourevitch & Galanter (Psychometrika 1967;32:25).

    Args:
        hits: synthetic images called synthetic, of ``synthetic``; false_alarms: real images called so, of ``real``.
    """
    if min(synthetic, real) < 1:
        absent = missing("both real and synthetic images must have been read", _METHOD)
        return Detection(absent, absent)
    rates = np.array([(hits + 0.5) / (synthetic + 1), (false_alarms + 0.5) / (real + 1)])
    z = stats.norm.ppf(rates)
    parts = rates * (1 - rates) / (np.array([synthetic + 1, real + 1]) * stats.norm.pdf(z) ** 2)
    half = float(stats.norm.ppf(0.5 + level / 2) * np.sqrt(parts.sum()))
    d_prime, criterion, n = float(z[0] - z[1]), float(-z.sum() / 2), synthetic + real
    return Detection(
        Estimate(d_prime, d_prime - half, d_prime + half, level, n, _METHOD),
        Estimate(criterion, criterion - half / 2, criterion + half / 2, level, n, _METHOD),
    )


def detection_of(correct: Floats, is_synthetic: Bools, level: float = 0.95) -> Detection:
    """:func:`detection` of one reader (cases,) or of pooled readings (readers, cases) of 0, 0.5 and 1."""
    synthetic, real = correct[..., is_synthetic].ravel(), correct[..., ~is_synthetic].ravel()
    synthetic, real = synthetic[~np.isnan(synthetic)], real[~np.isnan(real)]
    return detection(float(synthetic.sum()), synthetic.size, float((1 - real).sum()), real.size, level)
