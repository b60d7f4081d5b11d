"""Pooled d', criterion and mean area with intervals that draw readers and cases anew.

The formulas for single readers take readings for independent; readings of one image, and of one reader, are not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from UterineSynthLib.readerstudy.statistics.bootstrap import draw_clusters, percentile_interval, weighted_sums
from UterineSynthLib.readerstudy.statistics.detection import Detection, detection_of
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats, areas

_METHOD = "bootstrap over readers and cases"


def clustered_detection(
    correct: Floats, is_synthetic: Bools, subject: NDArray[np.int64], rng: np.random.Generator, level: float = 0.95
) -> Detection:
    """d' and criterion of all readings (readers, cases) together, log-linear correction in every draw.

    One reader alone keeps the normal interval over her own readings.
    """
    whole = detection_of(correct, is_synthetic, level)
    if correct.shape[0] < 2 or not whole.d_prime.has_interval:
        return whole
    draws = draw_clusters(np.arange(correct.shape[0]), subject, rng, is_synthetic)
    called = np.where(is_synthetic, correct, 1 - correct)
    z = []
    for kind in (is_synthetic, ~is_synthetic):
        total, count = weighted_sums(np.where(kind, called, np.nan), draws)
        z.append(stats.norm.ppf((total + 0.5) / (count + 1)))
    return Detection(
        _estimate(whole.d_prime, z[0] - z[1], level),
        _estimate(whole.criterion, -(z[0] + z[1]) / 2, level),
    )


def clustered_area(
    scores: Floats, is_synthetic: Bools, subject: NDArray[np.int64], rng: np.random.Generator, level: float = 0.95
) -> Estimate:
    """Mean over readers of the area under the ROC curve of scores (readers, cases), NaN for unread."""
    each = areas(scores, is_synthetic)
    n, known = int((~np.isnan(scores)).sum()), ~np.isnan(each)
    if not known.any():
        return missing("an ROC curve needs both real and synthetic images", _METHOD, n)
    value = float(each[known].mean())
    if known.sum() < 2:
        return Estimate(value, level=level, n=n, method=_METHOD, reason="one reader cannot be resampled")
    draws = draw_clusters(np.arange(scores.shape[0]), subject, rng, is_synthetic)
    drawn = np.stack([_weighted_areas(row, is_synthetic, draws.cases) for row in scores], axis=1)
    weight = np.where(np.isnan(drawn), 0.0, draws.readers)
    total = weight.sum(axis=1)
    means = (np.nan_to_num(drawn) * weight).sum(axis=1)[total > 0] / total[total > 0]
    low, high = percentile_interval(means, level)
    return Estimate(value, low, high, level, n, _METHOD)


def _weighted_areas(scores: Floats, is_synthetic: Bools, weights: Floats) -> Floats:
    """Area of one reader's scores (cases,) under each row of weights (replicates, cases); NaN without a class."""
    read = ~np.isnan(scores)
    synthetic, real = read & is_synthetic, read & ~is_synthetic
    difference = scores[synthetic][:, None] - scores[real][None, :]
    wins = (difference > 0) + 0.5 * (difference == 0)
    pairs = weights[:, synthetic].sum(axis=1) * weights[:, real].sum(axis=1)
    won = ((weights[:, synthetic] @ wins) * weights[:, real]).sum(axis=1)
    return np.asarray(np.where(pairs > 0, won / np.maximum(pairs, 1.0), np.nan))


def _estimate(whole: Estimate, draws: Floats, level: float) -> Estimate:
    low, high = percentile_interval(draws, level)
    return Estimate(whole.value, low, high, level, whole.n, f"{whole.method}, {_METHOD}")
