"""Empirical ROC curve and its area.

Positive cases are those whose score should be high. Ties between the classes count one half.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def roc_points(scores: Floats, is_positive: Bools) -> Floats:
    """Corners of the empirical ROC curve, from (0, 0) to (1, 1).

    Args:
        scores: (n,) scores without NaN.
        is_positive: (n,) class of each score; both classes are present.

    Returns:
        (k, 2) false-positive and true-positive fractions, both rising.
    """
    thresholds = np.unique(scores)[::-1]
    positive, negative = scores[is_positive], scores[~is_positive]
    true = [(positive >= t).mean() for t in thresholds]
    false = [(negative >= t).mean() for t in thresholds]
    return np.column_stack([np.r_[0.0, false], np.r_[0.0, true]])


def auc(scores: Floats, is_positive: Bools) -> float:
    """Area under the empirical curve = P(positive > negative) + P(equal) / 2; NaN scores are left out.

    Returns NaN where a class has no score.
    """
    positive, negative = placements(scores, is_positive)
    return float(positive.mean()) if positive.size and negative.size else float("nan")


def areas(scores: Floats, is_positive: Bools) -> Floats:
    """Area under the empirical curve of each reader, of scores (readers, cases)."""
    return np.array([auc(row, is_positive) for row in scores])


def placements(scores: Floats, is_positive: Bools) -> tuple[Floats, Floats]:
    """Structural components of DeLong et al. (Biometrics 1988;44:837), eq. 4 and 5.

    Returns:
        For each positive the share of negatives it beats (n_positive,), for each negative the share of positives
        that beat it (n_negative,). NaN scores are left out.
    """
    read = ~np.isnan(scores)
    positive, negative = scores[read & is_positive], scores[read & ~is_positive]
    if not positive.size or not negative.size:
        return np.zeros(0), np.zeros(0)
    difference = positive[:, None] - negative[None, :]
    wins = (difference > 0) + 0.5 * (difference == 0)
    return wins.mean(axis=1), wins.mean(axis=0)
