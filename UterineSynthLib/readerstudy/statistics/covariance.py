"""Covariance, over the cases, of the figures of merit of several readers.

Every function takes ``scores`` (readers, cases) with NaN where a reader did not read a case, and ``is_positive``
(cases,), and returns the estimates (readers,) with their covariance (readers, readers). Several treatments are
stacked as further rows. Cases are independent; one patient with several cases is resampled as one (``clusters``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats, areas, placements

Merit = Callable[[Floats, Bools], Floats]
"""Figure of merit: scores (readers, cases) with NaN for unread, classes (cases,) -> (readers,), NaN if undefined."""


def delong(scores: Floats, is_positive: Bools) -> tuple[Floats, Floats]:
    """Areas and their covariance after DeLong, DeLong and Clarke-Pearson (Biometrics 1988;44:837), eq. 6.

    Raises:
        InputError: a reader did not read every case (use :func:`jackknife`), or a class has fewer than two cases.
    """
    if np.isnan(scores).any():
        raise InputError("DeLong covariances need every reader to read every case; use the jackknife instead")
    if min(int(is_positive.sum()), int((~is_positive).sum())) < 2:
        raise InputError("DeLong covariances need at least two cases of each class")
    pairs = [placements(row, is_positive) for row in scores]
    positive, negative = np.stack([p for p, _ in pairs]), np.stack([n for _, n in pairs])
    covariance = (
        np.atleast_2d(np.cov(positive)) / positive.shape[1] + np.atleast_2d(np.cov(negative)) / negative.shape[1]
    )
    return positive.mean(axis=1), covariance


def jackknife(
    scores: Floats,
    is_positive: Bools,
    merit: Merit | None = None,
    clusters: NDArray[np.int64] | None = None,
    strata: NDArray[np.bool_] | None = None,
) -> tuple[Floats, Floats]:
    """Figures of merit and their covariance by leaving out one case (or one cluster of cases) at a time.

    A reader who did not read the case left out keeps the whole estimate, so that readers with different cases share
    covariance only through the cases they share: this is what allows designs that are not fully crossed.

    Args:
        strata: (cases,) where the design fixed how many cases of two kinds are read, as accuracy needs: the difference
            between the kinds is then no error. A cluster belongs to the stratum of its first case.

    Raises:
        InputError: fewer than two clusters, or leaving one out leaves a reader without a class.
    """
    own = np.arange(scores.shape[1]) if clusters is None else clusters
    names, first, index = np.unique(own, return_index=True, return_inverse=True)
    if names.size < 2:
        raise InputError("the jackknife needs at least two independent cases")
    merit = areas if merit is None else merit
    whole = merit(scores, is_positive)
    left = np.empty((scores.shape[0], names.size))
    for k in range(names.size):
        touched = (~np.isnan(scores[:, index == k])).any(axis=1)
        left[:, k] = np.where(touched, merit(np.where(index == k, np.nan, scores), is_positive), whole)
    if not np.isfinite(left).all():
        raise InputError("the jackknife needs, for every reader, two cases of each class")
    stratum = np.zeros(names.size, dtype=bool) if strata is None else strata[first]
    if min(np.unique(stratum, return_counts=True)[1]) < 2:
        raise InputError("the jackknife needs at least two independent cases of each kind")
    return whole, sum((_spread(left[:, stratum == s]) for s in np.unique(stratum)), np.zeros((whole.size,) * 2))


def _spread(left: Floats) -> Floats:
    """Jackknife covariance of leave-one-out estimates (readers, clusters)."""
    deviation = left - left.mean(axis=1, keepdims=True)
    return np.asarray((left.shape[1] - 1) / left.shape[1] * deviation @ deviation.T)


def share_true(scores: Floats, _: Bools) -> Floats:
    """Mean of the scores read: accuracy, where a score is 1 for a correct answer and 0 for a wrong one."""
    read = ~np.isnan(scores)
    count = read.sum(axis=1)
    total = np.where(read, scores, 0.0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def balanced_share(scores: Floats, is_positive: Bools) -> Floats:
    """Mean of sensitivity and specificity: accuracy as if half of the cases were synthetic.

    The plain share right of a reader who guesses but leans to one answer is not one half where the numbers differ.
    """
    return (share_true(scores[:, is_positive], is_positive) + share_true(scores[:, ~is_positive], is_positive)) / 2


def mean_difference(scores: Floats, is_positive: Bools) -> Floats:
    """Mean score of the positive cases minus that of the negative ones."""
    return share_true(scores[:, is_positive], is_positive) - share_true(scores[:, ~is_positive], is_positive)
