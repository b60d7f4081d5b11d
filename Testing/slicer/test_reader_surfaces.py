"""While someone reads, nothing on the screen tells or distracts; afterwards, and after a crash, all of it is back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LAYOUT_BEFORE = 2


@pytest.fixture(scope="module")
def study(study_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from stage.reading import built_study

    readers = tuple(f"R{number}" for number in range(1, 30))
    return built_study(study_images, tmp_path_factory.mktemp("surfaces") / "study", readers, count=2)


READERS = iter(f"R{number}" for number in range(1, 30))


@pytest.fixture
def before(window: Any) -> Any:
    """The window as its user likes it: the console open, an older layout, its views named."""
    import slicer

    slicer.app.layoutManager().setLayout(LAYOUT_BEFORE)
    window.annotations.updateSliceViewFromGUI()
    return window


def shown(window: Any, kind: str) -> set[str]:
    return {part.objectName for part in window.findChildren(kind) if part.objectName and part.visible}


def texts_of_views() -> list[str]:
    import slicer

    manager = slicer.app.layoutManager()
    corners = [manager.sliceWidget(name).sliceView().cornerAnnotation() for name in manager.sliceViewNames()]
    return [corner.GetText(place) for corner in corners for place in range(8) if corner.GetText(place)]


def test_tool_bars_docks_menu_and_status_bar_are_hidden_and_come_back(
    start_reading: Callable[..., Any], before: Any, study: Path
) -> None:
    bars, docks = shown(before, "QToolBar"), shown(before, "QDockWidget")
    assert len(bars) == 4 and docks == {"PanelDockWidget", "PythonConsoleDockWidget"}
    mode = start_reading(study, next(READERS))
    assert shown(before, "QToolBar") == set()
    assert shown(before, "QDockWidget") == {"UterineSynthReadingDock"}
    assert not before.menuBar().visible and not before.statusBar().visible
    # By itself, too: Slicer's panel may come up again.
    assert before.probe.isHidden()
    mode.leave()
    assert (shown(before, "QToolBar"), shown(before, "QDockWidget")) == (bars, docks)
    assert before.menuBar().visible and before.statusBar().visible and before.probe.visible


def test_commands_do_nothing_while_unseen(start_reading: Callable[..., Any], before: Any, study: Path) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    mode = start_reading(study, next(READERS))
    for key in (Qt.Key.Key_S, Qt.Key.Key_0, Qt.Key.Key_3, Qt.Key.Key_O):
        QTest.keyClick(before, key, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(before, Qt.Key.Key_1)
    assert before.triggered == []
    assert mode.session.answers == {"authenticity": 1.0}
    mode.leave()
    QTest.keyClick(before, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(before, Qt.Key.Key_1)
    assert before.triggered == ["Save", "effect 1"]


def test_corner_text_goes_stays_away_and_comes_back(
    start_reading: Callable[..., Any], before: Any, study: Path, theatre: Any
) -> None:
    import slicer

    image = theatre.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "T2_patient_042")
    image.SetHideFromEditors(True)
    manager = slicer.app.layoutManager()
    for name in manager.sliceViewNames():
        manager.sliceWidget(name).sliceLogic().GetSliceCompositeNode().SetBackgroundVolumeID(image.GetID())
    assert set(texts_of_views()) == {"B: T2_patient_042"}
    mode = start_reading(study, next(READERS))
    mode.views.step(1)
    assert texts_of_views() == []
    assert not before.annotations.sliceViewAnnotationsEnabled
    mode.leave()
    assert manager.layout == LAYOUT_BEFORE
    assert set(texts_of_views()) == {"B: T2_patient_042"}


@pytest.mark.usefixtures("before")
def test_views_have_no_bar_no_keys_to_other_volumes_but_the_mouse_changes_the_window(
    start_reading: Callable[..., Any], study: Path
) -> None:
    import slicer

    mode = start_reading(study, next(READERS))
    manager = slicer.app.layoutManager()
    assert mode.views.names == ("ReaderSagittal", "ReaderAxial", "ReaderCoronal") == manager.sliceViewNames()
    widgets = [manager.sliceWidget(name) for name in mode.views.names]
    for widget in widgets:
        style = widget.sliceView().interactorObserver()
        assert widget.sliceController().isHidden()
        assert not style.enabled & (style.SelectVolume | style.Blend | style.ShowSlice)
        assert style.enabled & style.AdjustWindowLevelBackground
    node = slicer.app.applicationLogic().GetInteractionNode()
    assert node.GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.AdjustWindowLevel
    mode.leave()
    assert node.GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.ViewTransform
    for widget in widgets:
        style = widget.sliceView().interactorObserver()
        assert style.enabled == style.AllActionsMask


def test_the_menu_of_a_view_and_dropped_files_are_off(
    start_reading: Callable[..., Any], before: Any, study: Path
) -> None:
    mode = start_reading(study, next(READERS))
    assert before.plugin_logic.visible_actions() == ["MouseModeAdjustWindowLevelAction"]
    assert not before.acceptDrops
    mode.leave()
    assert "RenameNodeAction" in before.plugin_logic.visible_actions()
    assert before.acceptDrops


def test_the_scene_knows_no_name_no_file_and_no_entry_of_the_case(
    start_reading: Callable[..., Any], before: Any, study: Path, theatre: Any
) -> None:
    names = theatre.node_names()
    mode = start_reading(study, next(READERS))
    volumes = [node for node in mode.views._images.nodes]
    assert [node.GetName() for node in volumes] == ["Image"]
    for node in volumes:
        assert node.GetStorageNode() is None and node.GetHideFromEditors() and not node.GetSaveWithScene()
        attributes = [name for name in node.GetAttributeNames() if name.startswith("DICOM")]
        assert attributes == []
        assert theatre.scene.GetSubjectHierarchyNode().GetItemByDataNode(node) == 0
    assert before.windowTitle == ""
    mode.leave()
    gone = [name for name in theatre.node_names() if name not in names]
    assert {name for name in gone} <= {"vtkMRMLSliceCompositeNode", "vtkMRMLSliceNode", "vtkMRMLSliceDisplayNode"}


def test_nothing_is_printed_or_shown_that_names_a_case(
    start_reading: Callable[..., Any], before: Any, study: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from stage.reading import press

    mode = start_reading(study, next(READERS))
    known = [*mode._responses.folder.study.image_sha256, *mode._responses.folder.study.items, "synthetic0", "real0"]
    press(before, "1")
    said = "".join(capfd.readouterr())
    visible = [label.text for label in before.findChildren("QLabel") if label.visible]
    assert [name for name in known if name in said or any(name in text for text in visible)] == []
    mode.leave()


@pytest.mark.usefixtures("before")
def test_reading_begins_with_an_empty_scene_only(
    start_reading: Callable[..., Any], study: Path, theatre: Any, panel: Any
) -> None:
    theatre.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "lesion")
    mode = start_reading(study, next(READERS))
    assert not mode.isOn
    assert "close the scene" in panel.readerStudy.ui.readerStatus.text
    panel.readerStudy.ui.closeSceneAndRead.click()
    assert mode.isOn
    assert theatre.scene.GetFirstNodeByName("lesion") is None


def test_closing_slicer_while_someone_reads_brings_everything_back_and_keeps_it_for_the_next_start(
    start_reading: Callable[..., Any], before: Any, study: Path, panel: Any
) -> None:
    import slicer
    from UterineSynthPanel.ReaderBlind import SETTING, bringBackAfterCrash

    bars = shown(before, "QToolBar")
    start_reading(study, next(READERS))
    panel.readerStudy.close()
    assert shown(before, "QToolBar") == bars
    # Slicer has saved the look of the moment before; its next start hides the bars again.
    for bar in before.findChildren("QToolBar"):
        bar.setVisible(False)
    assert bringBackAfterCrash()
    assert shown(before, "QToolBar") == bars
    assert slicer.app.userSettings().value(SETTING) is None
    assert not bringBackAfterCrash()


def test_the_folder_is_remembered_and_the_code_is_not(
    start_reading: Callable[..., Any], study: Path, theatre: Any, panel: Any
) -> None:
    start_reading(study, next(READERS)).leave()
    again = theatre.open(Path(__file__).resolve().parents[2] / "UterineSynth" / "UterineSynth.py")
    assert again.readerStudy.ui.readerFolder.text == str(study / "reader")
    assert again.readerStudy.ui.readerCode.text == ""
    theatre.close(again)
    assert panel.readerStudy.ui.startReading.enabled
