"""One reader's rows, read back and checked; and what they say in the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from UterineSynthLib.errors import StudyError
from UterineSynthLib.readerstudy.event import Event, EventKind, check_chain
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.question import Answer
from UterineSynthLib.records import record


@dataclass(frozen=True)
class Submission:
    """The answers to one item as they stand after every edit; time and place are those of the first submission."""

    session: int
    item: str
    answers: dict[str, Answer]
    seconds: float
    at_utc: str
    edits: int = 0


@record("uterinesynth.reader_book")
@dataclass(frozen=True)
class ReaderBook:
    """All rows of one reader in one study."""

    study_id: str
    study_sha256: str
    reader: str
    events: tuple[Event, ...]

    @cached_property
    def submissions(self) -> tuple[Submission, ...]:
        """Answers in the order of their first submission."""
        found: dict[tuple[int, str], Submission] = {}
        for event in self.events:
            if event.kind in (EventKind.ANSWER, EventKind.EDIT):
                place = (event.session, event.item)
                found[place] = _after(found.get(place), event)
        return tuple(found.values())

    @property
    def answered(self) -> frozenset[tuple[int, str]]:
        """Sessions and items that have an answer."""
        return frozenset((s.session, s.item) for s in self.submissions)

    @property
    def latest_utc(self) -> str:
        """Latest time in any row; a clock that was set back does not lower it. Empty where there is no row."""
        return max((event.at_utc for event in self.events), default="")


def check_book(book: ReaderBook, folder: ReaderFolder, source: str) -> None:
    """Check that a book belongs to a study and is whole.

    Raises:
        StudyError: another study, an unknown reader, a broken chain, an answer to an item that was not planned.
        RecordError: an answer that does not fit its question.
    """
    if book.study_sha256 != folder.study_sha256:
        raise StudyError(source, f"holds answers to another study (or another build of it), not to {folder.path}")
    plan = folder.plan_of(book.reader)
    check_chain(book.events, source)
    planned = {(s.number, item) for s in plan.sessions for item in (*s.training, *s.items)}
    for submission in book.submissions:
        if (submission.session, submission.item) not in planned:
            raise StudyError(source, f"answers item {submission.item}, which {book.reader} was not to read")
        folder.study.questionnaire.check(submission.answers)


def _after(earlier: Submission | None, event: Event) -> Submission:
    answers = _answers(event.content)
    if earlier is None:
        seconds = float(event.content.get("seconds", 0.0))
        return Submission(event.session, event.item, answers, seconds, event.at_utc)
    return Submission(earlier.session, earlier.item, answers, earlier.seconds, earlier.at_utc, edits=earlier.edits + 1)


def _answers(content: dict[str, Any]) -> dict[str, Answer]:
    raw = content.get("answers", {})
    return {str(k): float(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in raw.items()}
