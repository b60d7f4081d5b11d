"""Layouts of reading: one case in three planes, or a set of images side by side."""

from __future__ import annotations

import math
import string
from dataclasses import dataclass

import slicer

CASE_LAYOUT, SET_LAYOUT = 5473, 5480
"""Number of the layout of a single case; that of a set of n images is ``SET_LAYOUT + n``."""
_GROUP = 5473
_LARGE_SHARE, _SMALL_SHARE = 680, 320


@dataclass(frozen=True)
class ReaderView:
    """A slice view: its name in the layout, its letter in the log, its plane, and which image of the case it shows."""

    name: str
    letter: str
    plane: str
    image: int = 0


CASE_VIEWS = (
    ReaderView("ReaderSagittal", "S", "Sagittal"),
    ReaderView("ReaderAxial", "A", "Axial"),
    ReaderView("ReaderCoronal", "C", "Coronal"),
)


def readerViews(images: int) -> tuple[ReaderView, ...]:
    """The views for a case of this many images."""
    if images == 1:
        return CASE_VIEWS
    letters = string.ascii_uppercase[:images]
    return tuple(ReaderView(f"Reader{letter}", letter, "Sagittal", i) for i, letter in enumerate(letters))


def changeToReading(images: int) -> None:
    """Let the layout manager show the views for a case of this many images."""
    manager = slicer.app.layoutManager()
    number = CASE_LAYOUT if images == 1 else SET_LAYOUT + images
    node = manager.layoutLogic().GetLayoutNode()
    description = _caseLayout() if images == 1 else _setLayout(images)
    if not node.AddLayoutDescription(number, description):
        node.SetLayoutDescription(number, description)
    manager.setLayout(number)


def _caseLayout() -> str:
    large, *small = CASE_VIEWS
    planes = "".join(f"<item>{_view(view)}</item>" for view in small)
    return (
        f'<layout type="horizontal" split="true"><item splitSize="{_LARGE_SHARE}">{_view(large)}</item>'
        f'<item splitSize="{_SMALL_SHARE}"><layout type="vertical" split="true">{planes}</layout></item></layout>'
    )


def _setLayout(images: int) -> str:
    """Rows of equal length as far as possible: two images in one row, four in two, nine in three."""
    views = readerViews(images)
    columns = math.ceil(math.sqrt(images)) if images > 3 else images
    rows = [views[start : start + columns] for start in range(0, images, columns)]
    cells = ["".join(f"<item>{_view(view)}</item>" for view in row) for row in rows]
    lines = "".join(f'<item><layout type="horizontal" split="false">{row}</layout></item>' for row in cells)
    return f'<layout type="vertical" split="false">{lines}</layout>'


def _view(view: ReaderView) -> str:
    properties = {
        "orientation": view.plane,
        "viewlabel": view.letter,
        "viewcolor": "#808080",
        "viewgroup": _GROUP,
    }
    lines = "".join(f'<property name="{key}" action="default">{value}</property>' for key, value in properties.items())
    return f'<view class="vtkMRMLSliceNode" singletontag="{view.name}">{lines}</view>'
