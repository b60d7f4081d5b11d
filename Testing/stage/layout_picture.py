"""The views of the layout that is shown, drawn side by side as the main window has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import slicer
from PySide6 import QtCore, QtGui

from stage.slice_view import SliceView
from stage.three_d_view import ThreeDView

_BAR_PX, _GAP_PX = 20, 2
_THREE_D_COLOUR = "#b9b9d8"
Placed = list[tuple[ElementTree.Element, QtCore.QRect]]


def write_layout_picture(theatre: Any, path: Path, size: tuple[int, int] = (1000, 660)) -> None:
    """Write a PNG of ``size`` (width, height) pixels with every view of the layout."""
    manager = slicer.app.layoutManager()
    node = manager.layoutLogic().GetLayoutNode()
    root = ElementTree.fromstring(node.GetLayoutDescription(manager.layout))
    image = QtGui.QImage(*size, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(60, 60, 60))
    painter = QtGui.QPainter(image)
    for view, area in _placed(root, QtCore.QRect(0, 0, *size)):
        body = area.adjusted(_GAP_PX, _BAR_PX, -_GAP_PX, -_GAP_PX)
        part = path.with_name(f".{path.stem}-{view.get('singletontag')}.png")
        label = _draw(theatre, manager, view, (body.width(), body.height()), part)
        painter.drawImage(body, QtGui.QImage(str(part)))
        part.unlink()
        _draw_bar(painter, view, QtCore.QRect(body.left(), area.top(), body.width(), _BAR_PX), label)
    painter.end()
    image.save(str(path))


def _placed(element: ElementTree.Element, area: QtCore.QRect) -> Placed:
    """Every view with its rectangle, by the split sizes of the layout's items."""
    if element.tag == "view":
        return [(element, area)]
    if element.tag == "item":
        return _placed(element[0], area)
    shares = [int(item.get("splitSize", "500")) for item in element]
    is_row, found, start = element.get("type") == "horizontal", [], 0.0
    for item, share in zip(element, shares, strict=True):
        part = share / sum(shares)
        along = area.width() if is_row else area.height()
        first, last = round(start * along), round((start + part) * along)
        start += part
        if is_row:
            box = QtCore.QRect(area.left() + first, area.top(), last - first, area.height())
        else:
            box = QtCore.QRect(area.left(), area.top() + first, area.width(), last - first)
        found += _placed(item, box)
    return found


def _draw(theatre: Any, manager: Any, view: ElementTree.Element, size: tuple[int, int], path: Path) -> str:
    """Draw one view to a file and return what its bar says."""
    name = view.get("singletontag")
    if view.get("class") == "vtkMRMLViewNode":
        nodes = manager.layoutLogic().GetViewNodes()
        found = map(nodes.GetItemAsObject, range(nodes.GetNumberOfItems()))
        # The scene may hold view nodes of that name which belong to no layout.
        node = next(node for node in found if node.IsA("vtkMRMLViewNode") and node.GetLayoutName() == name)
        ThreeDView(theatre.application_logic, node, size).picture(path, manager.threeDWidget(0).threeDView().axis)
        return name
    logic = manager.sliceWidget(name).sliceLogic()
    SliceView(theatre.application_logic, logic, size).picture(path)
    return f"{logic.GetSliceNode().GetLayoutLabel()}   {logic.GetSliceOffset():.1f} mm"


def _draw_bar(painter: Any, view: ElementTree.Element, area: QtCore.QRect, label: str) -> None:
    colour = next((item.text for item in view if item.get("name") == "viewcolor"), _THREE_D_COLOUR)
    painter.fillRect(area, QtGui.QColor(colour))
    painter.setPen(QtGui.QColor(20, 20, 20))
    painter.drawText(area.adjusted(6, 0, -6, 0), QtCore.Qt.AlignmentFlag.AlignVCenter, label)
