"""How much samples of one description differ: MS-SSIM between a model's samples, less that between phantoms.

The mean of so few pairs scatters (that of four out of twelve phantoms of one description by 0.035), so that several
descriptions are sampled and an interval goes with the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import InputError
from UterineSynthLib.evaluation.agreement import percentile_interval
from UterineSynthLib.evaluation.likeness import Volume, ms_ssim

Pairs = npt.NDArray[np.float64]
"""MS-SSIM of every pair ``[n, n]``, 1 on the diagonal."""
_RESAMPLES = 400


@dataclass(frozen=True)
class Diversity:
    """Attributes:
    value: mean over descriptions of what samples are more alike than phantoms; below 0 they differ more.
    low, high: 95 % bootstrap interval over samples and phantoms.
    made, phantoms: mean MS-SSIM of pairs.
    """

    value: float
    low: float
    high: float
    made: float
    phantoms: float


def likeness_of_pairs(volumes: Sequence[Volume]) -> Pairs:
    """MS-SSIM of every pair of volumes ``[D, H, W]``.

    Raises:
        InputError: there are fewer than two, or their slices are too small.
    """
    if len(volumes) < 2:
        raise InputError(f"{len(volumes)} volumes: likeness needs pairs")
    found = np.eye(len(volumes))
    for i, j in combinations(range(len(volumes)), 2):
        found[i, j] = found[j, i] = ms_ssim(volumes[i], volumes[j])
    return found


def diversity(groups: Sequence[tuple[Pairs, Pairs]], seed: int) -> Diversity:
    """Of the samples and phantoms of each description.

    Raises:
        InputError: there is no group.
    """
    if not groups:
        raise InputError("diversity needs the samples and phantoms of one description at least")
    made, phantoms = (float(np.mean([_mean(group[side]) for group in groups])) for side in (0, 1))
    rng = np.random.default_rng(seed)
    drawn = [float(np.mean([_drawn(a, rng) - _drawn(b, rng) for a, b in groups])) for _ in range(_RESAMPLES)]
    return Diversity(made - phantoms, *percentile_interval(drawn), made, phantoms)


def _mean(pairs: Pairs, weights: npt.NDArray[np.int64] | None = None) -> float:
    """Mean over different images, each counted as often as its weight says."""
    count = np.ones(len(pairs), np.int64) if weights is None else weights
    shares = np.outer(count, count) * (1 - np.eye(len(pairs)))
    return float((shares * pairs).sum() / shares.sum())


def _drawn(pairs: Pairs, rng: np.random.Generator) -> float:
    """The mean of a bootstrap sample; pairs of an image with its own copy, alike by nature, are left out."""
    while True:
        weights = np.bincount(rng.integers(len(pairs), size=len(pairs)), minlength=len(pairs))
        if np.count_nonzero(weights) > 1:
            return _mean(pairs, weights)
