"""The stage is as strict as PythonQt, and its scene is Slicer's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def qt(theatre: Any) -> Any:  # noqa: ARG001
    import qt

    return qt


def test_a_signal_that_does_not_exist_is_refused(qt: Any) -> None:
    with pytest.raises(RuntimeError, match=r"QPushButton has no signal 'pressedTwice\(bool\)'"):
        qt.QPushButton().connect("pressedTwice(bool)", print)
    with pytest.raises(RuntimeError, match="has no signal"):
        qt.QSpinBox().connect("valueChanged(double)", print)


def test_a_property_is_a_value_and_cannot_be_called(qt: Any) -> None:
    edit = qt.QLineEdit("words")
    assert edit.text == "words"
    with pytest.raises(TypeError, match="not callable"):
        edit.text()


def test_unknown_attributes_are_refused_both_ways(qt: Any) -> None:
    button = qt.QPushButton()
    with pytest.raises(AttributeError, match="no attribute named 'caption'"):
        _ = button.caption
    with pytest.raises(AttributeError, match="'caption' does not exist on QPushButton"):
        button.caption = "new"


def test_constructors_take_no_keyword_arguments(qt: Any) -> None:
    with pytest.raises(TypeError, match="keyword argument"):
        qt.QLabel(text="words")


def test_a_slot_gets_as_many_arguments_as_it_declares(qt: Any) -> None:
    button, received = qt.QPushButton(), []

    def none() -> None:
        received.append(())

    def one(checked: bool) -> None:
        received.append((checked,))

    def defaulted(row: int = 7) -> None:
        received.append((row,))

    for slot in (none, one, defaulted):
        button.connect("clicked(bool)", slot)
    button.click()
    assert received == [(), (False,), (False,)]


def test_a_disconnected_slot_is_not_called(qt: Any) -> None:
    button, received = qt.QPushButton(), []

    def slot() -> None:
        received.append(1)

    button.connect("clicked()", slot)
    assert button.disconnect("clicked()", slot)
    assert not button.disconnect("clicked()", slot)
    button.click()
    assert received == []


def test_a_ui_file_with_an_unknown_class_is_refused(theatre: Any, tmp_path: Path) -> None:  # noqa: ARG001
    import slicer

    path = tmp_path / "wrong.ui"
    path.write_text(
        '<ui version="4.0"><class>W</class><widget class="ctkNoSuchWidget" name="W"/></ui>', encoding="utf-8"
    )
    with pytest.raises(RuntimeError, match="class ctkNoSuchWidget, which the stage does not know"):
        slicer.util.loadUI(str(path))


def sagittal_ball(theatre: Any) -> tuple[Any, np.ndarray]:
    import slicer

    theatre.scene.Clear(False)
    k, j, i = np.mgrid[0:20, 0:96, 0:80]
    ball = ((i - 40) ** 2 + (j - 48) ** 2 + (4 * (k - 10)) ** 2) < 22**2
    ijk_to_ras = np.array([[0, 0, 4.0, -40], [-0.8, 0, 0, 32], [0, -0.8, 0, 38], [0, 0, 0, 1]])
    volume = slicer.util.addVolumeFromArray((200 + 3 * i + 700 * ball).astype("int16"), ijk_to_ras, "T2")
    volume.GetDisplayNode().SetWindowLevelMinMax(0, 1000)
    return volume, ball


def test_a_slice_view_shows_the_acquired_slices_of_a_sagittal_stack(theatre: Any, tmp_path: Path) -> None:
    from stage.slice_view import SliceView

    volume, _ = sagittal_ball(theatre)
    view = SliceView.named(theatre.application_logic, "Yellow", (160, 160), "Sagittal")
    view.show(volume)
    picture = view.picture(tmp_path / "slice.png")
    assert (tmp_path / "slice.png").stat().st_size > 1000
    assert len(np.unique(picture)) > 50
    assert view.logic.GetLowestVolumeSliceSpacing()[2] == pytest.approx(4.0)


def test_a_saved_scene_comes_back_with_its_voxels(theatre: Any, tmp_path: Path) -> None:
    import slicer
    from stage import scene

    volume, _ = sagittal_ball(theatre)
    voxels = slicer.util.arrayFromVolume(volume).copy()
    volume.SetAttribute("UterineSynth.Seed", "7")
    assert scene.save_scene(tmp_path / "scene.mrml")
    theatre.scene.Clear(False)
    assert scene.load_scene(tmp_path / "scene.mrml")
    loaded = theatre.scene.GetFirstNodeByName("T2")
    assert loaded.GetAttribute("UterineSynth.Seed") == "7"
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(loaded), voxels)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("slicer.app.noSuchThing()", "slicer.app has no noSuchThing"),
        ("slicer.util.noSuchHelper()", "slicer.util has no noSuchHelper"),
        ("slicer.vtkMRMLNoSuchNode()", "slicer has no vtkMRMLNoSuchNode"),
        ("node.SetNoSuchValue(1)", "no class of the scene has a method SetNoSuchValue"),
        ("qt.QRegExp('a')", "qt has no QRegExp"),
        ("qt.Signal()", "qt has no Signal"),
        ("qt.QLabel(text='a')", "keyword arguments, which PythonQt refuses"),
        ("label.setText(text='a')", "keyword arguments, which PythonQt refuses"),
    ],
)
def test_the_checker_refuses_names_that_slicer_does_not_know(
    theatre: Any,  # noqa: ARG001
    tmp_path: Path,
    line: str,
    reason: str,
) -> None:
    from stage.names import wrong_names

    path = tmp_path / "module.py"
    path.write_text(f"import qt, slicer\n{line}\n", encoding="utf-8")
    assert [found for found in wrong_names(path) if reason in found and "module.py:2:" in found]


def test_every_slicer_name_in_the_module_exists(theatre: Any) -> None:  # noqa: ARG001
    from stage.names import wrong_names

    folders = (ROOT / "UterineSynth", ROOT / "Resources" / "Examples")
    paths = [path for folder in folders for path in folder.rglob("*.py") if "__pycache__" not in path.parts]
    # Among them the newest: nothing is listed by hand.
    assert {"UterineSynth.py", "SegmentEditing.py", "ReaderStudyTab.py", "load_batch.py"} <= {p.name for p in paths}
    assert [wrong for path in paths for wrong in wrong_names(path)] == []
