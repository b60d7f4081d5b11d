"""Shares of right answers with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from UterineSynthLib.optional import require
from UterineSynthLib.readerstudy.statistics.bootstrap import bootstrap_mean
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats


def wilson(count: float, n: int, level: float = 0.95) -> Estimate:
    """Share with Wilson's score interval, which takes the readings for independent."""
    if n < 1:
        return missing("there is no such reading", "Wilson")
    low, high = require("statsmodels.stats.proportion").proportion_confint(count, n, 1 - level, "wilson")
    return Estimate(count / n, float(low), float(high), level, n, "Wilson")


def wilson_of(values: Floats, level: float = 0.95) -> Estimate:
    """:func:`wilson` of an array of 0, 0.5 and 1; NaN is left out."""
    read = values[~np.isnan(values)]
    return wilson(float(read.sum()), read.size, level)


def share_of_readings(
    values: Floats, subject: NDArray[Any] | None, rng: np.random.Generator, level: float = 0.95
) -> Estimate:
    """:func:`clustered_share`; of one reader alone, whose readings are of different cases, Wilson's interval."""
    readers = (~np.isnan(values)).any(axis=1)
    return clustered_share(values, subject, rng, level) if readers.sum() > 1 else wilson_of(values, level)


def clustered_share(
    values: Floats,
    subject: NDArray[Any] | None,
    rng: np.random.Generator,
    level: float = 0.95,
    strata: Bools | None = None,
) -> Estimate:
    """Share with a bootstrap interval that resamples readers and cases (whole patients where ``subject`` is given).

    Args:
        values: (readers, cases) of 0, 0.5 and 1, NaN for unread.
        subject: (cases,) cluster of each case, or None where every case is its own.
        strata: (cases,) truth of each case, where the design fixed the numbers of both kinds.
    """
    method = "bootstrap over readers and cases"
    read = int((~np.isnan(values)).sum())
    if not read:
        return missing("there is no such reading", method)
    share = float(np.nanmean(values))
    if values.shape[0] < 2:
        return Estimate(share, level=level, n=read, method=method, reason="one reader cannot be resampled")
    cases = np.arange(values.shape[1]) if subject is None else np.asarray(subject)
    low, high = bootstrap_mean(
        values, readers=np.arange(values.shape[0]), cases=cases, rng=rng, strata=strata, level=level
    )
    return Estimate(share, low, high, level, read, method)
