"""The folders that came back from several readers, united; where two copies differ, that is shown and not decided."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.errors import StudyError
from UterineSynthLib.readerstudy.book import ReaderBook
from UterineSynthLib.readerstudy.event import EventKind
from UterineSynthLib.readerstudy.folder import ANSWERS, ReaderFolder
from UterineSynthLib.readerstudy.responses import SUFFIX, read_responses
from UterineSynthLib.records import record


@record("uterinesynth.study_responses")
@dataclass(frozen=True)
class StudyResponses:
    """The books of all readers who answered; still blind."""

    study_id: str
    study_sha256: str
    books: tuple[ReaderBook, ...]


@dataclass(frozen=True)
class Merged:
    """What came of it.

    Attributes:
        responses: the books without the readers that are in conflict.
        conflicts: one line for each reader whose copies differ; notes: what was settled without a choice.
    """

    responses: StudyResponses
    conflicts: tuple[str, ...]
    notes: tuple[str, ...]


def merge_responses(folder: ReaderFolder, sources: Sequence[Path], chosen: Mapping[str, Path] | None = None) -> Merged:
    """Read the answers in ``sources`` and unite them.

    Of two copies of one reader's file of which one only goes on where the other ends, the longer is taken. Copies that
    hold different answers after the same beginning are a conflict, unless ``chosen`` says which file counts.

    Args:
        sources: reader folders, folders of answers, or files of answers.
        chosen: by reader, the file of answers that the coordinator decided for.

    Raises:
        StudyError: a source without answers, or answers that are damaged or of another study.
    """
    found: dict[str, list[tuple[Path, ReaderBook]]] = {}
    for path in [file for source in sources for file in _answer_files(source)]:
        book = read_responses(path, folder)
        found.setdefault(book.reader, []).append((path, book))
    books, conflicts, notes = [], [], []
    for reader in (r for r in folder.readers if r in found):
        copies = sorted(found[reader], key=lambda copy: len(copy[1].answered))
        decided = (chosen or {}).get(reader)
        if decided is not None:
            books.append(_decided(reader, decided, copies))
            notes.append(f"{reader}: {decided} was chosen among {len(copies)} copies")
            continue
        parting = _parting(copies)
        if parting is None:
            books.append(copies[-1][1])
            if len(copies) > 1:
                notes.append(f"{reader}: {len(copies)} copies agree; the longest is {copies[-1][0]}")
        else:
            conflicts.append(f"{reader}: {parting}")
    responses = StudyResponses(folder.study.study_id, folder.study_sha256, tuple(books))
    return Merged(responses, tuple(conflicts), tuple(notes))


def _answer_files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise StudyError(source, "no such folder or file of answers")
    inner = source / ANSWERS
    files = sorted((inner if inner.is_dir() else source).glob(f"*{SUFFIX}"))
    if not files:
        raise StudyError(source, f"holds no answers (no {ANSWERS}/*{SUFFIX})")
    return files


def _decided(reader: str, decided: Path, copies: Sequence[tuple[Path, ReaderBook]]) -> ReaderBook:
    for path, book in copies:
        if path.resolve() == decided.resolve():
            return book
    raise StudyError(decided, f"is not among the answers of {reader} that were given")


def _parting(copies: Sequence[tuple[Path, ReaderBook]]) -> str | None:
    """Where two copies, sorted by length, part ways; None where no answer is in one of them only."""
    for (path, book), (other_path, other) in itertools.pairwise(copies):
        shared = sum(1 for mine, theirs in zip(book.events, other.events, strict=False) if mine == theirs)
        if _answers_after(book, shared) and _answers_after(other, shared):
            mine, theirs = book.events[shared], other.events[shared]
            return (
                f"{path} and {other_path} part at row {mine.number} ({mine.at_utc} and {theirs.at_utc}), "
                f"{_differing(book, other)} items were answered differently or in one of them only"
            )
    return None


def _answers_after(book: ReaderBook, row: int) -> bool:
    return any(event.kind in (EventKind.ANSWER, EventKind.EDIT) for event in book.events[row:])


def _differing(one: ReaderBook, other: ReaderBook) -> int:
    answers = [{(s.session, s.item): s.answers for s in book.submissions} for book in (one, other)]
    return sum(answers[0].get(key) != answers[1].get(key) for key in {*answers[0], *answers[1]})
