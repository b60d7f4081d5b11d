"""One reader at work: which case is on, what is answered, what the clock says. Without a widget."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.errors import RecordError
from UterineSynthLib.readerstudy.event import EventKind
from UterineSynthLib.readerstudy.question import Answer, Question
from UterineSynthLib.readerstudy.responses import ResponseFile
from UterineSynthLib.readerstudy.step import Step, StepKind

Clock = Callable[[], float]


class Stopwatch:
    """Seconds since the image came on, pauses left out, by a clock that cannot be set."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._before, self._since = 0.0, None

    def restart(self) -> None:
        """Begin at 0, running."""
        self._before, self._since = 0.0, self._clock()

    def hold(self) -> None:
        """Stand still until :meth:`goOn`."""
        self._before, self._since = self.seconds, None

    def goOn(self) -> None:
        """Run on."""
        if self._since is None:
            self._since = self._clock()

    @property
    def seconds(self) -> float:
        """What it shows."""
        return self._before + (0.0 if self._since is None else self._clock() - self._since)


@dataclass(frozen=True)
class Feedback:
    """What a reader is told after a training case; both in stored form."""

    rightAnswer: str
    given: Answer


class ReaderSession:
    """The case that is on and its answers, over an open file of responses."""

    def __init__(self, responses: ResponseFile, clock: Clock = time.monotonic) -> None:
        self._responses = responses
        self.watch = Stopwatch(clock)
        self.isPaused = False
        self._editing: tuple[int, str] | None = None
        self._takeUp(responses.next_step())

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions to each case."""
        return self._responses.folder.study.questionnaire.questions

    @property
    def item(self) -> str:
        """Opaque name of what is shown; empty where nothing is."""
        return self._editing[1] if self._editing else self.step.item

    @property
    def images(self) -> tuple[str, ...]:
        """Opaque names of the images shown, in their order."""
        return self._imagesOf(self.item)

    @property
    def nextImages(self) -> tuple[str, ...]:
        """Images of the case after this one; none after the last of a sitting."""
        following = self._plan.after(self.step.item) if self.step.item else None
        return self._imagesOf(following or "")

    @property
    def practice(self) -> tuple[int, int] | None:
        """Place of a training case, from 1, and how many there are; None for a case that counts."""
        if self.step.kind is not StepKind.TRAIN:
            return None
        training = self._plan.training
        return training.index(self.step.item) + 1, len(training)

    @property
    def isEditing(self) -> bool:
        """Whether an earlier answer is being changed."""
        return self._editing is not None

    @property
    def sessions(self) -> int:
        """Number of sittings of this reader."""
        return len(self._responses.folder.plan_of(self._responses.book.reader).sessions)

    @property
    def canGoBack(self) -> bool:
        """Whether the design allows it and there is a case before this one."""
        return self._responses.folder.study.allow_back and self._before() is not None

    def firstOpen(self) -> int | None:
        """Place of the first question whose answer is missing or does not fit; None where all is well."""
        return next((place for place in range(len(self.questions)) if self.complaint(place)), None)

    def complaint(self, place: int) -> str:
        """What is wrong with the answer to a question; empty where it is well."""
        question = self.questions[place]
        answer = self.answers.get(question.id)
        try:
            question.check(answer)
        except RecordError as error:
            return _("Please answer this question.") if answer is None else str(error).partition(": ")[2]
        return ""

    def submit(self, interactions: Mapping[str, Any]) -> Feedback | None:
        """Store the answers; the next case is on when this returns.

        Returns:
            What to tell after a training case.

        Raises:
            RecordError: an answer is missing or does not fit.
            OutputError: nothing was stored; the case stays on.
        """
        seconds = self.watch.seconds
        if self._editing is not None:
            self._responses.edit(*self._editing, self.answers, seconds)
            self._takeUp(self._responses.next_step())
            return None
        item, isTraining = self.step.item, self.step.kind is StepKind.TRAIN
        following = self._responses.submit(item, self.answers, seconds, interactions)
        given = self.answers.get(self.questions[-1].id)
        self._takeUp(following)
        right = self._responses.right_answer(item) if isTraining else None
        return Feedback(right, given) if right is not None else None

    def pause(self) -> None:
        """Stop the clock and note it.

        Raises:
            OutputError: it could not be noted; the clock stands still all the same.
        """
        self.isPaused = True
        self.watch.hold()
        self._responses.note(EventKind.PAUSE)

    def resume(self) -> None:
        """Let the clock run again and note it.

        Raises:
            OutputError: it could not be noted; the pause goes on.
        """
        self._responses.note(EventKind.RESUME)
        self.isPaused = False
        self.watch.goOn()

    def goBack(self) -> None:
        """Put the case before this one on again, with its answers."""
        place = self._before()
        assert place is not None
        stored = {(s.session, s.item): s.answers for s in self._responses.book.submissions}
        self._editing, self.answers = place, dict(stored[place])

    def _before(self) -> tuple[int, str] | None:
        """Session and item of the last answer before what is on, training left out."""
        training = {item for session in self._sessionPlans for item in session.training}
        read = [(s.session, s.item) for s in self._responses.book.submissions if s.item not in training]
        if self._editing is not None:
            read = read[: read.index(self._editing)]
        return read[-1] if read else None

    def _takeUp(self, step: Step) -> None:
        self.step, self._editing = step, None
        self.answers: dict[str, Answer] = {}

    @property
    def _sessionPlans(self) -> tuple[Any, ...]:
        return self._responses.folder.plan_of(self._responses.book.reader).sessions

    @property
    def _plan(self) -> Any:
        return self._sessionPlans[self.step.session - 1]

    def _imagesOf(self, item: str) -> tuple[str, ...]:
        return self._responses.folder.study.items.get(item, ())
