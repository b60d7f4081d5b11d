"""The slice views of the layout that is set, as widgets in the middle of the main window."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import slicer
from PySide6 import QtCore, QtGui, QtWidgets
from vtk.util.numpy_support import vtk_to_numpy

from stage.pythonqt import qt

_LOWER_LEFT, _UPPER_LEFT = 0, 2
_LEFT = QtCore.Qt.AlignmentFlag.AlignLeft
_CORNERS = {
    _LOWER_LEFT: _LEFT | QtCore.Qt.AlignmentFlag.AlignBottom,
    _UPPER_LEFT: _LEFT | QtCore.Qt.AlignmentFlag.AlignTop,
}


class WindowViews(qt.QWidget):
    """Nothing is drawn before :meth:`refresh`; other views than slices stay black."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._labels: dict[str, QtWidgets.QLabel] = {}
        self._content: QtWidgets.QWidget | None = None
        self._shown = -1

    def arrange(self) -> None:
        """Give every view of the layout its place and tell it its size."""
        manager = slicer.app.layoutManager()
        if manager.layout != self._shown:
            self._shown = manager.layout
            self._rebuild(manager.layoutLogic().GetLayoutNode().GetLayoutDescription(manager.layout))
        for _ in range(3):
            QtCore.QCoreApplication.processEvents()
        for name, label in self._labels.items():
            size = label.contentsRect().size()
            manager.sliceWidget(name).sliceLogic().ResizeSliceNode(size.width(), size.height())

    def refresh(self) -> None:
        """Draw what the views show."""
        self.arrange()
        for name, label in self._labels.items():
            label.setPixmap(_drawn(slicer.app.layoutManager().sliceWidget(name)))

    def _rebuild(self, description: str) -> None:
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.setParent(None)
        self._labels, self._content = {}, QtWidgets.QWidget()
        self._fill(self._content, ElementTree.fromstring(description))
        self._column.addWidget(self._content)

    def _fill(self, widget: QtWidgets.QWidget, layout: ElementTree.Element) -> None:
        rows = QtWidgets.QHBoxLayout if layout.get("type") == "horizontal" else QtWidgets.QVBoxLayout
        box = rows(widget)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        for item in layout.findall("item"):
            inner = item[0]
            cell: QtWidgets.QWidget = self._label_of(inner) if inner.tag == "view" else QtWidgets.QWidget()
            if inner.tag == "layout":
                self._fill(cell, inner)
            box.addWidget(cell, int(item.get("splitSize", 1)))

    def _label_of(self, view: ElementTree.Element) -> QtWidgets.QLabel:
        label = QtWidgets.QLabel()
        label.setStyleSheet("background: black")
        label.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Ignored)
        if view.get("class") == "vtkMRMLSliceNode":
            self._labels[view.get("singletontag", "")] = label
        return label


def _drawn(widget: Any) -> QtGui.QPixmap:
    logic = widget.sliceLogic()
    width, height = (max(int(size), 1) for size in logic.GetSliceNode().GetDimensions()[:2])
    picture = QtGui.QPixmap(width, height)
    picture.fill(QtCore.Qt.GlobalColor.black)
    painter = QtGui.QPainter(picture)
    if logic.GetSliceCompositeNode().GetBackgroundVolumeID():
        painter.drawImage(0, 0, _slice_of(logic))
    painter.setPen(QtCore.Qt.GlobalColor.white)
    painter.setFont(QtGui.QFont("Sans", 18))
    for corner, flags in _CORNERS.items():
        text = widget.sliceView().cornerAnnotation().GetText(corner) or ""
        painter.drawText(picture.rect().adjusted(14, 10, -14, -10), flags, text)
    painter.end()
    return picture


def _slice_of(logic: Any) -> QtGui.QImage:
    logic.UpdatePipeline()
    port = logic.GetImageDataConnection()
    port.GetProducer().Update()
    image = port.GetProducer().GetOutputDataObject(port.GetIndex())
    columns, rows, _ = image.GetDimensions()
    array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1, :, :3].copy()
    return QtGui.QImage(array.tobytes(), columns, rows, 3 * columns, QtGui.QImage.Format.Format_RGB888).copy()
