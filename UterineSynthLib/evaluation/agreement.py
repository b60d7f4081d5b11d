"""How far what was read agrees with what was asked: plain functions of pairs, and bootstrap intervals over cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import InputError

Values = npt.NDArray[np.float64]
_LEAST_PAIRS = 3
_RESAMPLES = 1000
_LEVEL = 95.0


def pearson_r(asked: Values, read: Values) -> float | None:
    """Pearson's correlation; None for fewer than three pairs or where one side does not vary."""
    if len(asked) < _LEAST_PAIRS or np.ptp(asked) == 0 or np.ptp(read) == 0:
        return None
    return float(np.corrcoef(asked, read)[0, 1])


def median_error(asked: Values, read: Values) -> float | None:
    """Median of the absolute differences; None without pairs."""
    return float(np.median(np.abs(asked - read))) if len(asked) else None


def mean_of(values: Values) -> float | None:
    """Mean; None without values."""
    return float(np.mean(values)) if len(values) else None


def bootstrap_interval(
    columns: Sequence[Values], statistic: Callable[..., float | None], seed: int, resamples: int = _RESAMPLES
) -> tuple[float, float] | None:
    """95 % percentile interval of ``statistic(*columns)`` over resampled cases (rows).

    Resamples in which the statistic is not defined are left out; None where that leaves less than half.

    Raises:
        InputError: the columns differ in length.
    """
    count = len(columns[0])
    if any(len(column) != count for column in columns):
        raise InputError(f"columns of {[len(c) for c in columns]} cases: every case needs a value in each column")
    if count < _LEAST_PAIRS:
        return None
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(count, size=count) for _ in range(resamples))
    found = [value for rows in drawn if (value := statistic(*(c[rows] for c in columns))) is not None]
    if 2 * len(found) < resamples:
        return None
    return percentile_interval(found)


def percentile_interval(draws: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval that bootstrap draws of a statistic leave."""
    low, high = np.percentile(draws, ((100 - _LEVEL) / 2, (100 + _LEVEL) / 2))
    return float(low), float(high)
