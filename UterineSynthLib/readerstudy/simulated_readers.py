"""Simulated readers with a known truth: impressions of single images and of sets of which one is real.

Binormal readers: the impression of an image is normal, shifted by d' for a synthetic one; readers differ in d', in
their criterion, and share part of the impression of each image (Roe & Metz, Acad Radiol 1997;4:298).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats

_QUADRATURE_POINTS = 80


@dataclass(frozen=True)
class SimulatedReaders:
    """The truth about the readers.

    Attributes:
        d_prime: mean separation of synthetic from real impressions, in standard deviations of one impression.
        d_prime_sd: between readers. criterion: threshold above the middle; above 0 leans to "real".
        criterion_sd: between readers. case_correlation: correlation of two readers' impressions of one image.
        descriptor_skill: share of the images of which a reader reads what was asked for; she guesses at the others.
    """

    d_prime: float = 0.0
    d_prime_sd: float = 0.0
    criterion: float = 0.0
    criterion_sd: float = 0.0
    case_correlation: float = 0.0
    descriptor_skill: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.case_correlation < 1:
            raise InputError(f"case_correlation = {self.case_correlation:g} must lie between 0 and 1")
        if min(self.d_prime_sd, self.criterion_sd) < 0:
            raise InputError("standard deviations between readers must be 0 or more")
        if not 0 <= self.descriptor_skill <= 1:
            raise InputError(f"descriptor_skill = {self.descriptor_skill:g} must lie between 0 and 1")

    @property
    def auc(self) -> float:
        """Expected area under the curve of a reader drawn at random."""
        return float(stats.norm.cdf(self.d_prime / np.sqrt(2 + self.d_prime_sd**2)))

    @property
    def accuracy(self) -> float:
        """Expected share right of a reader drawn at random, half of the images being synthetic."""
        return (self.sensitivity + self.specificity) / 2

    @property
    def sensitivity(self) -> float:
        """Expected share of synthetic images called synthetic."""
        return float(stats.norm.cdf((self.d_prime / 2 - self.criterion) / self._spread))

    @property
    def specificity(self) -> float:
        """Expected share of real images called real."""
        return float(stats.norm.cdf((self.d_prime / 2 + self.criterion) / self._spread))

    @property
    def _spread(self) -> float:
        return float(np.sqrt(1 + self.criterion_sd**2 + self.d_prime_sd**2 / 4))

    def choice_accuracy(self, options: int) -> float:
        """Expected share right in a forced choice of one real image among ``options``.

        The reader takes the image with the least suspicion; the integral over her impression of the real one is the
        usual one of m alternatives (Green & Swets, Signal Detection Theory and Psychophysics 1966, eq. 2.6).
        """
        points, weights = np.polynomial.hermite_e.hermegauss(_QUADRATURE_POINTS)
        weights = weights / weights.sum()
        d_prime = self.d_prime + self.d_prime_sd * points
        beaten = stats.norm.cdf(points[None, :] + d_prime[:, None]) ** (options - 1)
        return float(weights @ beaten @ weights)


def simulate_impressions(
    truth: SimulatedReaders, is_synthetic: Bools, readers: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Impressions (readers, cases), positive above each reader's unbiased middle, and criteria (readers,)."""
    shared = rng.standard_normal(is_synthetic.size) * np.sqrt(truth.case_correlation)
    own = rng.standard_normal((readers, is_synthetic.size)) * np.sqrt(1 - truth.case_correlation)
    d_prime = truth.d_prime + truth.d_prime_sd * rng.standard_normal(readers)
    sign = np.where(is_synthetic, 0.5, -0.5)
    criteria = truth.criterion + truth.criterion_sd * rng.standard_normal(readers)
    return d_prime[:, None] * sign + shared + own, criteria


def simulate_set_impressions(
    truth: SimulatedReaders, sets: int, options: int, readers: int, rng: np.random.Generator
) -> Floats:
    """Impressions (readers, sets, options) of the images of each set, of which the first is the real one."""
    is_synthetic = np.tile(np.arange(options) > 0, sets)
    return simulate_impressions(truth, is_synthetic, readers, rng)[0].reshape(readers, sets, options)
