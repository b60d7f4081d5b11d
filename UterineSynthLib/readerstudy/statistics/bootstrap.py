"""Bootstrap that resamples whole clusters: a reader with all her readings, a patient with all his cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from UterineSynthLib.readerstudy.statistics.roc import Floats


def bootstrap_mean(
    values: Floats,
    *,
    readers: NDArray[Any],
    cases: NDArray[Any],
    rng: np.random.Generator,
    strata: NDArray[np.bool_] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
) -> tuple[float, float]:
    """Percentile interval of the mean reading when readers and cases are both drawn anew.

    The product of the two multiplicities weighs a reading (Owen, Ann Appl Stat 2007;1:386), which never
    understates the variance. NaN is an unread case.

    Args:
        values: (rows, columns); readers: (rows,) cluster of each row; cases: (columns,) cluster of each column.
        strata: (columns,) kind of each column where the design fixed how many of each there are; clusters are then
            drawn within their kind.
    """
    read = ~np.isnan(values)
    filled = np.where(read, values, 0.0)
    row_weight, column_weight = _multiplicities(readers, replicates, rng), np.zeros((replicates, cases.size))
    kinds = np.zeros(cases.size, dtype=bool) if strata is None else strata
    for kind in np.unique(kinds):
        column_weight[:, kinds == kind] = _multiplicities(cases[kinds == kind], replicates, rng)
    total = ((row_weight @ filled) * column_weight).sum(axis=1)
    count = ((row_weight @ read) * column_weight).sum(axis=1)
    return _percentiles(total[count > 0] / count[count > 0], level)


def bootstrap_cases(
    statistic: Callable[[Floats], float],
    values: Floats,
    *,
    cases: NDArray[Any],
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 400,
) -> tuple[float, float] | None:
    """Percentile interval of any statistic of (readers, cases) when cases are drawn anew and readers stay.

    Returns None if the statistic is undefined in more than a tenth of the draws.
    """
    names, index = np.unique(cases, return_inverse=True)
    members = [np.flatnonzero(index == k) for k in range(names.size)]
    found = []
    for _ in range(replicates):
        draw = np.concatenate([members[k] for k in rng.integers(names.size, size=names.size)])
        found.append(statistic(values[:, draw]))
    defined = np.array([v for v in found if np.isfinite(v)])
    return _percentiles(defined, level) if defined.size >= 0.9 * replicates else None


def _multiplicities(clusters: NDArray[Any], replicates: int, rng: np.random.Generator) -> Floats:
    """(replicates, members): how often each member's cluster is drawn."""
    names, index = np.unique(clusters, return_inverse=True)
    drawn = rng.multinomial(names.size, np.full(names.size, 1 / names.size), size=replicates)
    return drawn[:, index].astype(np.float64)


def _percentiles(draws: Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)
