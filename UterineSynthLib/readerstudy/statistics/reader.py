"""The result of one reader."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.statistics.covariance import delong, jackknife
from UterineSynthLib.readerstudy.statistics.detection import Detection, detection_of
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.proportion import wilson_of
from UterineSynthLib.readerstudy.statistics.reading_time import geometric_mean
from UterineSynthLib.readerstudy.statistics.repeats import repeat_icc
from UterineSynthLib.readerstudy.statistics.result import ReaderResult
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats, roc_points
from UterineSynthLib.readerstudy.statistics.table import ReadTable

NO_SINGLE_IMAGES = "a forced choice has no single images to call real or synthetic"


def reader_result(table: ReadTable, row: int, readings: StudyReadings, level: float = 0.95) -> ReaderResult:
    """Everything about the reader in ``row`` of the table."""
    correct, synthetic = table.correct[row], table.is_synthetic
    roc: tuple[tuple[float, float], ...] = ()
    if readings.design.is_forced_choice:
        sensitivity = specificity = area = missing(NO_SINGLE_IMAGES)
        signal = Detection(area, area)
    else:
        sensitivity, specificity = wilson_of(correct[synthetic], level), wilson_of(correct[~synthetic], level)
        signal = detection_of(correct, synthetic, level)
        area, roc = _roc(table.suspicion[row], synthetic, table.subject, level)
    return ReaderResult(
        reader=table.readers[row],
        accuracy=wilson_of(correct, level),
        sensitivity=sensitivity,
        specificity=specificity,
        d_prime=signal.d_prime,
        criterion=signal.criterion,
        auc=area,
        seconds=geometric_mean(table.seconds[row], level),
        repeat_icc=repeat_icc(readings, table.readers[row], level),
        roc=roc,
    )


def _roc(
    scores: Floats, is_synthetic: Bools, subject: NDArray[np.int64], level: float
) -> tuple[Estimate, tuple[tuple[float, float], ...]]:
    """Area and corners of the curve; DeLong, or the jackknife over patients where one has several cases."""
    read = ~np.isnan(scores)
    scores, is_synthetic, subject = scores[read], is_synthetic[read], subject[read]
    method = "DeLong" if np.unique(subject).size == subject.size else "jackknife over patients"
    try:
        if method == "DeLong":
            area, variance = delong(scores[None, :], is_synthetic)
        else:
            area, variance = jackknife(scores[None, :], is_synthetic, clusters=subject)
    except InputError as error:
        return missing(str(error), method, scores.size), ()
    points = tuple((float(x), float(y)) for x, y in roc_points(scores, is_synthetic))
    value, half = float(area[0]), float(stats.norm.ppf(0.5 + level / 2) * np.sqrt(variance[0, 0]))
    if half == 0:
        reason = "real and synthetic scores do not overlap or do not vary; there is no interval"
        return Estimate(value, level=level, n=scores.size, method=method, reason=reason), points
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), level, scores.size, method), points
