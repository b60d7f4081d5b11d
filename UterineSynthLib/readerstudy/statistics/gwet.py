"""Gwet's AC1 and AC2, which stay meaningful where nearly all ratings are alike.

Own code: no kept package under a licence like ours. Gwet, Br J Math Stat Psychol 2008;61:29 (AC1); Gwet, Handbook
of Inter-Rater Reliability, 4th ed. 2014, chapters 2-4 (AC2, missing ratings).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from UterineSynthLib.readerstudy.statistics.krippendorff_alpha import rating_counts
from UterineSynthLib.readerstudy.statistics.roc import Floats

Weights = Literal["identity", "linear", "quadratic"]


def gwet_ac(ratings: Floats, weights: Weights = "identity", scale: Floats | None = None) -> float:
    """AC1 (identity weights) or AC2 (linear, quadratic) of (readers, cases) ratings with NaN for unread.

    Args:
        ratings: numeric ratings; scale: (k,) all values the scale offers, where not all of them occur.

    Returns:
        The coefficient; NaN if no case was rated twice or there is one value only.
    """
    return ac_of_counts(*rating_counts(ratings, scale), weights)


def ac_of_counts(values: Floats, counts: Floats, weights: Weights = "identity") -> float:
    """:func:`gwet_ac` from values (k,) and how often each case received each (cases, k)."""
    per_case = counts.sum(axis=1)
    counts, per_case = counts[per_case > 0], per_case[per_case > 0]
    twice = per_case >= 2
    if values.size < 2 or not twice.any():
        return float("nan")
    weight = _weight_matrix(values, weights)
    similar = counts[twice] @ weight
    pairs = per_case[twice] * (per_case[twice] - 1)
    observed = float(((counts[twice] * (similar - 1)).sum(axis=1) / pairs).mean())
    share = (counts / per_case[:, None]).mean(axis=0)
    by_chance = float(weight.sum() * (share * (1 - share)).sum() / (values.size * (values.size - 1)))
    return (observed - by_chance) / (1 - by_chance)


def _weight_matrix(values: Floats, weights: Weights) -> Floats:
    if weights == "identity":
        return np.eye(values.size)
    distance = np.abs(values[:, None] - values[None, :]) / (values.max() - values.min())
    return np.asarray(1 - distance ** (2 if weights == "quadratic" else 1))
