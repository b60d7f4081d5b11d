"""How far each reader is, from the answers alone; still blind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from UterineSynthLib.errors import StudyError
from UterineSynthLib.readerstudy.book import ReaderBook
from UterineSynthLib.readerstudy.event import EventKind
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.responses import read_responses, responses_path
from UterineSynthLib.readerstudy.step import StepKind, next_step


@dataclass(frozen=True)
class ReaderStatus:
    """One reader's progress.

    Attributes:
        done, total: cases read and planned over all sessions, training left out.
        median_seconds: of the cases read; None before the first.
        last_utc: latest row; empty before the first.
        remark: what keeps the reader or should be looked at, in words; empty where there is nothing.
    """

    reader: str
    done: int
    total: int
    median_seconds: float | None
    last_utc: str
    remark: str


def study_status(folder: ReaderFolder, now: datetime, answers: Path | None = None) -> tuple[ReaderStatus, ...]:
    """Progress of every reader; a file that cannot be used is a remark, not an error."""
    return tuple(_status_of(folder, reader, now, answers) for reader in folder.readers)


def _status_of(folder: ReaderFolder, reader: str, now: datetime, answers: Path | None) -> ReaderStatus:
    plan = folder.plan_of(reader)
    total = sum(len(session.items) for session in plan.sessions)
    path = responses_path(folder, reader, answers)
    if not path.exists():
        return ReaderStatus(reader, 0, total, None, "", "has not begun")
    try:
        book = read_responses(path, folder)
    except StudyError as error:
        return ReaderStatus(reader, 0, total, None, "", str(error))
    training = {item for session in plan.sessions for item in session.training}
    seconds = sorted(s.seconds for s in book.submissions if s.item not in training)
    median = seconds[len(seconds) // 2] if seconds else None
    return ReaderStatus(reader, len(seconds), total, median, book.latest_utc, _remark(folder, book, now))


def _remark(folder: ReaderFolder, book: ReaderBook, now: datetime) -> str:
    step = next_step(folder, book, now)
    remarks = []
    if step.kind is StepKind.DONE:
        remarks.append("done")
    if step.kind is StepKind.WAIT:
        remarks.append(f"session {step.session} may begin at {step.not_before_utc}")
    if any(event.kind is EventKind.CLOCK_BACK for event in book.events):
        remarks.append("the clock of the reading machine was set back")
    return "; ".join(remarks)
