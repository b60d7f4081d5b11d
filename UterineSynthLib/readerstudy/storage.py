"""How a reader's rows lie on disk: an SQLite schema that refuses changes, and a head that notices missing rows."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.errors import OutputError, RecordError, StudyError
from UterineSynthLib.readerstudy.book import ReaderBook
from UterineSynthLib.readerstudy.event import Event, EventKind, content_text
from UterineSynthLib.records import from_json, record, to_json, write_text_whole

SCHEMA_VERSION = 1
_APPLICATION = 0x55545253
_SCHEMA = (
    "CREATE TABLE book (study_id TEXT NOT NULL, study_sha256 TEXT NOT NULL, reader TEXT NOT NULL)",
    "CREATE TABLE event (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, session INTEGER NOT NULL, item TEXT NOT NULL,"
    " content TEXT NOT NULL, at_utc TEXT NOT NULL, previous TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL UNIQUE)",
    "CREATE UNIQUE INDEX one_answer ON event (session, item) WHERE kind = 'answer'",
    "CREATE TRIGGER no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'rows are never changed'); END",
    "CREATE TRIGGER no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
_HALF = "is damaged or only half copied; copy the whole answers folder again while nobody reads"


@record("uterinesynth.answers_head")
@dataclass(frozen=True)
class Head:
    """Number and digest of the last row that was written; a file with fewer rows is not whole."""

    rows: int
    sha256: str


def head_path(path: Path) -> Path:
    """Where the head of a file of answers lies."""
    return path.with_suffix(".head.json")


def begin_book(connection: sqlite3.Connection, owner: tuple[str, str, str], path: Path) -> ReaderBook:
    """Take the file for this connection alone, make the tables if there are none, and read the rows.

    ``owner`` is the study's id, the digest of its study file and the reader.
    """
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("INSERT INTO book VALUES (?, ?, ?)", owner)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    check_version(connection, path)
    return book_of(connection, path)


def insert_events(connection: sqlite3.Connection, events: Sequence[Event]) -> None:
    """Store rows in one transaction: all of them or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for e in events:
            row = (e.number, e.kind.value, e.session, e.item, content_text(e.content), e.at_utc, e.previous, e.sha256)
            connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise :class:`StudyError` unless this is a file of answers that this program can read."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise StudyError(path, "is not a file of a reader's answers" if version else _HALF)
    if version > SCHEMA_VERSION:
        raise StudyError(path, f"was written by a newer program (schema {version}, this one reads {SCHEMA_VERSION})")


def book_of(connection: sqlite3.Connection, path: Path) -> ReaderBook:
    """All rows of a file; raises :class:`StudyError` for a damaged one."""
    if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise StudyError(path, _HALF)
    owner = connection.execute("SELECT study_id, study_sha256, reader FROM book").fetchone()
    rows = connection.execute("SELECT * FROM event ORDER BY number").fetchall()
    try:
        events = tuple(Event(n, EventKind(k), s, i, json.loads(c), at, p, h) for n, k, s, i, c, at, p, h in rows)
    except ValueError as error:
        raise StudyError(path, f"holds a row that cannot be read ({error})") from error
    if owner is None:
        raise StudyError(path, _HALF)
    study_id, study_sha256, reader = owner
    return ReaderBook(study_id, study_sha256, reader, events)


def check_not_lost(path: Path) -> None:
    """Raise :class:`StudyError` where the head speaks of rows and the file is gone or empty."""
    if head_path(path).exists() and (not path.exists() or path.stat().st_size == 0):
        raise StudyError(path, f"is missing or empty although {head_path(path).name} says that there were answers")


def write_head(path: Path, last: Event) -> None:
    """Note the last row; the row is safe already, so a failure here loses nothing."""
    with contextlib.suppress(OutputError):
        write_text_whole(head_path(path), to_json(Head(last.number, last.sha256)) + "\n")


def check_head(path: Path, book: ReaderBook) -> None:
    """Raise :class:`StudyError` where rows are missing that the head speaks of."""
    try:
        head = from_json(Head, head_path(path).read_text(encoding="utf-8"), str(head_path(path)))
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError, RecordError) as error:
        raise StudyError(head_path(path), f"cannot be read ({error})") from error
    if len(book.events) < head.rows:
        missing = head.rows - len(book.events)
        raise StudyError(path, f"lacks its last {missing} of {head.rows} rows; {_HALF}")
    if head.rows and book.events[head.rows - 1].sha256 != head.sha256:
        raise StudyError(path, "does not fit the head beside it; they come from two different copies")


@contextlib.contextmanager
def told(path: Path, consequence: str) -> Iterator[None]:
    """Turn what SQLite says into our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            words = "is open in another window or on another machine; close it there first"
            raise StudyError(path, words) from error
        reason = "the disk is full" if "full" in text else "the place is read-only" if "readonly" in text else text
        raise OutputError(path, f"{reason}; {consequence}") from error
    except sqlite3.DatabaseError as error:
        raise StudyError(path, _HALF) from error
