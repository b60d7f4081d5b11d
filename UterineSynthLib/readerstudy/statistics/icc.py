"""Intraclass correlation for repeated ratings. Own code: the kept package is GPL-3.

Shrout & Fleiss, Psychol Bull 1979;86:420; intervals: McGraw & Wong, Psychol Methods 1996;1:30.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import stats

from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.roc import Floats

Form = Literal["1", "2", "3"]


def icc(ratings: Floats, form: Form = "2", level: float = 0.95) -> Estimate:
    """Reliability of a single rating.

    Args:
        ratings: (cases, ratings) without NaN. form: "1" one-way, "2" two-way random with absolute agreement,
            "3" two-way mixed with consistency.
    """
    method = f"ICC({form},1)"
    cases, columns = ratings.shape
    if cases < 2 or columns < 2:
        return missing(f"needs two cases rated twice, got {cases} cases and {columns} ratings", method, cases)
    if np.ptp(ratings) == 0:
        return missing("all ratings are equal", method, cases)
    rows, column, rest, within = _mean_squares(ratings)
    if rows <= 1e-12:
        return missing("the cases do not differ in their mean rating", method, cases)
    if form == "1":
        value, bounds = (rows - within) / (rows + (columns - 1) * within), (rows, within, cases * (columns - 1))
    elif form == "3":
        value, bounds = (rows - rest) / (rows + (columns - 1) * rest), (rows, rest, (cases - 1) * (columns - 1))
    else:
        value = (rows - rest) / (rows + (columns - 1) * rest + columns * (column - rest) / cases)
        low, high = _agreement_interval(value, rows, column, rest, cases, columns, level)
        return Estimate(value, low, high, level, cases, method)
    low, high = _ratio_interval(*bounds, cases, columns, level)
    return Estimate(value, low, high, level, cases, method)


def _mean_squares(ratings: Floats) -> tuple[float, float, float, float]:
    """Between cases, between columns, residual, within cases."""
    cases, columns = ratings.shape
    by_case, by_column = ratings.mean(axis=1, keepdims=True), ratings.mean(axis=0, keepdims=True)
    rest = ratings - by_case - by_column + ratings.mean()
    return (
        columns * float(np.var(by_case, ddof=1)),
        cases * float(np.var(by_column, ddof=1)),
        float((rest**2).sum()) / ((cases - 1) * (columns - 1)),
        float(((ratings - by_case) ** 2).sum()) / (cases * (columns - 1)),
    )


def _ratio_interval(
    rows: float, error: float, df: float, cases: int, columns: int, level: float
) -> tuple[float, float]:
    if error == 0:
        return 1.0, 1.0
    tail = 0.5 + level / 2
    low = rows / error / stats.f.ppf(tail, cases - 1, df)
    high = rows / error * stats.f.ppf(tail, df, cases - 1)
    return float((low - 1) / (low + columns - 1)), float((high - 1) / (high + columns - 1))


def _agreement_interval(
    value: float, rows: float, column: float, rest: float, cases: int, columns: int, level: float
) -> tuple[float, float]:
    a = columns * value / (cases * (1 - value)) if value < 1 else np.inf
    if not np.isfinite(a):
        return 1.0, 1.0
    b = 1 + columns * value * (cases - 1) / (cases * (1 - value))
    spread = (a * column) ** 2 / (columns - 1) + (b * rest) ** 2 / ((cases - 1) * (columns - 1))
    df = (a * column + b * rest) ** 2 / spread
    lower, upper = stats.f.ppf(0.5 + level / 2, cases - 1, df), stats.f.ppf(0.5 + level / 2, df, cases - 1)
    noise = columns * column + (columns * cases - columns - cases) * rest
    low = cases * (rows - lower * rest) / (lower * noise + cases * rows)
    high = cases * (upper * rows - rest) / (noise + cases * upper * rows)
    return float(low), float(high)
