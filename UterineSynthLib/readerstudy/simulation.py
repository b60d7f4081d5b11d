"""Simulated reader studies with a known truth: what the statistics must find again."""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.readerstudy.question import Answer, Question, QuestionKind, QuestionRole
from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.requested import requested_answer
from UterineSynthLib.readerstudy.simulated_readers import (
    SimulatedReaders,
    simulate_impressions,
    simulate_set_impressions,
)

_SECONDS = 25.0
_SPREAD_OF_SECONDS = 0.4
_REPEAT_NOISE = 0.5
_RATING_LOSS = 0.35
_Impression = Callable[[Reading], tuple[float, str | None]]
"""What a reader makes of a case: how synthetic it looks, and in a forced choice the option she takes."""


def simulate_answers(design: StudyDesign, cases: tuple[Reading, ...], truth: SimulatedReaders) -> StudyReadings:
    """Fill the answers of every reading of a study, as these readers would give them.

    Args:
        cases: readings with open answers, as a built study lists them; answers and seconds are replaced. In a forced
            choice each names its ``correct_choice``.
    """
    rng = np.random.default_rng([design.seed, 5])
    impression = (
        _set_impressions(design.schedule.images_per_item, cases, truth, rng)
        if design.is_forced_choice
        else _impressions(cases, truth, rng)
    )
    return StudyReadings(design, tuple(_answered(r, design, impression(r), truth, rng) for r in cases))


def open_readings(design: StudyDesign, real: int, synthetic: int, repeats: int = 0) -> tuple[Reading, ...]:
    """A fully crossed schedule with open answers, for planning without images; every case is its own subject.

    In a forced choice each real image makes one case, its set; the number of synthetic ones follows from the design.
    """
    rng = np.random.default_rng([design.seed, 6])
    options = design.schedule.images_per_item
    cases = real if design.is_forced_choice else real + synthetic
    names = [f"case-{i:04d}" for i in range(1, cases + 1)]
    letters = rng.permutation(np.arange(cases) % options) if design.is_forced_choice else None
    readings = []
    for reader in design.readers:
        places = [*rng.permutation(cases), *rng.permutation(cases)[:repeats]]
        for order, place in enumerate(places, start=1):
            readings.append(
                Reading(
                    reader=reader,
                    case=names[place],
                    subject=f"subject-{place}",
                    is_synthetic=bool(place >= real),
                    session=1,
                    order=order,
                    answers={},
                    seconds=0.0,
                    repeat_of=names[place] if order > cases else None,
                    correct_choice=None if letters is None else string.ascii_uppercase[letters[place]],
                )
            )
    return tuple(readings)


def _impressions(cases: tuple[Reading, ...], truth: SimulatedReaders, rng: np.random.Generator) -> _Impression:
    readers, names = sorted({r.reader for r in cases}), sorted({r.case for r in cases})
    synthetic = {r.case: r.is_synthetic for r in cases}
    shown = np.array([synthetic[name] for name in names])
    impressions, criteria = simulate_impressions(truth, shown, len(readers), rng)

    def impression(reading: Reading) -> tuple[float, str | None]:
        row = readers.index(reading.reader)
        noise = _REPEAT_NOISE * rng.standard_normal() if _is_again(reading) else 0.0
        return float(impressions[row, names.index(reading.case)] - criteria[row] + noise), None

    return impression


def _set_impressions(
    options: int, cases: tuple[Reading, ...], truth: SimulatedReaders, rng: np.random.Generator
) -> _Impression:
    readers, names = sorted({r.reader for r in cases}), sorted({r.case for r in cases})
    impressions = simulate_set_impressions(truth, len(names), options, len(readers), rng)

    def impression(reading: Reading) -> tuple[float, str | None]:
        seen = impressions[readers.index(reading.reader), names.index(reading.case)]
        if _is_again(reading):
            seen = seen + _REPEAT_NOISE * rng.standard_normal(options)
        least = int(np.argmin(seen))
        letters = [x for x in string.ascii_uppercase[:options] if x != reading.correct_choice]
        return float(seen[least]), reading.correct_choice if least == 0 else letters[least - 1]

    return impression


def _is_again(reading: Reading) -> bool:
    return reading.repeat_of is not None or reading.session > 1


def _answered(
    reading: Reading,
    design: StudyDesign,
    seen: tuple[float, str | None],
    truth: SimulatedReaders,
    rng: np.random.Generator,
) -> Reading:
    impression, choice = seen
    answers: dict[str, Answer] = {}
    for question in design.questionnaire.questions:
        if question.role is QuestionRole.DESCRIPTOR:
            answers[question.id] = _descriptor_answer(question, reading, truth, rng)
        elif question.role is QuestionRole.AUTHENTICITY and choice is not None:
            answers[question.id] = choice
        else:
            answers[question.id] = _answer(question, impression, rng)
    confidence = design.questionnaire.confidence_real(answers)
    seconds = float(_SECONDS * np.exp(_SPREAD_OF_SECONDS * rng.standard_normal()))
    return replace(reading, answers=answers, confidence_real=confidence, seconds=seconds, first_place=choice)


def _answer(question: Question, impression: float, rng: np.random.Generator) -> Answer:
    if question.kind is QuestionKind.SCALE:
        noise = 0.0 if question.role is QuestionRole.AUTHENTICITY else rng.standard_normal() - _RATING_LOSS
        real = 0.5 * (1 + math.erf((noise - impression) / math.sqrt(2)))
        return float(min(question.points, 1 + int(real * question.points)))
    if question.role is QuestionRole.AUTHENTICITY:
        return question.options[-1 if impression > 0 else 0].value
    if question.kind is QuestionKind.CHOICE:
        return question.options[int(rng.integers(len(question.options)))].value
    return None


def _descriptor_answer(
    question: Question, reading: Reading, truth: SimulatedReaders, rng: np.random.Generator
) -> Answer:
    assert question.descriptor is not None
    guess = question.options[int(rng.integers(len(question.options)))].value
    asked = None if reading.asked is None else requested_answer(reading.asked, question.descriptor)
    return asked if asked is not None and rng.random() < truth.descriptor_skill else guess
