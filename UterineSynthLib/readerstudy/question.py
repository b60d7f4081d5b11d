"""One question to a reader, and whether an answer is one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from UterineSynthLib.errors import RecordError

Answer = str | float | None
"""Value of a choice, text, or the number of a scale or a number; None was left open."""
_TEXT_LIMIT = 4000


class QuestionKind(StrEnum):
    """Form of the answer."""

    CHOICE = "choice"
    SCALE = "scale"
    NUMBER = "number"
    TEXT = "text"


class QuestionRole(StrEnum):
    """What the answer is used for; decides the place in the order and the analysis."""

    AUTHENTICITY = "authenticity"
    APPEARANCE = "appearance"
    DESCRIPTOR = "descriptor"
    COMMENT = "comment"


class Descriptor(StrEnum):
    """Part of a description that a question reads off the image."""

    PATHOLOGY = "pathology"
    POSITION = "position"
    FIGO = "figo"


@dataclass(frozen=True)
class Option:
    """One answer of a choice: ``value`` is stored, ``label`` is shown."""

    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """A question.

    Attributes:
        id: short name, unique in the questionnaire; the key of the answer.
        text: as the reader sees it.
        options: of a choice, at least two.
        anchors: of a scale, one text per point from 1 upwards, at least two; on an authenticity scale point 1 is
            surely synthetic and the last surely real.
        minimum, maximum, unit: of a number.
        required: whether the reader must answer before going on.
        descriptor: what a descriptor question reads, to be compared with what was asked for.
    """

    id: str
    text: str
    kind: QuestionKind
    role: QuestionRole = QuestionRole.APPEARANCE
    options: tuple[Option, ...] = ()
    anchors: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    required: bool = True
    descriptor: Descriptor | None = None

    def __post_init__(self) -> None:
        if not self.id.isidentifier():
            raise RecordError("id", f"'{self.id}' must be one word of letters, digits and underscores")
        if not self.text.strip():
            raise RecordError(f"question {self.id}", "has no text")
        self._check_answers_fit_the_kind()
        if (self.descriptor is not None) != (self.role is QuestionRole.DESCRIPTOR):
            raise RecordError(f"question {self.id}", "a descriptor question, and only one, names its descriptor")
        if self.role is QuestionRole.AUTHENTICITY and self.kind not in (QuestionKind.CHOICE, QuestionKind.SCALE):
            raise RecordError(f"question {self.id}", f"authenticity is a choice or a scale, not a {self.kind}")
        if self.role is QuestionRole.AUTHENTICITY and not self.required:
            raise RecordError(f"question {self.id}", "authenticity must be required")

    @property
    def points(self) -> int:
        """Number of points of a scale."""
        return len(self.anchors)

    def check(self, answer: Answer) -> Answer:
        """The answer in its stored form (numbers as float).

        Raises:
            RecordError: it is not an answer to this question; says what would be.
        """
        if answer is None or answer == "":
            if self.required:
                raise RecordError(f"answer {self.id}", "is missing; this question must be answered")
            return None
        if self.kind is QuestionKind.CHOICE:
            return self._checked_choice(answer)
        if self.kind is QuestionKind.TEXT:
            return self._checked_text(answer)
        return self._checked_number(answer)

    def _checked_choice(self, answer: str | float) -> str:
        values = [option.value for option in self.options]
        if answer not in values:
            raise RecordError(f"answer {self.id}", f"got '{answer}', expected one of {', '.join(values)}")
        return str(answer)

    def _checked_text(self, answer: str | float) -> str:
        if not isinstance(answer, str) or len(answer) > _TEXT_LIMIT:
            raise RecordError(f"answer {self.id}", f"expected text of at most {_TEXT_LIMIT} characters")
        return answer

    def _checked_number(self, answer: str | float) -> float:
        is_scale = self.kind is QuestionKind.SCALE
        low, high = (1.0, float(self.points)) if is_scale else (self.minimum, self.maximum)
        number = float(answer) if isinstance(answer, (int, float)) and not isinstance(answer, bool) else math.nan
        if not math.isfinite(number) or (is_scale and not number.is_integer()):
            raise RecordError(f"answer {self.id}", f"got '{answer}', expected a {'whole ' if is_scale else ''}number")
        if (low is not None and number < low) or (high is not None and number > high):
            raise RecordError(f"answer {self.id}", f"got {number:g}, expected {_range_words(low, high)}")
        return number

    def _check_answers_fit_the_kind(self) -> None:
        where = f"question {self.id}"
        if (self.kind is QuestionKind.CHOICE) != (len(self.options) >= 2):
            raise RecordError(where, f"has {len(self.options)} options; a choice has two or more, nothing else has any")
        if len({option.value for option in self.options}) < len(self.options):
            raise RecordError(where, "names an option twice")
        if (self.kind is QuestionKind.SCALE) != (len(self.anchors) >= 2):
            raise RecordError(where, f"has {len(self.anchors)} anchors; a scale has two or more, nothing else has any")
        if self.kind is not QuestionKind.NUMBER and (self.minimum, self.maximum, self.unit) != (None, None, None):
            raise RecordError(where, "has a range or a unit; only a number has one")
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise RecordError(where, f"has the range {self.minimum:g} to {self.maximum:g}; it must ascend")


def _range_words(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"
