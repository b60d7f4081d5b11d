"""Whether generated images lie closer to the training set than unseen ones do: a sign of copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import mannwhitneyu

from UterineSynthLib.evaluation.distribution import Features, squared_distances


@dataclass(frozen=True)
class Closeness:
    """Distances to the nearest training image.

    Attributes:
        p_value: of the one-sided Mann-Whitney test that generated images lie closer than held-out ones.
        generated, held_out: median distance to the nearest training image.
    """

    p_value: float
    generated: float
    held_out: float


def nearest_distances(items: Features, training: Features) -> Features:
    """Distance of each row of ``[n, d]`` to the nearest row of ``[m, d]``."""
    return np.asarray(np.sqrt(squared_distances(items, training).min(axis=1)))


def closeness(generated: Features, held_out: Features, training: Features) -> Closeness:
    """Compare how near generated and held-out images come to the training images.

    A test of distances can show copies; it cannot show that there are none (arXiv 2505.01524).
    """
    near, far = nearest_distances(generated, training), nearest_distances(held_out, training)
    p_value = float(mannwhitneyu(near, far, alternative="less").pvalue)
    return Closeness(p_value, float(np.median(near)), float(np.median(far)))
