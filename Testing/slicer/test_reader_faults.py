"""What keeps a reader from reading, in words; nothing is hidden then and nothing is lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def small_study(study_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from stage.reading import built_study

    return built_study(study_images, tmp_path_factory.mktemp("faults") / "study", training=0)


@pytest.fixture
def study(small_study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_study, tmp_path / "study"))


def an_image(study: Path) -> Path:
    return sorted((study / "reader" / "images").iterdir())[0]


def newer(study: Path) -> None:
    path = study / "reader" / "study.json"
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain["version"] = 99
    path.write_text(json.dumps(plain), encoding="utf-8")


def newer_answers(study: Path) -> None:
    from UterineSynthLib.readerstudy.folder import open_reader_folder
    from UterineSynthLib.readerstudy.responses import open_responses

    with open_responses(open_reader_folder(study / "reader"), "R1") as responses:
        path = responses.path
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


FAULTS = {
    "no study": (lambda study: (study / "reader" / "study.json").unlink(), "is not a study folder"),
    "no folder": (shutil.rmtree, "no such folder"),
    "altered case": (lambda study: an_image(study).write_bytes(b"other"), "was changed or only half copied"),
    "missing case": (lambda study: an_image(study).unlink(), "the image is missing"),
    "foreign file": (lambda study: (an_image(study).parent / "key.nrrd").touch(), "is not a file of this study"),
    "newer study": (newer, "version 99"),
    "newer answers": (newer_answers, "written by a newer program (schema 99"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_folder_that_cannot_be_used_is_told_before_anything_is_hidden(
    start_reading: Callable[..., Any], window: Any, study: Path, panel: Any, fault: str
) -> None:
    spoil, words = FAULTS[fault]
    spoil(study)
    mode = start_reading(study)
    assert words in panel.readerStudy.ui.readerStatus.text
    assert not mode.isOn
    assert window.menuBar().visible


def test_an_unknown_reader_is_told_who_is_known(start_reading: Callable[..., Any], study: Path, panel: Any) -> None:
    mode = start_reading(study, "R7")
    assert "reader 'R7' is not in this study; its readers are R1, R2" in panel.readerStudy.ui.readerStatus.text
    assert not mode.isOn


def test_a_second_slicer_on_the_same_answers_is_refused(
    start_reading: Callable[..., Any], study: Path, panel: Any
) -> None:
    from UterineSynthLib.readerstudy.folder import open_reader_folder
    from UterineSynthLib.readerstudy.responses import open_responses

    with open_responses(open_reader_folder(study / "reader"), "R1"):
        mode = start_reading(study)
        assert "is open in another window" in panel.readerStudy.ui.readerStatus.text
        assert not mode.isOn
    panel.readerStudy.ui.startReading.click()
    assert mode.isOn


def test_a_place_that_cannot_be_written_is_told(start_reading: Callable[..., Any], study: Path, panel: Any) -> None:
    (study / "reader" / "answers").write_text("a file in the place of the folder", encoding="utf-8")
    mode = start_reading(study)
    assert "cannot write" in panel.readerStudy.ui.readerStatus.text
    assert not mode.isOn


def test_a_full_disk_keeps_the_case_on_and_the_next_try_stores_it_once(
    start_reading: Callable[..., Any], window: Any, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stage.reading import press

    from UterineSynthLib.readerstudy import responses

    mode = start_reading(study)
    press(window, "4")
    with monkeypatch.context() as full:

        def no_room(*_: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        full.setattr(responses, "insert_events", no_room)
        press(window, "Enter")
        assert "the disk is full; this answer is not stored" in mode.dock.ui.readingMessage.text
        assert mode.dock.ui.caseProgress.text == "Case 1 of 6"
        press(window, "Space")
        assert mode.session.isPaused
    press(window, "Space", "Enter")
    assert mode.dock.ui.caseProgress.text == "Case 2 of 6"
    assert [s.answers["authenticity"] for s in mode._responses.book.submissions] == [4.0]


def test_a_case_that_is_changed_while_someone_reads_is_not_shown(
    start_reading: Callable[..., Any], window: Any, study: Path, monkeypatch: pytest.MonkeyPatch, theatre: Any
) -> None:
    from stage.reading import press
    from UterineSynthPanel.ReaderCases import ReaderCases

    monkeypatch.setattr(ReaderCases, "prepare", lambda *_: False)
    mode = start_reading(study)
    for name in mode.session.nextImages:
        (study / "reader" / "images" / f"{name}.nrrd").write_bytes(b"other")
    press(window, "4", "Enter")
    assert mode.dock.ui.noteText.text == "This case cannot be shown."
    assert "was changed or only half copied" in mode.dock.ui.readingMessage.text
    press(window, "2", "Enter")
    theatre.wait_until(lambda: not mode.isOn)
    assert window.menuBar().visible


def test_a_clock_that_was_set_back_is_told_and_noted(
    start_reading: Callable[..., Any], window: Any, study: Path
) -> None:
    from stage.reading import press

    from UterineSynthLib.readerstudy.folder import open_reader_folder
    from UterineSynthLib.readerstudy.responses import open_responses

    folder = open_reader_folder(study / "reader")
    with open_responses(folder, "R1", clock=lambda: datetime.now(UTC) + timedelta(days=2)):
        pass
    mode = start_reading(study)
    assert "clock of this computer is behind" in mode.dock.ui.readingMessage.text
    press(window, "4", "Enter")
    assert mode.dock.ui.caseProgress.text == "Case 2 of 6"
    assert "clock_back" in [event.kind for event in mode._responses.book.events]


def test_a_washout_is_waited_for(
    start_reading: Callable[..., Any], window: Any, study_images: Path, tmp_path: Path
) -> None:
    from stage.reading import built_study, press

    study = built_study(study_images, tmp_path / "two", training=0, count=2, sessions=2, reread=True, washout_days=14.0)
    mode = start_reading(study)
    assert mode.dock.ui.caseProgress.text == "Session 1 of 2 · Case 1 of 4"
    for _ in range(4):
        press(window, "1", "Enter")
    assert "The next one may begin on 20" in mode.dock.ui.noteText.text


def test_without_a_main_window_reading_is_refused_in_words(panel: Any, study: Path) -> None:
    ui = panel.readerStudy.ui
    ui.readerFolder.setText(str(study / "reader"))
    ui.readerCode.setText("R1")
    ui.startReading.click()
    assert "needs Slicer's window" in ui.readerStatus.text


def test_closing_the_scene_ends_reading_and_keeps_what_is_stored(
    start_reading: Callable[..., Any], window: Any, study: Path, theatre: Any, panel: Any
) -> None:
    from stage.reading import press

    mode = start_reading(study)
    press(window, "4", "Enter")
    theatre.scene.Clear(False)
    assert not mode.isOn
    assert "The scene was closed" in panel.readerStudy.ui.readerStatus.text
    panel.readerStudy.ui.startReading.click()
    assert mode.dock.ui.caseProgress.text == "Case 2 of 6"
