"""Hidden repeats and later sessions: what a reader said the second time."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.icc import icc
from UterineSynthLib.readerstudy.statistics.proportion import wilson_of
from UterineSynthLib.readerstudy.statistics.roc import Floats
from UterineSynthLib.readerstudy.statistics.table import calls_synthetic, first_readings, suspicion_of


def repeated(readings: StudyReadings) -> list[tuple[Reading, Reading]]:
    """Pairs of a first reading with the next one of the same case by the same reader."""
    first = {(r.reader, r.case): r for r in first_readings(readings)}
    pairs: dict[tuple[str, str], tuple[Reading, Reading]] = {}
    for reading in sorted(readings.readings, key=lambda r: (r.session, r.order)):
        key = reading.reader, reading.case
        if key in first and reading is not first[key] and key not in pairs:
            pairs[key] = first[key], reading
    return list(pairs.values())


def repeat_icc(readings: StudyReadings, reader: str | None = None, level: float = 0.95) -> Estimate:
    """Reliability of the confidence rating within one reader, or within all of them pooled."""
    rated = _both(readings, reader)
    if len(rated) < 2:
        return missing(f"needs two cases rated twice, got {len(rated)}", "ICC(2,1)", len(rated))
    return icc(rated, "2", level)


def repeat_agreement(readings: StudyReadings, level: float = 0.95) -> Estimate:
    """Share of repeats in which the reader made the same call, real or synthetic."""
    calls = [[calls_synthetic(r, readings.design) for r in pair] for pair in repeated(readings)]
    same = [float(one == two) for one, two in calls if one is not None and two is not None]
    return wilson_of(np.array(same), level)


def _both(readings: StudyReadings, reader: str | None) -> Floats:
    pairs = [p for p in repeated(readings) if reader is None or p[0].reader == reader]
    rated = [[suspicion_of(r, readings.design) for r in pair] for pair in pairs]
    return np.array([row for row in rated if None not in row], dtype=np.float64).reshape(-1, 2)
