"""How many readings a claim needs, and the power a study of a given size has.

Readings are first counted as if independent; the design effect then adds what readers and cases share. Random readers
cost degrees of freedom: with R readers the t distribution with R - 1 of them replaces the normal one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize, stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure

MAX_READS = 1_000_000


@dataclass(frozen=True)
class SampleSize:
    """Readings that a claim needs.

    Attributes:
        independent_reads: if no two readings shared a reader or a case, and for readers without number.
        reads: with the readers' degrees of freedom and the design effect.
        readers: number of readers counted on; None if they were left open or the claim is for these readers alone.
        design_effect: factor by which readings shared between readers and cases raise the variance.
    """

    independent_reads: int
    reads: int
    readers: int | None
    design_effect: float


def variance_per_read(measure: Measure, value: float) -> float:
    """Variance of the estimate times the number of readings, half of them real and half synthetic.

    Accuracy: p (1 - p). AUC: Hanley & McNeil (Radiology 1982;143:29) for large samples, 1/3 at an area of one half.
    """
    if measure is Measure.ACCURACY:
        return value * (1 - value)
    positive, negative = value / (2 - value), 2 * value**2 / (1 + value)
    return 2 * (positive - value**2) + 2 * (negative - value**2)


def power_of(claim: Claim, reads: float, chance: float = 0.5, df: float = np.inf) -> float:
    """Probability to show a claim that is true: chance itself for equivalence, chance + margin for a difference.

    Args:
        reads: effective number of independent readings. df: degrees of freedom of the standard error.
    """
    if claim.aim is Aim.EQUIVALENCE:
        shift = claim.margin / np.sqrt(variance_per_read(claim.measure, chance) / reads)
        return max(0.0, 2 * float(_t_above(stats.t.ppf(1 - claim.alpha, df), df, shift)) - 1)
    true = min(chance + claim.margin, 1 - 1e-9)
    null_se, true_se = (np.sqrt(variance_per_read(claim.measure, v) / reads) for v in (chance, true))
    if not np.isfinite(df):
        return float(stats.norm.cdf((claim.margin - stats.norm.ppf(1 - claim.alpha / 2) * null_se) / true_se))
    return float(_t_above(stats.t.ppf(1 - claim.alpha / 2, df), df, claim.margin / max(null_se, true_se)))


@lru_cache(maxsize=256)
def reads_needed(claim: Claim, chance: float = 0.5, df: float = np.inf) -> int:
    """Independent readings that give ``claim.power``, rounded to the nearest.

    Raises:
        InputError: more than a million, or a margin that reaches past certainty.
    """
    if chance + claim.margin >= 1 and claim.aim is Aim.DIFFERENCE:
        raise InputError(
            f"chance {chance:.2f} plus the margin {claim.margin:g} must stay below 1; choose a smaller one"
        )
    if power_of(claim, MAX_READS, chance, df) < claim.power:
        raise InputError(
            f"a margin of {claim.margin:g} needs more than {MAX_READS} readings; widen it or ask more readers"
        )
    return round(optimize.brentq(lambda n: power_of(claim, n, chance, df) - claim.power, 1.0, MAX_READS, xtol=1e-6))


def design_effect(readers: int, cases: int, case_correlation: float = 0.0, reader_correlation: float = 0.0) -> float:
    """Variance of the mean of readers x cases readings over that of as many independent ones.

    Args:
        case_correlation: correlation of two readers' answers to one case; reader_correlation: correlation of one
            reader's answers to two cases. Together they are at most 1.
    """
    for name, value in (("case_correlation", case_correlation), ("reader_correlation", reader_correlation)):
        if not 0 <= value <= 1:
            raise InputError(f"{name} = {value:g} must lie between 0 and 1")
    return 1 + (readers - 1) * case_correlation + (cases - 1) * reader_correlation


def imbalance(real: int, synthetic: int) -> float:
    """Factor by which unequal numbers of real and synthetic cases raise the readings needed: (a + b)^2 / 4ab.

    It is that of the variance of a difference between two means, and of the rank-sum statistic at chance.
    """
    if min(real, synthetic) < 1:
        raise InputError(f"{real} real and {synthetic} synthetic cases; telling them apart needs both")
    return (real + synthetic) ** 2 / (4 * real * synthetic)


def sample_size(
    claim: Claim,
    chance: float = 0.5,
    readers: int | None = None,
    case_correlation: float = 0.0,
    reader_correlation: float = 0.0,
    kinds_factor: float = 1.0,
) -> SampleSize:
    """Readings needed in all, by ``readers`` who all read every case.

    With a reader correlation, more cases cannot replace readers: below a number of readers no study is large enough.

    Args:
        kinds_factor: :func:`imbalance` of the numbers of real and synthetic cases.

    Raises:
        InputError: one random reader, or a claim that no number of cases reaches with so few readers.
    """
    independent = round(kinds_factor * reads_needed(claim, chance))
    if readers is None:
        return SampleSize(independent, independent, None, 1.0)
    if claim.random_readers and readers < 2:
        raise InputError(
            "one reader cannot stand for readers in general; name two or more, or claim these readers only"
        )
    base = round(kinds_factor * reads_needed(claim, chance, readers - 1 if claim.random_readers else np.inf))
    # reads = base x (1 + (R - 1) rho_case + (reads / R - 1) rho_reader), solved for reads.
    left = 1 - base * reader_correlation / readers
    fixed = 1 + (readers - 1) * case_correlation - reader_correlation
    if left <= 0 or base * fixed / left > MAX_READS:
        raise InputError(
            f"{readers} readers who differ that much (correlation {reader_correlation:g}) cannot show a margin of "
            f"{claim.margin:g}, however many cases they read; ask more readers"
        )
    reads = max(base, round(base * fixed / left))
    return SampleSize(
        independent,
        reads,
        readers if claim.random_readers else None,
        design_effect(readers, max(1, round(reads / readers)), case_correlation, reader_correlation),
    )


def _t_above(critical: float, df: float, shift: float) -> float:
    """P(T > critical) of a noncentral t; the shift of a normal where ``df`` is infinite."""
    return float(stats.norm.sf(critical - shift) if not np.isfinite(df) else stats.nct.sf(critical, df, shift))
