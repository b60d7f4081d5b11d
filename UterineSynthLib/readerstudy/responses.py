"""The file of one reader's answers: SQLite that only grows, in which nothing submitted is lost, doubled or changed.

Every submission is one row in one fully synchronised transaction, chained to the row before; triggers refuse changes,
an edit is a new row. After each row the write-ahead log is folded into the file and a *head* beside it notes how many
rows there are, so that a file copied halfway is noticed. Whoever has the file open holds it alone.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from UterineSynthLib.errors import OutputError, RecordError, StudyError
from UterineSynthLib.readerstudy.book import ReaderBook, check_book
from UterineSynthLib.readerstudy.event import EventKind, content_text, next_event
from UterineSynthLib.readerstudy.folder import ANSWERS, ReaderFolder
from UterineSynthLib.readerstudy.question import Answer
from UterineSynthLib.readerstudy.step import Step, next_step
from UterineSynthLib.readerstudy.storage import (
    begin_book,
    book_of,
    check_head,
    check_not_lost,
    check_version,
    insert_events,
    told,
    write_head,
)

SUFFIX = ".sqlite"


class ResponseFile:
    """The open file of one reader; see :func:`open_responses`."""

    def __init__(self, folder: ReaderFolder, path: Path, connection: sqlite3.Connection, book: ReaderBook) -> None:
        self.folder, self.path, self.book = folder, path, book
        self._connection = connection

    def next_step(self, now: datetime | None = None) -> Step:
        """What the reader does next."""
        return next_step(self.folder, self.book, now or _now())

    def submit(
        self,
        item: str,
        answers: Mapping[str, Answer],
        seconds: float,
        interactions: Mapping[str, Any] | None = None,
        now: datetime | None = None,
    ) -> Step:
        """Store the answers to the next item; when this returns they are on the disk.

        Args:
            seconds: from the image on the screen to this moment, by a clock that cannot be set.
            interactions: counts and times of scrolling, zooming and window changes; anything JSON can hold.

        Returns:
            The step after this one.

        Raises:
            RecordError: an answer is missing or does not fit.
            StudyError: the item is not the one to read now, or has its answer already.
            OutputError: the answer could not be stored; everything before it is.
        """
        now = now or _now()
        step = self.next_step(now)
        if (step.session, item) in self.book.answered:
            raise StudyError(self.path, f"item {item} has its answer already; nothing was stored twice")
        if item != step.item:
            raise StudyError(self.path, f"item {item} is not the one to read now ({step.item or step.kind})")
        content = self._content(answers, seconds, interactions)
        self._append(EventKind.ANSWER, step.session, item, content, now)
        return self.next_step(now)

    def edit(
        self, session: int, item: str, answers: Mapping[str, Answer], seconds: float, now: datetime | None = None
    ) -> None:
        """Store changed answers as a new row; the earlier ones stay.

        Raises:
            StudyError: the design allows no way back, or the item has no answer yet.
        """
        if not self.folder.study.allow_back:
            raise StudyError(self.path, "this study does not allow changing an answer")
        if (session, item) not in self.book.answered:
            raise StudyError(self.path, f"item {item} has no answer yet that could be changed")
        self._append(EventKind.EDIT, session, item, self._content(answers, seconds, None), now or _now())

    def note(self, kind: EventKind, content: Mapping[str, Any] | None = None, now: datetime | None = None) -> None:
        """Store a pause, a resumption or an opening."""
        assert kind not in (EventKind.ANSWER, EventKind.EDIT)
        self._append(kind, 0, "", dict(content or {}), now or _now())

    def right_answer(self, item: str) -> str | None:
        """The truth of a training item once it is answered; None before that and for every other item."""
        if item not in {answered for _, answered in self.book.answered}:
            return None
        return self.folder.study.training_truth.get(item)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _content(
        self, answers: Mapping[str, Answer], seconds: float, interactions: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        if not (math.isfinite(seconds) and seconds >= 0):
            raise RecordError("seconds", f"{seconds} must be a number of seconds, 0 or more")
        checked = self.folder.study.questionnaire.check(answers)
        content = {"answers": checked, "seconds": float(seconds), "interactions": dict(interactions or {})}
        try:
            content_text(content)
        except (TypeError, ValueError) as error:
            raise RecordError("interactions", f"holds what JSON cannot: {error}") from error
        return content

    def _append(self, kind: EventKind, session: int, item: str, content: dict[str, Any], now: datetime) -> None:
        events = list(self.book.events)
        latest, at = self.book.latest_utc, _stamp(now)
        if at < latest:
            events.append(next_event(events, EventKind.CLOCK_BACK, 0, "", {"latest_utc": latest}, at))
        events.append(next_event(events, kind, session, item, content, at))
        with told(self.path, "this answer is not stored, everything before it is; submit it again"):
            insert_events(self._connection, events[len(self.book.events) :])
        self.book = ReaderBook(self.book.study_id, self.book.study_sha256, self.book.reader, tuple(events))
        self._fold()

    def _fold(self) -> None:
        """Fold the log into the file and note the head; the row is safe already, so a failure here loses nothing."""
        with contextlib.suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        write_head(self.path, self.book.events[-1])


@contextlib.contextmanager
def open_responses(
    folder: ReaderFolder, reader: str, answers: Path | None = None, clock: Callable[[], datetime] | None = None
) -> Iterator[ResponseFile]:
    """Open, or begin, the answers of a reader.

    Args:
        answers: folder of the answer files; by default ``answers/`` in the reader's folder.
        clock: gives the time of the opening; aware.

    Raises:
        StudyError: unknown reader, open elsewhere, damaged, half copied, of another study, of a newer program.
        OutputError: the folder cannot be written or is full.
    """
    folder.plan_of(reader)
    owner = (folder.study.study_id, folder.study_sha256, reader)
    path = responses_path(folder, reader, answers)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(path, error.strerror or str(error)) from error
    check_not_lost(path)
    with told(path, "nothing can be read until it can be written"):
        connection = sqlite3.connect(path, timeout=0.0, isolation_level=None)
    try:
        with told(path, "nothing can be read until it can be written"):
            book = begin_book(connection, owner, path)
        check_book(book, folder, str(path))
        check_head(path, book)
        responses = ResponseFile(folder, path, connection, book)
        responses.note(EventKind.OPENED, now=clock() if clock else None)
        yield responses
    finally:
        connection.close()


def read_responses(path: Path, folder: ReaderFolder) -> ReaderBook:
    """Read and check a reader's answers without touching the file (it may lie on a read-only medium).

    Raises:
        StudyError: missing, damaged, half copied, of another study, of a newer program, of an unknown reader.
    """
    check_not_lost(path)
    if not path.is_file():
        raise StudyError(path, "no such file of answers")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "answers.sqlite"
        try:
            shutil.copyfile(path, copy)
            log = path.with_name(path.name + "-wal")
            if log.exists():
                shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
        except OSError as error:
            raise StudyError(path, f"cannot be read ({error.strerror or error})") from error
        with told(path, "it cannot be read"), contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as db:
            check_version(db, path)
            book = book_of(db, path)
    check_book(book, folder, str(path))
    check_head(path, book)
    return book


def responses_path(folder: ReaderFolder, reader: str, answers: Path | None = None) -> Path:
    """Where the answers of a reader lie."""
    return (answers or folder.path / ANSWERS) / f"{reader}{SUFFIX}"


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds")
