"""An estimate with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """One number of the analysis.

    Attributes:
        value: the point estimate; None if it could not be computed.
        low, high: ends of the interval at ``level``; None if there is no interval.
        n: number of readings (or other units named by ``method``) behind it.
        method: how value and interval were computed.
        reason: why value or interval is missing; None if both are there.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    n: int = 0
    method: str = ""
    reason: str | None = None

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return self.low is not None and self.high is not None


def missing(reason: str, method: str = "", n: int = 0) -> Estimate:
    """An estimate that could not be computed, with the reason in words."""
    return Estimate(value=None, n=n, method=method, reason=reason)


def finite(value: float) -> float | None:
    """``value``, or None where it is not a finite number (records hold no NaN)."""
    return float(value) if math.isfinite(value) else None
