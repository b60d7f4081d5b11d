"""Draws from a Gaussian that was fitted to a population, never far from it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

RIDGE_SD = 0.02
"""Added to every spread, so that what was seen in a few studies alone leaves a fit well conditioned."""
_FARTHEST_SD = 2.0


def draw(mean: Values, covariance: Values, rng: np.random.Generator) -> Values:
    """One draw ``[n]``, no farther than two deviations along any axis of the covariance ``[n, n]``."""
    values, axes = np.linalg.eigh(covariance)
    normal = rng.standard_normal(len(mean)).clip(-_FARTHEST_SD, _FARTHEST_SD)
    drawn: Values = mean + axes @ (np.sqrt(values.clip(min=0)) * normal)
    return drawn


def kept_row(values: Values) -> tuple[float, ...]:
    """A row of a fit as a record keeps it: to four digits."""
    return tuple(float(f"{value:.4g}") for value in values)
