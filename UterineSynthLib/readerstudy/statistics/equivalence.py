"""Equivalence by two one-sided tests (Schuirmann, J Pharmacokinet Biopharm 1987;15:657)."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class Tost:
    """Result of the two tests.

    Attributes:
        low, high: interval at level 1 - 2 alpha; equivalence is shown exactly if it lies within the margin.
        p_value: the larger of the two one-sided p-values.
        is_shown: whether both tests reject at alpha.
    """

    low: float
    high: float
    p_value: float
    is_shown: bool


def tost(mean: float, se: float, df: float, centre: float, margin: float, alpha: float = 0.05) -> Tost:
    """Test that a mean lies within ``centre`` +/- ``margin``; ``df`` may be ``inf``."""
    above = float(stats.t.sf((mean - centre + margin) / se, df))
    below = float(stats.t.cdf((mean - centre - margin) / se, df))
    half = float(stats.t.ppf(1 - alpha, df)) * se
    p_value = max(above, below)
    return Tost(mean - half, mean + half, p_value, p_value < alpha)
