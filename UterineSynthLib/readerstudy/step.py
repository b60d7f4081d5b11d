"""What comes next for a reader: a case to train on, a case to read, a wait, or the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from UterineSynthLib.readerstudy.book import ReaderBook
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.plan import SessionPlan


class StepKind(StrEnum):
    """Kind of the next step."""

    TRAIN = "train"
    READ = "read"
    WAIT = "wait"
    DONE = "done"


@dataclass(frozen=True)
class Step:
    """The next step.

    Attributes:
        session: the sitting it belongs to, from 1; the last one when all is done.
        item: opaque name; empty while waiting and when all is done.
        done, total: cases answered and planned in this session, training left out.
        not_before_utc: ISO 8601; when the wait is over.
    """

    kind: StepKind
    session: int
    item: str = ""
    done: int = 0
    total: int = 0
    not_before_utc: str = ""


def next_step(folder: ReaderFolder, book: ReaderBook, now: datetime) -> Step:
    """The next step of a reader at ``now`` (aware). A clock that was set back does not shorten or lengthen a wait."""
    plan = folder.plan_of(book.reader)
    for session in plan.sessions:
        waiting = _waiting_items(session, book)
        if not waiting:
            continue
        done = len(session.items) - sum(item in waiting for item in session.items)
        ready = _ready_at(folder, book, session)
        latest = max([now, *([datetime.fromisoformat(book.latest_utc)] if book.latest_utc else [])])
        if ready is not None and latest < ready:
            until = ready.isoformat(timespec="seconds")
            return Step(StepKind.WAIT, session.number, "", done, len(session.items), until)
        kind = StepKind.TRAIN if waiting[0] in session.training else StepKind.READ
        return Step(kind, session.number, waiting[0], done, len(session.items))
    last = plan.sessions[-1]
    return Step(StepKind.DONE, last.number, "", len(last.items), len(last.items))


def _waiting_items(session: SessionPlan, book: ReaderBook) -> list[str]:
    return [item for item in (*session.training, *session.items) if (session.number, item) not in book.answered]


def _ready_at(folder: ReaderFolder, book: ReaderBook, session: SessionPlan) -> datetime | None:
    """End of the washout before a session that has not begun."""
    if folder.study.washout_days == 0.0 or any(s.session == session.number for s in book.submissions):
        return None
    before = [s.at_utc for s in book.submissions if s.session < session.number]
    return None if not before else datetime.fromisoformat(max(before)) + timedelta(days=folder.study.washout_days)
