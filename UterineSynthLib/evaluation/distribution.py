"""Distances between two sets of feature vectors, with intervals and the floor that chance alone gives.

KID (Binkowski et al., ICLR 2018) is the unbiased squared maximum mean discrepancy under the cubic polynomial kernel,
MMD here the same under a Gaussian kernel of the median distance (Gretton et al., JMLR 2012). Both are unbiased: they
may be negative, and they do not shrink or grow with the number of samples. FID does (its bias at 64 samples is as
large as the distances looked for) and is not used.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import InputError
from UterineSynthLib.evaluation.agreement import percentile_interval

Features = npt.NDArray[np.float64]
Kernel = Callable[[Features, Features], Features]
_RESAMPLES = 400
_FLOOR_PERCENTILE = 95.0


def cubic_kernel(first: Features, second: Features) -> Features:
    """``(x . y / d + 1)^3`` of every pair of rows of ``[n, d]`` and ``[m, d]``."""
    return np.asarray((first @ second.T / first.shape[1] + 1.0) ** 3)


def gaussian_kernel(bandwidth: float) -> Kernel:
    """``exp(-|x - y|^2 / (2 bandwidth^2))`` of every pair of rows."""

    def kernel(first: Features, second: Features) -> Features:
        return np.asarray(np.exp(-squared_distances(first, second) / (2 * bandwidth**2)))

    return kernel


def median_distance(features: Features) -> float:
    """Median distance of different rows, the usual bandwidth; 1 where all rows are equal."""
    rows, columns = np.triu_indices(len(features), 1)
    distance = float(np.median(np.sqrt(squared_distances(features, features)[rows, columns])))
    return distance if distance > 0 else 1.0


def squared_distances(first: Features, second: Features) -> Features:
    """Squared Euclidean distance of every pair of rows, never below zero."""
    norms = np.square(first).sum(axis=1)[:, None] + np.square(second).sum(axis=1)[None]
    return np.asarray(np.maximum(norms - 2 * first @ second.T, 0.0))


def standardised(sets: list[Features], reference: Features) -> list[Features]:
    """Feature sets scaled by the mean and deviation of ``reference``; features that do not vary there are left out."""
    deviation = reference.std(axis=0)
    varies = deviation > 1e-9
    return [(item - reference.mean(axis=0))[:, varies] / deviation[varies] for item in sets]


def squared_mmd(first: Features, second: Features, kernel: Kernel) -> float:
    """Unbiased squared maximum mean discrepancy of two sets ``[n, d]`` and ``[m, d]``.

    Raises:
        InputError: a set has fewer than two rows, or the sets differ in their number of features.
    """
    _check(first, second)
    pooled = np.concatenate([first, second])
    ones = np.ones(len(pooled))
    return _mmd_of(kernel(pooled, pooled), ones[: len(first)], ones[len(first) :])


def mmd_interval(
    first: Features, second: Features, kernel: Kernel, seed: int, resamples: int = _RESAMPLES
) -> tuple[float, float]:
    """95 % bootstrap interval.

    Pairs of a row with its own copy are left out, so that resampling adds no bias; so are draws of a single row.
    """
    _check(first, second)
    pooled = np.concatenate([first, second])
    gram, rng = kernel(pooled, pooled), np.random.default_rng(seed)
    found: list[float] = []
    while len(found) < resamples:
        weights = [rng.multinomial(n, np.full(n, 1 / n)).astype(float) for n in (len(first), len(second))]
        if all((counts > 0).sum() > 1 for counts in weights):
            found.append(_mmd_of(gram, *weights))
    return percentile_interval(found)


def chance_floor(first: Features, second: Features, kernel: Kernel, seed: int, resamples: int = _RESAMPLES) -> float:
    """The 95th percentile of the squared MMD of random halves of two sets of one kind."""
    _check(first, second)
    pooled = np.concatenate([first, second])
    gram, rng = kernel(pooled, pooled), np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        order = rng.permutation(len(pooled))
        found.append(_mmd_of(gram[np.ix_(order, order)], np.ones(len(first)), np.ones(len(second))))
    return float(np.percentile(found, _FLOOR_PERCENTILE))


def _mmd_of(gram: Features, first: Features, second: Features) -> float:
    """From the kernel of all pairs and how often each row counts."""
    split = len(first)
    within = _mean_within(gram[:split, :split], first) + _mean_within(gram[split:, split:], second)
    between = first @ gram[:split, split:] @ second / (first.sum() * second.sum())
    return float(within - 2 * between)


def _mean_within(gram: Features, weights: Features) -> float:
    pairs = np.outer(weights, weights)
    np.fill_diagonal(pairs, 0.0)
    return float((pairs * gram).sum() / pairs.sum())


def _check(first: Features, second: Features) -> None:
    if min(len(first), len(second)) < 2 or first.shape[1] != second.shape[1]:
        raise InputError(f"feature sets of shape {first.shape} and {second.shape}: two rows each, of equal length")
