"""Bootstrap that resamples whole clusters: a reader with all her readings, a patient with all his cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from UterineSynthLib.readerstudy.statistics.roc import Floats


@dataclass(frozen=True)
class Draws:
    """How often each reader (replicates, rows) and each case (replicates, columns) is drawn."""

    readers: Floats
    cases: Floats


def draw_clusters(
    readers: NDArray[Any],
    cases: NDArray[Any],
    rng: np.random.Generator,
    strata: NDArray[np.bool_] | None = None,
    replicates: int = 2000,
) -> Draws:
    """Draw readers and cases anew.

    Args:
        readers: (rows,) cluster of each row; cases: (columns,) cluster of each column.
        strata: (columns,) kind of each column where the design fixed how many of each there are; clusters are then
            drawn within their kind.
    """
    rows, columns = _multiplicities(readers, replicates, rng), np.zeros((replicates, cases.size))
    kinds = np.zeros(cases.size, dtype=bool) if strata is None else strata
    for kind in np.unique(kinds):
        columns[:, kinds == kind] = _multiplicities(cases[kinds == kind], replicates, rng)
    return Draws(rows, columns)


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
        values: (rows, columns); the other arguments are those of :func:`draw_clusters`.
    """
    total, count = weighted_sums(values, draw_clusters(readers, cases, rng, strata, replicates))
    return percentile_interval(total[count > 0] / count[count > 0], level)


def weighted_sums(values: Floats, draws: Draws) -> tuple[Floats, Floats]:
    """Sum and number of the readings (rows, columns) in each draw, both (replicates,); NaN is left out."""
    read = ~np.isnan(values)
    total = ((draws.readers @ np.where(read, values, 0.0)) * draws.cases).sum(axis=1)
    return total, ((draws.readers @ read) * draws.cases).sum(axis=1)


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
    place = np.arange(index.size)
    found = []
    for _ in range(replicates):
        times = np.bincount(rng.integers(names.size, size=names.size), minlength=names.size)
        found.append(statistic(values[:, np.repeat(place, times[index])]))
    defined = np.array([v for v in found if np.isfinite(v)])
    return percentile_interval(defined, level) if defined.size >= 0.9 * replicates else None


def _multiplicities(clusters: NDArray[Any], replicates: int, rng: np.random.Generator) -> Floats:
    """(replicates, members): how often each member's cluster is drawn."""
    names, index = np.unique(clusters, return_inverse=True)
    drawn = rng.integers(names.size, size=(replicates, names.size)) + names.size * np.arange(replicates)[:, None]
    times = np.bincount(drawn.ravel(), minlength=replicates * names.size).reshape(replicates, names.size)
    return times[:, index].astype(np.float64)


def percentile_interval(draws: Floats, level: float) -> tuple[float, float]:
    """The middle ``level`` of the draws."""
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)
