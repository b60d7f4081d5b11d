"""The readings of a study as arrays: one row per reader, one column per case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.readerstudy.question import QuestionKind
from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.statistics.power import imbalance
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats

SYNTHETIC_ANSWER = "synthetic"
"""Value of the option of an authenticity choice that calls the image synthetic."""


@dataclass(frozen=True)
class ReadTable:
    """First readings, (readers, cases), NaN where a reader did not read or did not answer.

    Attributes:
        readers, cases: names of rows and columns, sorted.
        is_synthetic: (cases,) truth; subject: (cases,) index of the patient or request, the cluster of a case.
        suspicion: higher means more surely synthetic: the authenticity scale turned round, or 0 and 1 of a choice.
        correct: 1 right, 0 wrong, 0.5 for the middle of an odd scale, which leans to neither side.
        seconds, order: reading time in s and place in the reader's sequence.
        points: number of points of the authenticity scale; None without one.
    """

    readers: tuple[str, ...]
    cases: tuple[str, ...]
    is_synthetic: Bools
    subject: NDArray[np.int64]
    suspicion: Floats
    correct: Floats
    seconds: Floats
    order: Floats
    points: int | None

    @property
    def is_fully_crossed(self) -> bool:
        """Whether every reader judged every case."""
        return not bool(np.isnan(self.correct).any())

    @property
    def has_both_kinds(self) -> bool:
        """Whether real and synthetic cases were read; never so in a forced choice, where a case is a set."""
        return bool(self.is_synthetic.any() and not self.is_synthetic.all())

    @property
    def imbalance(self) -> float:
        """See :func:`UterineSynthLib.readerstudy.statistics.power.imbalance`; 1 where there is one kind only."""
        synthetic = int(self.is_synthetic.sum())
        return imbalance(self.is_synthetic.size - synthetic, synthetic) if self.has_both_kinds else 1.0


def first_readings(readings: StudyReadings) -> tuple[Reading, ...]:
    """The earliest reading of each case by each reader: hidden repeats and later sessions are left out."""
    first: dict[tuple[str, str], Reading] = {}
    for reading in sorted(readings.readings, key=lambda r: (r.session, r.order)):
        if reading.repeat_of is None:
            first.setdefault((reading.reader, reading.case), reading)
    return tuple(first.values())


def build_table(readings: StudyReadings) -> ReadTable:
    """Arrange the first readings of a study."""
    first = first_readings(readings)
    readers, cases = tuple(sorted({r.reader for r in first})), tuple(sorted({r.case for r in first}))
    by_case = {r.case: r for r in first}
    question = readings.design.questionnaire.authenticity
    points = question.points if question is not None and question.kind is QuestionKind.SCALE else None

    def fill(value: Callable[[Reading], float | None]) -> Floats:
        return matrix(first, readers, cases, value)

    return ReadTable(
        readers=readers,
        cases=cases,
        is_synthetic=np.array([by_case[c].is_synthetic for c in cases], dtype=bool),
        subject=np.unique([by_case[c].subject for c in cases], return_inverse=True)[1].astype(np.int64),
        suspicion=fill(lambda r: suspicion_of(r, readings.design)),
        correct=fill(lambda r: correctness_of(r, readings.design)),
        seconds=fill(lambda r: r.seconds if r.seconds > 0 else None),
        order=fill(lambda r: float(r.order)),
        points=points,
    )


def matrix(
    first: tuple[Reading, ...],
    readers: tuple[str, ...],
    cases: tuple[str, ...],
    value: Callable[[Reading], float | None],
) -> Floats:
    """Spread ``value`` of each reading over (readers, cases); None becomes NaN."""
    row, column = {name: i for i, name in enumerate(readers)}, {name: i for i, name in enumerate(cases)}
    filled = np.full((len(readers), len(cases)), np.nan)
    for reading in first:
        number = value(reading)
        if number is not None:
            filled[row[reading.reader], column[reading.case]] = number
    return filled


def suspicion_of(reading: Reading, design: StudyDesign) -> float | None:
    """How surely the reader took the image for synthetic; None without an answer and in a forced choice."""
    question = design.questionnaire.authenticity
    if question is None or design.is_forced_choice:
        return None
    if question.kind is QuestionKind.SCALE:
        return None if reading.confidence_real is None else question.points + 1 - reading.confidence_real
    answer = reading.answers.get(question.id)
    return None if answer is None else float(answer == SYNTHETIC_ANSWER)


def calls_synthetic(reading: Reading, design: StudyDesign) -> float | None:
    """1 if the reader took the image for synthetic, 0 for real, 0.5 for the middle of an odd scale."""
    suspicion, question = suspicion_of(reading, design), design.questionnaire.authenticity
    if suspicion is None or question is None or question.kind is not QuestionKind.SCALE:
        return suspicion
    middle = (question.points + 1) / 2
    return 0.5 if suspicion == middle else float(suspicion > middle)


def correctness_of(reading: Reading, design: StudyDesign) -> float | None:
    """1 for a right answer about authenticity, 0 for a wrong one, 0.5 for neither; None where it was not answered."""
    question = design.questionnaire.authenticity
    if question is not None and design.is_forced_choice:
        answer = reading.answers.get(question.id)
        return None if answer is None else float(answer == reading.correct_choice)
    call = calls_synthetic(reading, design)
    return None if call is None else (call if reading.is_synthetic else 1.0 - call)
