"""Multi-reader multi-case analysis after Obuchowski and Rockette, with the degrees of freedom of Hillis.

Obuchowski & Rockette, Commun Stat Simul Comput 1995;24:285; Hillis, Stat Med 2007;26:596 (degrees of freedom);
Hillis, Stat Med 2014;33:330 (one treatment alone). Estimates may be any figure of merit with a covariance over cases.
Designs that are not fully crossed enter through the jackknife covariance: Cov2 is then the mean over all pairs of
readers, shared cases or not. The degrees of freedom are derived for crossed designs and are an approximation there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.statistics.roc import Floats


@dataclass(frozen=True)
class ReaderAverage:
    """Mean figure of merit over readers, for one treatment.

    Attributes:
        mean, se: the mean and its standard error; ``df``: degrees of freedom, ``inf`` for a normal interval.
        reader_mean_square: MS(R), the sample variance of the readers' estimates (0 for fixed readers alone).
        error_variance, covariance: mean variance, and mean covariance between readers (Cov2), over cases.
    """

    mean: float
    se: float
    df: float
    reader_mean_square: float
    error_variance: float
    covariance: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval of the mean."""
        half = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.se
        return self.mean - half, self.mean + half

    def p_value(self, against: float) -> float:
        """Two-sided p-value of the mean being ``against``."""
        return float(2 * stats.t.sf(abs(self.mean - against) / self.se, self.df))


@dataclass(frozen=True)
class Comparison:
    """Comparison of treatments read by the same readers.

    Attributes:
        means: (treatments,) mean over readers. ``statistic``: F (random readers) or chi-square (fixed readers).
        df2: denominator degrees of freedom, ``inf`` for fixed readers.
        treatment_mean_square, interaction_mean_square: MS(T), MS(T x R).
        reader_variance, interaction_variance, error_variance, cov1, cov2, cov3: components of the model.
        difference_se: standard error of the difference of two treatments.
    """

    means: Floats
    statistic: float
    df2: float
    p_value: float
    treatment_mean_square: float
    interaction_mean_square: float
    reader_variance: float
    interaction_variance: float
    error_variance: float
    cov1: float
    cov2: float
    cov3: float
    difference_se: float

    def difference_interval(self, first: int = 0, second: int = 1, level: float = 0.95) -> tuple[float, float]:
        """Interval of the difference of the means of two treatments."""
        difference = float(self.means[first] - self.means[second])
        half = float(stats.t.ppf(0.5 + level / 2, self.df2)) * self.difference_se
        return difference - half, difference + half


def average_readers(estimates: Floats, covariance: Floats, fixed_readers: bool = False) -> ReaderAverage:
    """Analyse one treatment, to compare its mean over readers with a fixed value.

    Random readers generalise to readers like these; fixed readers speak of these readers only. One reader alone can
    only be fixed.

    Args:
        estimates: (readers,) figures of merit; covariance: (readers, readers), over cases.

    Raises:
        InputError: random readers asked for with fewer than two, or a standard error of zero.
    """
    count = estimates.size
    if count < 2 and not fixed_readers:
        raise InputError("one reader cannot stand for readers in general; at least two are needed")
    error = float(np.trace(covariance)) / count
    between = (float(covariance.sum()) - count * error) / (count * (count - 1)) if count > 1 else 0.0
    if fixed_readers:
        variance, square, df = (error + (count - 1) * between) / count, 0.0, np.inf
    else:
        square = float(np.var(estimates, ddof=1))
        total = square + count * max(between, 0.0)
        variance = total / count
        df = (total / square) ** 2 * (count - 1) if square > 0 else np.inf
    if variance <= 1e-15:
        raise InputError("the standard error is zero: readers and cases show no variation to judge by")
    return ReaderAverage(float(estimates.mean()), float(np.sqrt(variance)), float(df), square, error, between)


def compare_treatments(estimates: Floats, covariance: Floats, fixed_readers: bool = False) -> Comparison:
    """Compare treatments read by the same readers.

    Args:
        estimates: (treatments, readers) figures of merit.
        covariance: (treatments * readers,) squared, over cases, rows ordered as ``estimates.ravel()``.

    Raises:
        InputError: fewer than two treatments or (for random readers) readers.
    """
    treatments, readers = estimates.shape
    if treatments < 2 or readers < 2:
        raise InputError(f"a comparison needs two treatments and two readers, got {treatments} and {readers}")
    error, cov1, cov2, cov3 = _mean_covariances(covariance, treatments, readers)
    square_t, square_r, square_tr = _mean_squares(estimates)
    spread = max(cov2 - cov3, 0.0)
    if fixed_readers:
        base, df2 = error - cov1 + (readers - 1) * spread, np.inf
        statistic = (treatments - 1) * square_t / base
        p_value = float(stats.chi2.sf(statistic, treatments - 1))
    else:
        base = square_tr + readers * spread
        df2 = (base / square_tr) ** 2 * (treatments - 1) * (readers - 1)
        statistic = square_t / base
        p_value = float(stats.f.sf(statistic, treatments - 1, df2))
    return Comparison(
        means=estimates.mean(axis=1),
        statistic=statistic,
        df2=float(df2),
        p_value=p_value,
        treatment_mean_square=square_t,
        interaction_mean_square=square_tr,
        reader_variance=(square_r - square_tr) / treatments - cov1 + cov3,
        interaction_variance=square_tr - error + cov1 + spread,
        error_variance=error,
        cov1=cov1,
        cov2=cov2,
        cov3=cov3,
        difference_se=float(np.sqrt(2 * base / readers)),
    )


def _mean_squares(estimates: Floats) -> tuple[float, float, float]:
    treatments, readers = estimates.shape
    by_treatment, by_reader = estimates.mean(axis=1, keepdims=True), estimates.mean(axis=0, keepdims=True)
    rest = estimates - by_treatment - by_reader + estimates.mean()
    square_t = readers * float(np.var(by_treatment, ddof=1))
    square_r = treatments * float(np.var(by_reader, ddof=1))
    return square_t, square_r, float((rest**2).sum()) / ((treatments - 1) * (readers - 1))


def _mean_covariances(covariance: Floats, treatments: int, readers: int) -> tuple[float, float, float, float]:
    """Var; Cov1 (same reader), Cov2 (same treatment), Cov3 (neither)."""
    treatment, reader = np.divmod(np.arange(treatments * readers), readers)
    same_t, same_r = treatment[:, None] == treatment[None, :], reader[:, None] == reader[None, :]
    groups = (same_t & same_r, ~same_t & same_r, same_t & ~same_r, ~same_t & ~same_r)
    error, cov1, cov2, cov3 = (float(covariance[group].mean()) for group in groups)
    return error, cov1, cov2, cov3
