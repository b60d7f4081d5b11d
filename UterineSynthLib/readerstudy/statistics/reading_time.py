"""Reading times, which are log-normal: geometric means."""

from __future__ import annotations

import numpy as np
from scipy import stats

from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats


def geometric_mean(seconds: Floats, level: float = 0.95) -> Estimate:
    """Geometric mean in s of one reader's times; NaN is left out."""
    logs = np.log(seconds[~np.isnan(seconds)])
    if logs.size == 0:
        return missing("no time was recorded", "geometric mean")
    return _back(logs, level, logs.size)


def geometric_mean_of_readers(seconds: Floats, level: float = 0.95) -> Estimate:
    """Geometric mean in s over readers, each weighing the same; the interval is over readers."""
    return _over_readers(np.log(seconds), level, int((~np.isnan(seconds)).sum()))


def time_ratio(seconds: Floats, is_synthetic: Bools, level: float = 0.95) -> Estimate:
    """Time spent on synthetic over real images; the interval is over readers."""
    logs = np.log(seconds)
    synthetic, real = _row_means(logs[:, is_synthetic]), _row_means(logs[:, ~is_synthetic])
    return _over_readers((synthetic - real)[:, None], level, int((~np.isnan(seconds)).sum()))


def _over_readers(logs: Floats, level: float, n: int) -> Estimate:
    means = _row_means(logs)
    means = means[~np.isnan(means)]
    if means.size == 0:
        return missing("no reader has times of both kinds", "geometric mean over readers", n)
    return _back(means, level, n)


def _row_means(logs: Floats) -> Floats:
    counts = (~np.isnan(logs)).sum(axis=1)
    return np.where(counts > 0, np.nansum(logs, axis=1) / np.maximum(counts, 1), np.nan)


def _back(logs: Floats, level: float, n: int) -> Estimate:
    mean, method = float(logs.mean()), "geometric mean"
    if logs.size < 2:
        return Estimate(float(np.exp(mean)), level=level, n=n, method=method, reason="one value has no interval")
    half = float(stats.t.ppf(0.5 + level / 2, logs.size - 1) * stats.sem(logs))
    low, high = float(np.exp(mean - half)), float(np.exp(mean + half))
    return Estimate(float(np.exp(mean)), low, high, level, n, method)
