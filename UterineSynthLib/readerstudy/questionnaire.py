"""The questions that a reader answers for every case, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from UterineSynthLib.errors import RecordError
from UterineSynthLib.readerstudy.question import Answer, Question, QuestionKind, QuestionRole
from UterineSynthLib.records import record


@record("uterinesynth.questionnaire")
@dataclass(frozen=True)
class Questionnaire:
    """Questions in the order in which they are asked; authenticity, where it is asked, comes last.

    Asked first, it would colour every answer after it.

    Attributes:
        name: of the form; introduction: what the reader is told before the first case.
    """

    name: str
    introduction: str
    questions: tuple[Question, ...]

    def __post_init__(self) -> None:
        if not self.questions:
            raise RecordError("questions", "there is none; ask at least one")
        ids = [question.id for question in self.questions]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise RecordError("questions", f"'{twice}' comes twice; every question needs its own id")
        for question in self.questions[:-1]:
            if question.role is QuestionRole.AUTHENTICITY:
                raise RecordError(f"question {question.id}", "authenticity must be asked once, as the last question")

    @property
    def authenticity(self) -> Question | None:
        """The question whether the image is real, if it is asked."""
        last = self.questions[-1]
        return last if last.role is QuestionRole.AUTHENTICITY else None

    def of_role(self, role: QuestionRole) -> tuple[Question, ...]:
        """The questions of one role."""
        return tuple(question for question in self.questions if question.role is role)

    def check(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """Answers to all questions in their stored form.

        Raises:
            RecordError: an answer is missing, foreign to its question, or to no question of the form.
        """
        known = [question.id for question in self.questions]
        foreign = next((name for name in answers if name not in known), None)
        if foreign is not None:
            raise RecordError(f"answer {foreign}", f"is to no question of this form; it asks {', '.join(known)}")
        return {question.id: question.check(answers.get(question.id)) for question in self.questions}

    def confidence_real(self, answers: Mapping[str, Answer]) -> float | None:
        """Point on the authenticity scale (1 surely synthetic, highest surely real); None where there is no scale."""
        question = self.authenticity
        if question is None or question.kind is not QuestionKind.SCALE:
            return None
        answer = answers.get(question.id)
        return answer if isinstance(answer, float) else None
