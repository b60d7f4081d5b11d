"""Krippendorff's alpha for any number of readers and any pattern of missing readings.

Own code: the kept package is GPL-3. After Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from UterineSynthLib.readerstudy.statistics.roc import Floats

Metric = Literal["nominal", "ordinal", "interval"]


def rating_counts(ratings: Floats, values: Floats | None = None) -> tuple[Floats, Floats]:
    """Values that occur (k,) and how often each case received each (cases, k); NaN is no rating."""
    found = np.unique(ratings[~np.isnan(ratings)]) if values is None else values
    return found, (ratings[:, :, None] == found).sum(axis=0).astype(np.float64)


def krippendorff_alpha(ratings: Floats, metric: Metric = "nominal") -> float:
    """Alpha of (readers, cases) ratings; NaN if it is undefined (no case rated twice, or all ratings equal)."""
    return alpha_of_counts(*rating_counts(ratings), metric)


def alpha_of_counts(values: Floats, counts: Floats, metric: Metric = "nominal") -> float:
    """:func:`krippendorff_alpha` from what :func:`rating_counts` gives; values that do not occur do no harm."""
    counts = counts[counts.sum(axis=1) >= 2]
    if values.size < 2 or not counts.size:
        return float("nan")
    per_case = counts.sum(axis=1)
    weighted = counts / (per_case - 1)[:, None]
    observed = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    totals = observed.sum(axis=1)
    n = totals.sum()
    expected = (np.outer(totals, totals) - np.diag(totals)) / (n - 1)
    distance = _squared_distance(values, totals, metric)
    by_chance = float((expected * distance).sum())
    return 1.0 - float((observed * distance).sum()) / by_chance if by_chance > 0 else float("nan")


def _squared_distance(values: Floats, totals: Floats, metric: Metric) -> Floats:
    if metric == "nominal":
        return 1.0 - np.eye(values.size)
    if metric == "interval":
        return np.asarray((values[:, None] - values[None, :]) ** 2)
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)
