"""Hidden repeats and later sessions: what a reader said the second time."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.icc import icc
from UterineSynthLib.readerstudy.statistics.proportion import share_of_readings
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


def repeat_agreement(readings: StudyReadings, rng: np.random.Generator, level: float = 0.95) -> Estimate:
    """Share of repeats with the same call, real or synthetic; in a forced choice, with the same image chosen."""
    design = readings.design
    same: dict[tuple[str, str], float] = {}
    for pair in repeated(readings):
        one, two = (r.first_place if design.is_forced_choice else calls_synthetic(r, design) for r in pair)
        if one is not None and two is not None:
            same[pair[0].reader, pair[0].case] = float(one == two)
    readers, cases = sorted({reader for reader, _ in same}), sorted({case for _, case in same})
    values = np.array([[same.get((reader, case), np.nan) for case in cases] for reader in readers])
    return share_of_readings(values.reshape(len(readers), len(cases)), None, rng, level)


def _both(readings: StudyReadings, reader: str | None) -> Floats:
    pairs = [p for p in repeated(readings) if reader is None or p[0].reader == reader]
    rated = [[suspicion_of(r, readings.design) for r in pair] for pair in pairs]
    return np.array([row for row in rated if None not in row], dtype=np.float64).reshape(-1, 2)
