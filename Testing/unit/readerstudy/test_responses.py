"""Answers on disk: nothing submitted is lost, doubled or changed, whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from UterineSynthLib.errors import OutputError, RecordError, StudyError
from UterineSynthLib.readerstudy.coordinator import BuiltStudy
from UterineSynthLib.readerstudy.event import EventKind
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.responses import open_responses, read_responses, responses_path
from UterineSynthLib.readerstudy.step import StepKind
from UterineSynthLib.readerstudy.storage import head_path

REAL = {"authenticity": 6.0}
_READER = """
import sys
from UterineSynthLib.readerstudy.folder import open_reader_folder
from UterineSynthLib.readerstudy.responses import open_responses
with open_responses(open_reader_folder(sys.argv[1]), "R1") as responses:
    step = responses.next_step()
    while step.item:
        item, step = step.item, responses.submit(step.item, {"authenticity": 5.0}, 1.5)
        print(item, flush=True)
"""


def test_an_answer_is_there_when_submit_returns(study: BuiltStudy) -> None:
    with open_responses(study.folder, "R1") as responses:
        step = responses.next_step()
        responses.submit(step.item, REAL, 3.0, {"scrolls": 12})
        shutil.copytree(responses.path.parent, study.path / "copy")
    book = read_responses(study.path / "copy" / "R1.sqlite", study.folder)
    assert [s.item for s in book.submissions] == [step.item]
    assert book.submissions[0].answers == REAL
    assert book.events[-1].content["interactions"] == {"scrolls": 12}


def test_training_comes_first_and_tells_the_truth_only_after_the_answer(study: BuiltStudy) -> None:
    with open_responses(study.folder, "R1") as responses:
        step = responses.next_step()
        assert (step.kind, step.done, step.total) == (StepKind.TRAIN, 0, 22)
        assert responses.right_answer(step.item) is None
        after = responses.submit(step.item, REAL, 1.0)
        assert responses.right_answer(step.item) in ("real", "synthetic")
        responses.submit(after.item, REAL, 1.0)
        read = responses.next_step()
        assert (read.kind, read.done) == (StepKind.READ, 0)
        assert responses.submit(read.item, REAL, 1.0).done == 1
        assert responses.right_answer(read.item) is None


def test_a_killed_reader_loses_no_answer_and_doubles_none(study: BuiltStudy) -> None:
    command = [sys.executable, "-c", _READER, str(study.folder.path)]
    submitted: list[str] = []
    for wanted in (4, 7):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
            assert reader.stdout is not None
            submitted += [reader.stdout.readline().strip() for _ in range(wanted)]
            os.kill(reader.pid, signal.SIGKILL)
            submitted += [line.strip() for line in reader.stdout]
        assert reader.returncode == -signal.SIGKILL
    with open_responses(study.folder, "R1") as responses:
        stored = [s.item for s in responses.book.submissions]
        plan = study.folder.plan_of("R1").sessions[0]
        assert stored[: len(submitted)] == submitted
        assert len(stored) - len(submitted) <= 2
        assert stored == [*plan.training, *plan.items][: len(stored)]


def test_nothing_is_stored_twice_out_of_turn_or_unfitting(study: BuiltStudy) -> None:
    with open_responses(study.folder, "R1") as responses:
        first = responses.next_step()
        second = responses.submit(first.item, REAL, 1.0)
        rows = responses.book.events
        with pytest.raises(StudyError, match="has its answer already; nothing was stored twice"):
            responses.submit(first.item, REAL, 1.0)
        later = study.folder.plan_of("R1").sessions[0].items[-1]
        with pytest.raises(StudyError, match="is not the one to read now"):
            responses.submit(later, REAL, 1.0)
        with pytest.raises(RecordError, match="answer authenticity: got 7, expected 1 to 6"):
            responses.submit(second.item, {"authenticity": 7.0}, 1.0)
        with pytest.raises(RecordError, match="seconds: -1"):
            responses.submit(second.item, REAL, -1.0)
        with pytest.raises(RecordError, match="interactions: holds what JSON cannot"):
            responses.submit(second.item, REAL, 1.0, {"zoom": float("nan")})
        assert responses.book.events == rows
        assert responses.next_step() == second


def test_an_edit_is_a_new_row_and_keeps_the_first_time(study: BuiltStudy) -> None:
    with open_responses(study.folder, "R1") as responses:
        step = responses.next_step()
        responses.submit(step.item, REAL, 9.0)
        responses.edit(step.session, step.item, {"authenticity": 1.0}, 2.0)
        submission = responses.book.submissions[0]
        assert (submission.answers["authenticity"], submission.seconds, submission.edits) == (1.0, 9.0, 1)
        kinds = [event.kind for event in responses.book.events]
        assert kinds == [EventKind.OPENED, EventKind.ANSWER, EventKind.EDIT]
        with pytest.raises(StudyError, match="has no answer yet"):
            responses.edit(1, responses.next_step().item, REAL, 1.0)


def test_a_second_writer_is_refused_and_the_first_goes_on(study: BuiltStudy) -> None:
    with open_responses(study.folder, "R1") as responses:
        with (
            pytest.raises(StudyError, match="is open in another window or on another machine"),
            open_responses(study.folder, "R1"),
        ):
            pass
        responses.submit(responses.next_step().item, REAL, 1.0)
        with open_responses(study.folder, "R2") as other:
            other.submit(other.next_step().item, REAL, 1.0)
    with open_responses(study.folder, "R1") as responses:
        assert len(responses.book.submissions) == 1


def test_an_unknown_reader_is_told_the_codes(study: BuiltStudy) -> None:
    with pytest.raises(StudyError, match=r"reader 'R9' is not in this study; its readers are R1, R2"):
        open_responses(study.folder, "R9").__enter__()


def test_a_full_disk_stores_all_of_an_answer_or_nothing(study: BuiltStudy) -> None:
    with open_responses(study.folder, "R1") as responses:
        responses.submit(responses.next_step().item, REAL, 1.0)
        pages = responses._connection.execute("PRAGMA page_count").fetchone()[0]
        responses._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        step = responses.next_step()
        with pytest.raises(OutputError, match="the disk is full; this answer is not stored, everything before it is"):
            responses.submit(step.item, REAL, 1.0, {"long": "x" * 50_000})
        responses._connection.execute("PRAGMA max_page_count = 100000").fetchall()
        assert responses.next_step() == step
        responses.submit(step.item, REAL, 1.0)
    assert len(read_responses(responses_path(study.folder, "R1"), study.folder).submissions) == 2


def test_a_place_that_cannot_be_written_is_named(study: BuiltStudy) -> None:
    (study.folder.path / "answers").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot write .*R1\.sqlite"):
        open_responses(study.folder, "R1").__enter__()


def test_a_place_that_turned_read_only_keeps_what_there_was(study: BuiltStudy) -> None:
    with open_responses(study.folder, "R1") as responses:
        responses._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(OutputError, match="the place is read-only; this answer is not stored"):
            responses.submit(responses.next_step().item, REAL, 1.0)
        responses._connection.execute("PRAGMA query_only = OFF")
        responses.submit(responses.next_step().item, REAL, 1.0)
    assert len(read_responses(responses_path(study.folder, "R1"), study.folder).submissions) == 1


def test_a_clock_set_back_is_noted_and_changes_no_order(study: BuiltStudy) -> None:
    now = datetime(2030, 5, 1, 12, tzinfo=UTC)
    with open_responses(study.folder, "R1", clock=lambda: now) as responses:
        responses.submit(responses.next_step(now).item, REAL, 1.0, now=now)
        earlier = now - timedelta(days=3)
        responses.submit(responses.next_step(earlier).item, REAL, 1.0, now=earlier)
        kinds = [event.kind for event in responses.book.events]
        assert kinds == [EventKind.OPENED, EventKind.ANSWER, EventKind.CLOCK_BACK, EventKind.ANSWER]
        assert responses.book.latest_utc.startswith("2030-05-01")
    assert len(read_responses(responses_path(study.folder, "R1"), study.folder).submissions) == 2


def _half_copied(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _older_copy(path: Path) -> None:
    shutil.copy(path.with_name("older"), path)


def _row_changed(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER no_update")
        db.execute("""UPDATE event SET content = replace(content, '4.0', '1.0') WHERE number = 3""")
    db.close()


def _row_removed(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER no_delete")
        db.execute("DELETE FROM event WHERE number = 3")
    db.close()


def _newer_schema(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 2")
    db.close()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_half_copied, "is damaged or only half copied"),
        (lambda path: path.write_bytes(b""), "is missing or empty although R1.head.json says"),
        (lambda path: path.unlink(), "is missing or empty although R1.head.json says"),
        (lambda path: path.write_bytes(b"not a database at all" * 100), "is damaged or only half copied"),
        (_older_copy, "lacks its last 2 of 7 rows"),
        (_row_changed, "row 3 was changed after it was written"),
        (_row_removed, "rows are missing or out of order at row 3"),
        (_newer_schema, r"was written by a newer program \(schema 2, this one reads 1\)"),
    ],
)
def test_a_damaged_file_is_refused_in_words_by_readers_and_writers(
    damage: Callable[[Path], None], words: str, study: BuiltStudy, read_to: Callable[..., None]
) -> None:
    read_to(study.folder, "R1", 4)
    path = responses_path(study.folder, "R1")
    shutil.copy(path, path.with_name("older"))
    read_to(study.folder, "R1", 1)
    damage(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StudyError, match=words):
        read_responses(path, study.folder)
    with pytest.raises(StudyError, match=words):
        open_responses(study.folder, "R1").__enter__()
    assert (path.read_bytes() if path.exists() else None) == before


def test_rows_cannot_be_changed_or_deleted_through_sql(study: BuiltStudy, read_to: Callable[..., None]) -> None:
    read_to(study.folder, "R1", 2)
    db = sqlite3.connect(responses_path(study.folder, "R1"))
    for statement in ("UPDATE event SET item = 'x'", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="rows are never"):
            db.execute(statement)
    db.close()


def test_answers_to_another_study_are_refused(study: BuiltStudy, read_to: Callable[..., None]) -> None:
    read_to(study.folder, "R1", 2)
    other = ReaderFolder(study.folder.path, study.folder.study, "0" * 64)
    with pytest.raises(StudyError, match="holds answers to another study"):
        read_responses(responses_path(study.folder, "R1"), other)


def test_the_head_of_another_copy_is_noticed(study: BuiltStudy, read_to: Callable[..., None]) -> None:
    read_to(study.folder, "R1", 3)
    read_to(study.folder, "R2", 3)
    shutil.copy(head_path(responses_path(study.folder, "R2")), head_path(responses_path(study.folder, "R1")))
    with pytest.raises(StudyError, match="does not fit the head beside it"):
        read_responses(responses_path(study.folder, "R1"), study.folder)
