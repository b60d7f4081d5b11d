"""*Edit mask* opens Segment Editor on the mask, and a button there leads back to the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest


class EditorWidget:
    """As far as the panel touches Segment Editor's widget."""

    def __init__(self) -> None:
        self.edited: list[Any] = []
        self.editor = SimpleNamespace(setSegmentationNode=self.edited.append)


@pytest.fixture
def editor(panel: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:  # noqa: ARG001
    """Segment Editor beside the panel: its container, what it edits, and which modules were selected."""
    import qt
    import slicer

    widget, selected = EditorWidget(), []

    class Container(qt.QWidget):
        def self(self) -> EditorWidget:
            return widget

    container = Container()
    qt.QVBoxLayout(container)
    module = SimpleNamespace(name="SegmentEditor", widgetRepresentation=lambda: container)
    monkeypatch.setattr(slicer.modules, "segmenteditor", module, raising=False)
    monkeypatch.setattr(slicer.util, "selectModule", selected.append)
    yield SimpleNamespace(container=container, edited=widget.edited, selected=selected)
    container.deleteLater()


def back_buttons(editor: Any) -> list[Any]:
    return [child for child in editor.container.findChildren("QPushButton") if not child.isHidden()]


@pytest.fixture
def with_mask(theatre: Any, with_worker: Callable[[str], Any]) -> Any:
    panel = with_worker("good")
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    return panel


def test_segment_editor_opens_on_the_mask_and_a_button_leads_back(with_mask: Any, editor: Any) -> None:
    with_mask.ui.editMask.click()
    assert editor.selected == ["SegmentEditor"]
    assert [node.GetID() for node in editor.edited] == [with_mask.panel.mask.node.GetID()]
    (button,) = back_buttons(editor)
    assert editor.container.layout().indexOf(button) == 0
    button.click()
    assert editor.selected == ["SegmentEditor", "UterineSynth"]
    assert back_buttons(editor) == []


def test_editing_twice_leaves_one_way_back(with_mask: Any, editor: Any) -> None:
    with_mask.ui.editMask.click()
    with_mask.ui.editMask.click()
    assert len(back_buttons(editor)) == 1


def test_a_segment_that_was_added_is_in_the_table_on_the_way_back(with_mask: Any, editor: Any) -> None:
    import slicer

    with_mask.ui.editMask.click()
    added = slicer.vtkSegment()
    added.SetName("Nabothian cyst")
    with_mask.panel.mask.node.GetSegmentation().AddSegment(added, "new")
    back_buttons(editor)[0].click()
    with_mask.enter()
    names = [with_mask.ui.maskTable.item(row, 0).text() for row in range(with_mask.ui.maskTable.rowCount)]
    assert names == ["uterine wall", "leiomyoma", "Nabothian cyst"]
    assert with_mask.ui.maskTable.cellWidget(2, 1).currentText == "Nabothian cyst"


def test_without_a_main_window_the_panel_says_so(with_mask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import slicer

    def refuse(_name: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(slicer.util, "selectModule", refuse)
    with_mask.ui.editMask.click()
    assert "needs Slicer's main window" in with_mask.ui.status.text
