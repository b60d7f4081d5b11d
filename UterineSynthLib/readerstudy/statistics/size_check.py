"""The size of a study against what its claim needs."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Claim, Measure
from UterineSynthLib.readerstudy.statistics.power import power_of, sample_size, variance_per_read
from UterineSynthLib.readerstudy.statistics.result import ReaderAverageResult, SizeCheck
from UterineSynthLib.readerstudy.statistics.table import ReadTable


def check_size(table: ReadTable, claim: Claim, chance: float, average: ReaderAverageResult) -> SizeCheck:
    """Compare the readings with the number that the claim needs from this number of readers.

    The number needed takes readings for independent but for the readers' degrees of freedom; what readers and cases
    share in truth shows in ``design_effect``, and in the interval that the verdict is drawn from.
    """
    values = table.correct if claim.measure is Measure.ACCURACY else table.suspicion
    reads = int((~np.isnan(values)).sum())
    readers = int((~np.isnan(values)).any(axis=1).sum())
    factor = table.imbalance
    effect = _design_effect(average, claim.measure, reads / factor)
    needed, reason = None, None
    try:
        needed = sample_size(claim, chance, readers, kinds_factor=factor).reads
    except InputError as error:
        reason = str(error)
    df = readers - 1 if claim.random_readers else np.inf
    power = power_of(claim, max(reads / factor, 1), chance, df) if df > 0 else 0.0
    independent = sample_size(claim, chance, kinds_factor=factor).independent_reads
    return SizeCheck(reads, needed, independent, power, effect, reason)


def _design_effect(average: ReaderAverageResult, measure: Measure, reads: float) -> float | None:
    value = average.estimate.value
    if average.se is None or value is None or not 0 < value < 1:
        return None
    return average.se**2 * reads / variance_per_read(measure, value)
