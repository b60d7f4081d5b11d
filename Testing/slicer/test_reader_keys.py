"""A reader reads with the keyboard alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def small_study(study_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from stage.reading import built_study

    return built_study(study_images, tmp_path_factory.mktemp("keys") / "study")


@pytest.fixture
def study(small_study: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(small_study, tmp_path / "study"))


def events_of(study: Path, reader: str = "R1") -> list[Any]:
    from UterineSynthLib.readerstudy.folder import open_reader_folder
    from UterineSynthLib.readerstudy.responses import read_responses, responses_path

    folder = open_reader_folder(study / "reader")
    return list(read_responses(responses_path(folder, reader), folder).events)


def test_digits_answer_enter_confirms_and_practice_is_told_the_truth(
    start_reading: Callable[..., Any], window: Any, study: Path
) -> None:
    from stage.reading import press

    mode = start_reading(study)
    ui = mode.dock.ui
    truth = mode._responses.folder.study.training_truth
    told = {"real": "Right. This is a real scan.", "synthetic": "Not so. This is a synthetic image."}
    seen = set()
    for place in (1, 2):
        assert ui.caseProgress.text == f"Practice case {place} of 2"
        kind = truth[mode.session.item]
        press(window, "6", "Enter")
        assert ui.noteText.text.startswith(told[kind])
        assert "You answered: surely real." in ui.noteText.text
        seen.add(kind)
        press(window, "Enter")
    assert seen == set(told)
    assert ui.caseProgress.text == "Case 1 of 6"
    press(window, "3", "4", "Enter")
    assert ui.caseProgress.text == "Case 2 of 6"
    mode.leave()
    answers = [event.content["answers"]["authenticity"] for event in events_of(study) if event.kind == "answer"]
    assert answers == [6.0, 6.0, 4.0]


def test_a_case_without_an_answer_is_not_stored(start_reading: Callable[..., Any], window: Any, study: Path) -> None:
    from stage.reading import press

    mode = start_reading(study)
    press(window, "Enter", "7", "Enter")
    assert mode.dock.ui.readingMessage.text == "Please answer this question."
    assert [event.kind for event in events_of(study)] == ["opened"]
    press(window, "2")
    assert mode.dock.ui.readingMessage.text == ""


def test_arrows_move_slices_and_stop_at_the_ends_and_the_log_goes_with_the_answer(
    start_reading: Callable[..., Any], window: Any, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer
    from stage.reading import press
    from UterineSynthPanel import ReaderLog

    monkeypatch.setattr(ReaderLog, "_APART_S", 0.0)
    mode = start_reading(study)
    node = slicer.app.layoutManager().sliceWidget("ReaderSagittal").mrmlSliceNode()
    middle, height = node.GetSliceOffset(), node.GetFieldOfView()[1]
    slices = 1 + math.ceil((middle + 4.0 + 28.0) / 20.0)
    press(window, "Down")
    assert node.GetSliceOffset() == pytest.approx(middle + 4.0)
    press(window, "PgUp", "PgUp")
    assert node.GetSliceOffset() == pytest.approx(-28.0)
    press(window, "Up", "+")
    assert node.GetSliceOffset() == pytest.approx(-28.0)
    assert node.GetFieldOfView()[1] == pytest.approx(height / 1.25)
    press(window, "K", "M")
    assert mode.views._images.window() == (850.0, 432.0)
    press(window, "R", "1", "Enter")
    counts = events_of(study)[-1].content["interactions"]["counts"]
    assert counts == {"slice": slices, "zoom": 2, "window": 3}
    assert events_of(study)[-1].content["interactions"]["movements"][0][1:] == ["slice", "S", middle + 4.0]


def test_every_case_begins_in_the_same_window_and_zoom_on_the_middle_slice(
    start_reading: Callable[..., Any], window: Any, study: Path
) -> None:
    import slicer
    from stage.reading import press

    mode = start_reading(study)
    node = slicer.app.layoutManager().sliceWidget("ReaderSagittal").mrmlSliceNode()

    def look() -> tuple[Any, ...]:
        return mode.views._images.window(), node.GetSliceOffset(), node.GetFieldOfView()

    first = look()
    assert first[0] == (1000.0, 500.0)
    press(window, "K", "N", "+", "PgDown")
    assert look() != first
    press(window, "1", "Enter", "Enter")
    assert look() == first


def test_a_pause_hides_the_images_stops_the_clock_and_is_noted(
    start_reading: Callable[..., Any], window: Any, study: Path
) -> None:
    import slicer
    from stage.reading import press

    mode = start_reading(study)
    now = [100.0]
    mode.session.watch._clock = lambda: now[0]
    mode.session.watch.restart()
    composite = slicer.app.layoutManager().sliceWidget("ReaderSagittal").sliceLogic().GetSliceCompositeNode()
    now[0] = 104.0
    press(window, "Space")
    assert composite.GetBackgroundVolumeID() is None
    now[0] = 9000.0
    press(window, "5", "Down", "Space")
    assert composite.GetBackgroundVolumeID() is not None
    assert mode.session.answers == {}
    now[0] = 9003.0
    press(window, "5", "Enter")
    kinds = [event.kind for event in events_of(study)]
    assert kinds == ["opened", "pause", "resume", "answer"]
    assert events_of(study)[-1].content["seconds"] == 7.0


def test_no_way_leads_back_unless_the_design_allows_it(
    start_reading: Callable[..., Any], window: Any, study: Path
) -> None:
    from stage.reading import press

    mode = start_reading(study)
    press(window, "1", "Enter", "Enter", "1", "Enter", "Enter", "2", "Enter")
    assert not mode.dock.ui.earlierCase.visible
    press(window, "Backspace")
    assert mode.dock.ui.caseProgress.text == "Case 2 of 6"
    assert not mode.session.isEditing


def test_where_the_design_allows_it_an_earlier_answer_is_changed_by_a_new_row(
    start_reading: Callable[..., Any], window: Any, study_images: Path, tmp_path: Path
) -> None:
    from stage.reading import built_study, press

    study = built_study(study_images, tmp_path / "back", training=0, allow_back=True)
    mode = start_reading(study)
    press(window, "Backspace", "2", "Enter", "3", "Enter", "Backspace")
    assert mode.session.isEditing and mode.session.answers == {"authenticity": 3.0}
    press(window, "Backspace")
    assert mode.session.answers == {"authenticity": 2.0}
    press(window, "6", "Enter")
    assert not mode.session.isEditing
    assert mode.dock.ui.caseProgress.text == "Case 3 of 6"
    mode.leave()
    rows = [(e.kind, e.content.get("answers", {}).get("authenticity")) for e in events_of(study)]
    assert rows == [("opened", None), ("answer", 2.0), ("answer", 3.0), ("edit", 6.0)]


def test_fifteen_answers_a_number_of_questions_and_a_text_are_answered_from_the_keyboard(
    start_reading: Callable[..., Any], window: Any, study_images: Path, tmp_path: Path
) -> None:
    from PySide6 import QtWidgets
    from PySide6.QtTest import QTest
    from stage.reading import built_study, press

    study = built_study(study_images, tmp_path / "clinical", forms=("clinical",), training=0)
    mode = start_reading(study)
    press(window, "1", "Enter", "2", "Enter", "E", "Enter", "4", "Left")
    assert mode.dock.place == 2
    assert mode.session.answers["figo_type"] == "cannot_tell"
    press(window, "Right", "Enter", "1", "Enter")
    QTest.keyClicks(QtWidgets.QApplication.focusWidget(), "a 3 b")
    press(window, "Enter", "5", "Enter")
    assert mode.dock.ui.caseProgress.text == "Case 2 of 6"
    answers = events_of(study)[-1].content["answers"]
    assert (answers["comment"], answers["image_quality"], answers["authenticity"]) == ("a 3 b", 4.0, 5.0)


def test_a_forced_choice_shows_its_images_side_by_side_with_one_window_for_all(
    start_reading: Callable[..., Any], window: Any, study_images: Path, tmp_path: Path
) -> None:
    import slicer
    from stage.reading import built_study, press

    study = built_study(study_images, tmp_path / "set", count=2, training=2, images_per_item=4)
    mode = start_reading(study)
    manager = slicer.app.layoutManager()
    assert manager.sliceViewNames() == ("ReaderA", "ReaderB", "ReaderC", "ReaderD")
    widgets = [manager.sliceWidget(name) for name in manager.sliceViewNames()]
    letters = [widget.sliceView().cornerAnnotation().GetText(2) for widget in widgets]
    shown = {widget.sliceLogic().GetSliceCompositeNode().GetBackgroundVolumeID() for widget in widgets}
    assert (letters, len(shown)) == (["A", "B", "C", "D"], 4)
    mode.views._images.nodes[2].GetDisplayNode().SetWindowLevel(400.0, 300.0)
    assert {node.GetDisplayNode().GetWindow() for node in mode.views._images.nodes} == {400.0}
    press(window, "Down", "2", "Enter")
    offsets = {round(widget.mrmlSliceNode().GetSliceOffset(), 3) for widget in widgets}
    assert len(offsets) == 1
    assert "is the real one" in mode.dock.ui.noteText.text
    assert "You answered: image B." in mode.dock.ui.noteText.text


def test_the_next_case_is_in_memory_before_it_is_asked_for(
    start_reading: Callable[..., Any], study: Path, theatre: Any
) -> None:
    mode = start_reading(study)
    following = mode.session.nextImages
    assert len(following) == 1
    theatre.wait_until(lambda: mode._cases.holds(following))


def test_the_last_case_ends_with_thanks_and_enter_leaves(
    start_reading: Callable[..., Any], window: Any, study: Path, theatre: Any, panel: Any
) -> None:
    from stage.reading import press

    mode = start_reading(study, "R2")
    for _ in range(2):
        press(window, "1", "Enter", "Enter")
    for _ in range(6):
        press(window, "1", "Enter")
    assert "All 6 cases are read" in mode.dock.ui.noteText.text
    press(window, "Enter")
    theatre.wait_until(lambda: not mode.isOn)
    assert "give the folder back" in panel.readerStudy.ui.readerStatus.text


def test_an_answer_that_ends_with_a_number_has_that_number_as_its_key(panel: Any) -> None:  # noqa: ARG001
    from UterineSynthPanel.ReaderQuestion import answerKeys, choicesOf

    from UterineSynthLib.readerstudy.forms import clinical_reading

    figo = next(question for question in clinical_reading() if question.id == "figo_type")
    words = [text for _value, text in choicesOf(figo)]
    keys = dict(zip(words, answerKeys(words), strict=True))
    assert [keys[f"type {number}"] for number in range(9)] == list("012345678")
    assert (keys["no leiomyoma"], keys["type 2-5"], keys["cannot tell"]) == ("9", "A", "E")
    assert answerKeys(["surely not", "rather not", "rather", "surely"]) == list("1234")


def test_a_number_out_of_its_range_is_told_in_words_and_not_stored(
    start_reading: Callable[..., Any], window: Any, study_images: Path, tmp_path: Path
) -> None:
    from PySide6 import QtWidgets
    from PySide6.QtTest import QTest
    from stage.reading import built_study, press

    from UterineSynthLib.readerstudy.question import Question, QuestionKind

    own = Question("length_mm", "How long?", QuestionKind.NUMBER, minimum=20.0, maximum=150.0, unit="mm")
    study = built_study(study_images, tmp_path / "number", own=(own,), training=0)
    mode = start_reading(study)
    QTest.keyClicks(QtWidgets.QApplication.focusWidget(), "9")
    press(window, "Enter")
    assert mode.dock.ui.readingMessage.text == "got 9, expected 20 to 150"
    QTest.keyClicks(QtWidgets.QApplication.focusWidget(), "2,5")
    press(window, "Esc", "R", "Enter", "2", "Enter")
    assert mode.dock.ui.caseProgress.text == "Case 2 of 6"
    assert events_of(study)[-1].content["answers"]["length_mm"] == 92.5


def test_views_that_find_their_size_late_are_fitted_once_and_not_logged(
    start_reading: Callable[..., Any], study: Path, theatre: Any
) -> None:
    import slicer

    mode = start_reading(study)
    node = slicer.app.layoutManager().sliceWidget("ReaderSagittal").mrmlSliceNode()
    height = node.GetFieldOfView()[1]
    node.SetFieldOfView(7.0, 7.0, 1.0)
    mode._log.restart()
    theatre.wait_until(lambda: node.GetFieldOfView()[1] != 7.0)
    assert node.GetFieldOfView()[1] == pytest.approx(height)
    assert mode._log.isEmpty
