"""Learning and fatigue: how a quantity changes along a reader's own sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.roc import Floats

_PER = 10


@dataclass(frozen=True)
class Trend:
    """Change of ``quantity`` per ten cases: mean of the readers' own slopes, so that readers may differ in level."""

    quantity: str
    per_ten_cases: Estimate
    p_value: float | None


def trend(quantity: str, values: Floats, order: Floats, level: float = 0.95) -> Trend:
    """Fit a line per reader and average over readers (two-stage summary measures, Matthews et al., BMJ 1990;300:230).

    One reader alone is judged by the spread of her own cases.

    Args:
        values, order: (readers, cases), NaN for unread.
    """
    fits = [_line(v, o) for v, o in zip(values, order, strict=True)]
    slopes = np.array([fit[0] for fit in fits if fit is not None]) * _PER
    n = int((~np.isnan(values)).sum())
    if slopes.size == 0:
        return Trend(quantity, missing("needs three readings that differ by one reader", "line per reader", n), None)
    if slopes.size == 1:
        slope, se, df = next(fit for fit in fits if fit is not None)
        mean, error, freedom, method = slope * _PER, se * _PER, df, "line through one reader's cases"
    else:
        mean, error = float(slopes.mean()), float(stats.sem(slopes))
        freedom, method = slopes.size - 1, "mean of the readers' slopes"
    if error == 0:
        return Trend(quantity, Estimate(mean, n=n, method=method, reason="the slopes do not vary"), None)
    half = float(stats.t.ppf(0.5 + level / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(mean) / error, freedom))
    return Trend(quantity, Estimate(mean, mean - half, mean + half, level, n, method), p_value)


def _line(values: Floats, order: Floats) -> tuple[float, float, int] | None:
    read = ~(np.isnan(values) | np.isnan(order))
    if read.sum() < 3 or np.ptp(order[read]) == 0 or np.ptp(values[read]) == 0:
        return None
    fit = stats.linregress(order[read], values[read])
    return float(fit.slope), float(fit.stderr), int(read.sum()) - 2
