"""What happened while a reader read: one row each, chained so that none can be changed, taken out or put in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from UterineSynthLib.errors import StudyError

CHAIN_START = "0" * 64


class EventKind(StrEnum):
    """Kind of a row."""

    OPENED = "opened"
    ANSWER = "answer"
    EDIT = "edit"
    PAUSE = "pause"
    RESUME = "resume"
    CLOCK_BACK = "clock_back"


@dataclass(frozen=True)
class Event:
    """One row.

    Attributes:
        number: from 1 without a gap.
        session: the sitting, 0 where none; item: opaque name, empty where none.
        content: answers by question id, seconds, interactions; whatever belongs to the kind.
        at_utc: ISO 8601, as the clock of the reading machine said.
        previous: digest of the row before; sha256: of this row with ``previous``.
    """

    number: int
    kind: EventKind
    session: int
    item: str
    content: dict[str, Any]
    at_utc: str
    previous: str
    sha256: str


def next_event(
    events: tuple[Event, ...] | list[Event], kind: EventKind, session: int, item: str, content: dict[str, Any], at: str
) -> Event:
    """The row that follows ``events``."""
    previous = events[-1].sha256 if events else CHAIN_START
    number = len(events) + 1
    digest = _digest(number, kind, session, item, content, at, previous)
    return Event(number, kind, session, item, content, at, previous, digest)


def check_chain(events: Iterable[Event], source: str) -> None:
    """Check numbers and digests of rows from the first on.

    Raises:
        StudyError: names the first row that was changed, or after which one is missing.
    """
    previous = CHAIN_START
    for expected, event in enumerate(events, start=1):
        if event.number != expected or event.previous != previous:
            raise StudyError(source, f"rows are missing or out of order at row {expected}; the file was changed")
        found = _digest(
            event.number, event.kind, event.session, event.item, event.content, event.at_utc, event.previous
        )
        if found != event.sha256:
            raise StudyError(source, f"row {event.number} was changed after it was written")
        previous = event.sha256


def content_text(content: dict[str, Any]) -> str:
    """The one way in which the content of a row is written."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _digest(
    number: int, kind: EventKind, session: int, item: str, content: dict[str, Any], at: str, previous: str
) -> str:
    text = json.dumps([number, kind.value, session, item, content_text(content), at, previous], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
