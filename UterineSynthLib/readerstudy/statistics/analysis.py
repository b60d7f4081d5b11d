"""The whole analysis of a closed study, as one record."""

from __future__ import annotations

import numpy as np

from UterineSynthLib import __version__
from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Measure
from UterineSynthLib.readerstudy.question import Question, QuestionKind, QuestionRole
from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.requested import requested_answer
from UterineSynthLib.readerstudy.statistics.agreement import (
    agreements,
    coefficients_for,
    nominal_coefficients,
    ordinal_coefficients,
)
from UterineSynthLib.readerstudy.statistics.average import average_over_readers
from UterineSynthLib.readerstudy.statistics.calibration import calibration, expected_calibration_error
from UterineSynthLib.readerstudy.statistics.clustered import clustered_area, clustered_detection
from UterineSynthLib.readerstudy.statistics.course import course
from UterineSynthLib.readerstudy.statistics.descriptors import Comparand, Confusion, confusion
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.likert import LikertComparison, compare_ratings, correct_for_questions
from UterineSynthLib.readerstudy.statistics.proportion import clustered_share, share_of_readings, wilson_of
from UterineSynthLib.readerstudy.statistics.reader import NO_SINGLE_IMAGES, reader_result
from UterineSynthLib.readerstudy.statistics.reading_time import geometric_mean_of_readers, time_ratio
from UterineSynthLib.readerstudy.statistics.repeats import repeat_agreement, repeat_icc, repeated
from UterineSynthLib.readerstudy.statistics.result import (
    Agreement,
    AnalysisResult,
    Counts,
    ReaderAverageResult,
)
from UterineSynthLib.readerstudy.statistics.roc import Floats
from UterineSynthLib.readerstudy.statistics.size_check import check_size
from UterineSynthLib.readerstudy.statistics.table import ReadTable, build_table, calls_synthetic, first_readings, matrix
from UterineSynthLib.readerstudy.statistics.trend import Trend, trend
from UterineSynthLib.readerstudy.statistics.verdict import Evidence, decide

LEVEL = 0.95
_OF_SINGLE_IMAGES = (
    "sensitivity", "sensitivity, clustered", "specificity", "specificity, clustered", "d'", "criterion",
    "area, clustered",
)  # fmt: skip


def analyse(readings: StudyReadings, seed: int | None = None) -> AnalysisResult:
    """Analyse the first readings of a study; repeats serve the agreement of readers with themselves.

    What cannot be computed carries its reason instead of a number.

    Args:
        seed: of the bootstrap; the study's own where it is None.

    Raises:
        InputError: there is not a single reading.
    """
    if not readings.readings:
        raise InputError("there is no reading to analyse; check that the readers' answers were merged")
    design = readings.design
    seed = design.seed if seed is None else seed
    rng = np.random.default_rng(seed)
    table = build_table(readings)
    averages = _averages(table, readings)
    kind = "random" if design.claim.random_readers else "fixed"
    average = next(a for a in averages if a.measure is design.claim.measure and a.readers == kind)
    area = next((a for a in averages if a.measure is Measure.AUC and a.readers == kind), None)
    size = check_size(table, design.claim, design.chance, average)
    evidence = Evidence(design.claim, design.chance, average, area, size, obstacle(table, readings))
    question = design.questionnaire.authenticity
    anchors = question.anchors if question is not None and not design.is_forced_choice else ()
    return AnalysisResult(
        title=design.title,
        program_version=__version__,
        seed=seed,
        claim=design.claim,
        chance=design.chance,
        counts=_counts(table, readings),
        size=size,
        verdict=decide(evidence),
        overall=_overall(table, readings, rng),
        readers=tuple(reader_result(table, row, readings, LEVEL) for row in range(len(table.readers))),
        averages=averages,
        agreement=_agreement(table, readings, np.random.default_rng([seed, 1])),
        likert=_likert(table, readings),
        descriptors=_descriptors(readings, rng),
        trends=_trends(table),
        times={
            "all": geometric_mean_of_readers(table.seconds),
            "synthetic over real": time_ratio(table.seconds, table.is_synthetic),
        },
        models=_models(table, readings, rng),
        calibration=(
            calibration(table.suspicion, table.is_synthetic, anchors, table.subject, rng, LEVEL) if anchors else ()
        ),
        expected_calibration_error=(
            expected_calibration_error(table.suspicion, table.is_synthetic, len(anchors)) if anchors else None
        ),
        course=course(table, rng, LEVEL),
    )


def obstacle(table: ReadTable, readings: StudyReadings) -> str | None:
    """Why the answers cannot speak about real and synthetic at all; None if they can."""
    read = ~np.isnan(table.correct)
    if not read.any():
        return "No reader answered the question about authenticity."
    if readings.design.is_forced_choice:
        return None
    seen = table.is_synthetic[read.any(axis=0)]
    if seen.all() or not seen.any():
        return f"Only {'synthetic' if seen.all() else 'real'} images were read; telling them apart needs both."
    if np.unique(table.suspicion[~np.isnan(table.suspicion)]).size < 2:
        return "Every answer is the same; nothing can be learned from it about single images."
    return None


def _counts(table: ReadTable, readings: StudyReadings) -> Counts:
    reads = int((~np.isnan(table.correct)).sum())
    synthetic = int(table.is_synthetic.sum())
    times = [r.read_at_utc for r in readings.readings if r.read_at_utc]
    return Counts(
        readers=len(table.readers),
        cases=len(table.cases),
        real=len(table.cases) - synthetic,
        synthetic=synthetic,
        subjects=int(np.unique(table.subject).size),
        reads=reads,
        unanswered=len(first_readings(readings)) - reads,
        repeats=len(repeated(readings)),
        fully_crossed=table.is_fully_crossed,
        first_read_utc=min(times, default=""),
        last_read_utc=max(times, default=""),
    )


def _averages(table: ReadTable, readings: StudyReadings) -> tuple[ReaderAverageResult, ...]:
    design = readings.design
    measures = (Measure.ACCURACY,) if design.is_forced_choice else (Measure.ACCURACY, Measure.AUC)
    return tuple(
        average_over_readers(table, measure, fixed, design.claim, design.chance, LEVEL)
        for measure in measures
        for fixed in (False, True)
    )


def _overall(table: ReadTable, readings: StudyReadings, rng: np.random.Generator) -> dict[str, Estimate]:
    correct, synthetic = table.correct, table.is_synthetic
    found = {
        "accuracy": wilson_of(correct, LEVEL),
        "accuracy, clustered": clustered_share(correct, table.subject, rng, LEVEL, synthetic),
        "repeat ICC": repeat_icc(readings, None, LEVEL),
        "repeat agreement": repeat_agreement(readings, rng, LEVEL),
    }
    if readings.design.is_forced_choice:
        return found | dict.fromkeys(_OF_SINGLE_IMAGES, missing(NO_SINGLE_IMAGES))
    signal = clustered_detection(correct, synthetic, table.subject, rng, LEVEL)
    return found | {
        "sensitivity": wilson_of(correct[:, synthetic], LEVEL),
        "sensitivity, clustered": clustered_share(correct[:, synthetic], table.subject[synthetic], rng, LEVEL),
        "specificity": wilson_of(correct[:, ~synthetic], LEVEL),
        "specificity, clustered": clustered_share(correct[:, ~synthetic], table.subject[~synthetic], rng, LEVEL),
        "d'": signal.d_prime,
        "criterion": signal.criterion,
        "area, clustered": clustered_area(table.suspicion, synthetic, table.subject, rng, LEVEL),
    }


def _agreement(table: ReadTable, readings: StudyReadings, rng: np.random.Generator) -> tuple[Agreement, ...]:
    design, first = readings.design, first_readings(readings)
    found: list[Agreement] = []
    clusters = table.subject.astype(np.float64)
    for question in design.questionnaire.questions:
        if question.role is QuestionRole.AUTHENTICITY and not design.is_forced_choice:
            calls = matrix(first, table.readers, table.cases, lambda r: calls_synthetic(r, design))
            found += agreements(
                "real or synthetic", calls, nominal_coefficients(len(table.readers)), clusters, rng, LEVEL
            )
            if table.points is not None:
                scale = ordinal_coefficients(table.points)
                found += agreements(question.id, table.suspicion, scale, clusters, rng, LEVEL)
            continue
        ratings = _coded(question, first, table)
        found += agreements(question.id, ratings, coefficients_for(question, len(table.readers)), clusters, rng, LEVEL)
    return tuple(found)


def _coded(question: Question, first: tuple[Reading, ...], table: ReadTable) -> Floats:
    """Answers as numbers: the point of a scale, the place of an option."""
    places = {option.value: float(i) for i, option in enumerate(question.options)}

    def number(reading: Reading) -> float | None:
        answer = reading.answers.get(question.id)
        if question.role is QuestionRole.AUTHENTICITY and reading.first_place is not None:
            answer = reading.first_place
        return places.get(answer) if isinstance(answer, str) else answer

    return matrix(first, table.readers, table.cases, number)


def _likert(table: ReadTable, readings: StudyReadings) -> tuple[LikertComparison, ...]:
    first = first_readings(readings)
    return correct_for_questions(
        tuple(
            compare_ratings(q.id, q.text, q.anchors, _coded(q, first, table), table.is_synthetic, table.subject, LEVEL)
            for q in readings.design.questionnaire.questions
            if q.kind is QuestionKind.SCALE and q.role is QuestionRole.APPEARANCE
        )
    )


def _descriptors(readings: StudyReadings, rng: np.random.Generator) -> tuple[Confusion, ...]:
    found = []
    for question in readings.design.questionnaire.of_role(QuestionRole.DESCRIPTOR):
        for group, is_synthetic in (("synthetic", True), ("real", False)):
            pairs = [
                pair
                for reading in first_readings(readings)
                if reading.is_synthetic is is_synthetic and (pair := _comparand(reading, question)) is not None
            ]
            if pairs:
                found.append(confusion(question, group, pairs, rng, LEVEL))
    return tuple(found)


def _comparand(reading: Reading, question: Question) -> Comparand | None:
    assert question.descriptor is not None
    asked = None if reading.asked is None else requested_answer(reading.asked, question.descriptor)
    read = reading.answers.get(question.id)
    return Comparand(reading.reader, reading.case, asked, read) if asked and isinstance(read, str) else None


def _trends(table: ReadTable) -> tuple[Trend, ...]:
    logs = np.log(table.seconds)
    return (
        trend("share right", table.correct, table.order, LEVEL),
        trend("logarithm of the reading time in s", logs, table.order, LEVEL),
    )


def _models(table: ReadTable, readings: StudyReadings, rng: np.random.Generator) -> dict[str, Estimate]:
    model_of = {r.case: r.model for r in first_readings(readings) if r.model is not None}
    models = np.array([model_of.get(case, "") for case in table.cases])
    found = {}
    for name in sorted(set(model_of.values())):
        here = models == name
        found[name] = share_of_readings(table.correct[:, here], table.subject[here], rng, LEVEL)
    return found
