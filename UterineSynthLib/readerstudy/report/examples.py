"""Example cases, picked by a rule and not by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.summary import summarise
from UterineSynthLib.readerstudy.question import Answer, Question
from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.statistics.table import correctness_of, first_readings

RULE = "For each kind, the case that misled the largest share of its readers and the one that misled the smallest."


@dataclass(frozen=True)
class Example:
    """A case with its truth and what readers said.

    Attributes:
        heading: which kind it stands for. right, read: readers who were right, readers who read it.
        answers: (reader, answer about authenticity in words, other answers in words).
    """

    case: str
    heading: str
    asked: str
    right: float
    read: int
    answers: tuple[tuple[str, str, str], ...]


def example_cases(readings: StudyReadings) -> tuple[Example, ...]:
    """Up to four examples; ties go to the first name."""
    by_case: dict[str, list[Reading]] = {}
    for reading in first_readings(readings):
        if correctness_of(reading, readings.design) is not None:
            by_case.setdefault(reading.case, []).append(reading)
    found: list[Example] = []
    for kind, is_synthetic in (("synthetic", True), ("real", False)):
        cases = sorted(
            (case for case, given in by_case.items() if given[0].is_synthetic is is_synthetic),
            key=lambda case: (_share_right(by_case[case], readings), case),
        )
        what = "forced choice" if readings.design.is_forced_choice else kind
        picks = [("most readers misled", cases[0]), ("fewest readers misled", cases[-1])] if len(cases) > 1 else []
        found += [_example(f"{what}, {how}", case, by_case[case], readings) for how, case in picks]
    return tuple(found)


def answer_words(question: Question, answer: Answer) -> str:
    """An answer as the reader saw it."""
    if answer is None:
        return "no answer"
    if isinstance(answer, str):
        return next((option.label for option in question.options if option.value == answer), answer)
    if question.anchors:
        return f"{answer:g} {question.anchors[int(answer) - 1]}"
    return f"{answer:g} {question.unit or ''}".strip()


def _share_right(given: list[Reading], readings: StudyReadings) -> float:
    return float(np.mean([correctness_of(r, readings.design) or 0.0 for r in given]))


def _example(heading: str, case: str, given: list[Reading], readings: StudyReadings) -> Example:
    form = readings.design.questionnaire
    last = form.authenticity
    assert last is not None
    rows = []
    for reading in sorted(given, key=lambda r: r.reader):
        others = [
            f"{q.id.replace('_', ' ')}: {answer_words(q, reading.answers.get(q.id))}"
            for q in form.questions
            if q is not last and reading.answers.get(q.id) is not None
        ]
        rows.append((reading.reader, answer_words(last, reading.answers.get(last.id)), "; ".join(others)))
    asked = "" if given[0].asked is None else summarise(given[0].asked).rstrip(" .")
    right = _share_right(given, readings) * len(given)
    return Example(case, heading, asked, right, len(given), tuple(rows))
