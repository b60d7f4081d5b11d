"""The mean over readers and its tests against chance, from a table of readings."""

from __future__ import annotations

import math

import numpy as np

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Claim, Measure
from UterineSynthLib.readerstudy.statistics.covariance import balanced_share, delong, jackknife, share_true
from UterineSynthLib.readerstudy.statistics.equivalence import tost
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, finite, missing
from UterineSynthLib.readerstudy.statistics.obuchowski_rockette import average_readers
from UterineSynthLib.readerstudy.statistics.power import variance_per_read
from UterineSynthLib.readerstudy.statistics.result import ReaderAverageResult
from UterineSynthLib.readerstudy.statistics.roc import Floats
from UterineSynthLib.readerstudy.statistics.table import ReadTable

METHOD = "Obuchowski-Rockette, Hillis degrees of freedom"


def average_over_readers(
    table: ReadTable, measure: Measure, fixed_readers: bool, claim: Claim, chance: float, level: float = 0.95
) -> ReaderAverageResult:
    """Estimate accuracy or AUC as the mean over readers, with both tests against chance; or say why not."""
    kind, covariance_name = "fixed" if fixed_readers else "random", ""
    values = table.correct if measure is Measure.ACCURACY else table.suspicion
    reads = int((~np.isnan(values)).sum())
    estimates: Floats = np.zeros(0)
    try:
        estimates, covariance, covariance_name = covariances(table, measure)
        average = average_readers(estimates, covariance, fixed_readers)
    except InputError as error:
        value = finite(float(estimates.mean())) if estimates.size else None
        estimate = missing(str(error), METHOD, reads)
        if value is not None:
            estimate = Estimate(value, level=level, n=reads, method=METHOD, reason=str(error))
        return ReaderAverageResult(measure, kind, covariance_name, estimate)
    low, high = average.interval(level)
    test = tost(average.mean, average.se, average.df, chance, claim.margin, claim.alpha)
    return ReaderAverageResult(
        measure=measure,
        readers=kind,
        covariance=covariance_name,
        estimate=Estimate(average.mean, max(0.0, low), min(1.0, high), level, reads, METHOD),
        se=average.se,
        df=average.df if math.isfinite(average.df) else None,
        p_chance=average.p_value(chance),
        tost_low=test.low,
        tost_high=test.high,
        p_equivalence=test.p_value,
        is_equivalent=test.is_shown,
        effective_reads=variance_per_read(measure, chance) / average.se**2,
    )


def covariances(table: ReadTable, measure: Measure) -> tuple[Floats, Floats, str]:
    """Each reader's figure of merit, their covariance over cases, and how it was estimated.

    Accuracy is the mean of sensitivity and specificity, in a forced choice the share right. DeLong where every reader
    rated every case and no patient has two; the jackknife over patients otherwise.

    Raises:
        InputError: a class, or all answers, are missing.
    """
    values = table.correct if measure is Measure.ACCURACY else table.suspicion
    values = values[(~np.isnan(values)).any(axis=1)]
    if not values.size:
        raise InputError("no reader gave such an answer")
    if measure is Measure.ACCURACY:
        merit = balanced_share if table.has_both_kinds else share_true
        return *jackknife(values, table.is_synthetic, merit, table.subject, table.is_synthetic), "jackknife"
    if not table.has_both_kinds:
        raise InputError("an ROC curve needs both real and synthetic images")
    if np.isnan(values).any() or np.unique(table.subject).size < table.subject.size:
        return *jackknife(values, table.is_synthetic, clusters=table.subject), "jackknife"
    return *delong(values, table.is_synthetic), "DeLong"
