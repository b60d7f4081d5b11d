"""What a reader is told between cases."""

from __future__ import annotations

import string
from datetime import datetime

from slicer.i18n import tr as _

from UterineSynthLib.readerstudy.question import Answer, Question, QuestionKind
from UterineSynthLib.readerstudy.step import Step, StepKind
from UterineSynthPanel.ReaderQuestion import answerWords
from UterineSynthPanel.ReaderSession import Feedback


def progressWords(step: Step, sessions: int, practice: tuple[int, int] | None) -> str:
    """``Case 12 of 60``, or ``Practice case 1 of 4``."""
    if practice is not None:
        return _("Practice case {place} of {total}").format(place=practice[0], total=practice[1])
    place = min(step.done + 1, step.total) if step.kind is StepKind.READ else step.done
    words = _("Case {place} of {total}").format(place=place, total=step.total)
    if sessions > 1:
        words = _("Session {session} of {sessions} · {words}").format(
            session=step.session, sessions=sessions, words=words
        )
    return words


def feedbackWords(question: Question, feedback: Feedback) -> str:
    """What a training case was, and what the reader took it for."""
    right = feedback.rightAnswer
    if len(right) == 1 and right in string.ascii_uppercase:
        truth = _("Image {letter} is the real one.").format(letter=right)
    else:
        truth = _("This is a real scan.") if right == "real" else _("This is a synthetic image.")
    given = answerWords(question, feedback.given)
    return _("{verdict} {truth}\n\nYou answered: {given}.\n\nPractice cases do not count.").format(
        verdict=_("Right.") if isRight(question, feedback.given, right) else _("Not so."), truth=truth, given=given
    )


def isRight(question: Question, given: Answer, right: str) -> bool:
    """Whether an answer about authenticity fits the truth; the upper half of a scale means real."""
    if question.kind is QuestionKind.SCALE:
        isReal = isinstance(given, float) and given > (question.points + 1) / 2
        return isReal == (right == "real")
    return given == right


def restWords(step: Step) -> str:
    """Why there is no case now."""
    if step.kind is StepKind.DONE:
        return _("All {total} cases are read. Thank you.\n\nPlease give the folder back to the coordinator.").format(
            total=step.total
        )
    until = datetime.fromisoformat(step.not_before_utc).astimezone()
    return _("This session is done. The next one may begin on {day} at {time}.").format(
        day=f"{until:%Y-%m-%d}", time=f"{until:%H:%M}"
    )
