"""CTK's widgets as far as the panel uses them: their properties, signals and look."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Signal

from stage.pythonqt import qt


class ctkCollapsibleButton(qt.QFrame):
    contentsCollapsed = Signal(bool)
    toggled = Signal(bool)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[a for a in arguments if not isinstance(a, str)])
        self._text = next((a for a in arguments if isinstance(a, str)), "")
        self._collapsed = False
        self.setContentsMargins(0, 24, 0, 0)

    def _collapse(self, collapsed: bool) -> None:
        self._collapsed = bool(collapsed)
        self.setMaximumHeight(24 if collapsed else 16777215)
        for child in QtCore.QObject.children(self):
            if isinstance(child, QtWidgets.QWidget):
                child.setVisible(not collapsed)
        self.contentsCollapsed.emit(self._collapsed)

    def _set_text(self, text: str) -> None:
        self._text = text

    def mousePressEvent(self, event: Any) -> None:
        if event.position().y() <= 24:
            self._collapse(not self._collapsed)

    def paintEvent(self, event: Any) -> None:  # noqa: ARG002
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, 22)
        option.text = ("▸  " if self._collapsed else "▾  ") + self._text
        painter = QtWidgets.QStylePainter(self)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButton, option)
        painter.end()

    text = QtCore.Property(str, lambda s: s._text, _set_text)
    collapsed = QtCore.Property(bool, lambda s: s._collapsed, _collapse)


class ctkSliderWidget(qt.QWidget):
    valueChanged = Signal(float)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._box = QtWidgets.QDoubleSpinBox()
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._slider)
        row.addWidget(self._box)
        self._box.valueChanged.connect(self._box_changed)
        self._slider.valueChanged.connect(lambda tick: self._box.setValue(self._box.minimum + tick * self._step()))

    def _step(self) -> float:
        return self._box.singleStep or 1.0

    def _range_changed(self) -> None:
        self._slider.setRange(0, round((self._box.maximum - self._box.minimum) / self._step()))
        self._box_changed(self._box.value)

    def _box_changed(self, value: float) -> None:
        self._slider.blockSignals(True)
        self._slider.setValue(round((value - self._box.minimum) / self._step()))
        self._slider.blockSignals(False)
        self.valueChanged.emit(value)

    def setRange(self, low: float, high: float) -> None:
        self._box.setRange(low, high)
        self._range_changed()

    def setValue(self, value: float) -> None:
        self._box.setValue(value)

    def _set_step(self, step: float) -> None:
        self._box.setSingleStep(step)
        self._range_changed()

    value = QtCore.Property(float, lambda s: s._box.value, lambda s, v: s._box.setValue(v))
    minimum = QtCore.Property(float, lambda s: s._box.minimum, lambda s, v: s.setRange(v, s._box.maximum))
    maximum = QtCore.Property(float, lambda s: s._box.maximum, lambda s, v: s.setRange(s._box.minimum, v))
    singleStep = QtCore.Property(float, lambda s: s._box.singleStep, _set_step)
    decimals = QtCore.Property(int, lambda s: s._box.decimals, lambda s, v: s._box.setDecimals(v))
    suffix = QtCore.Property(str, lambda s: s._box.suffix, lambda s, v: s._box.setSuffix(v))


class ctkPathLineEdit(qt.QWidget):
    currentPathChanged = Signal(str)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._path = ""

    def _set_path(self, path: str) -> None:
        if path != self._path:
            self._path = path
            self.currentPathChanged.emit(path)

    currentPath = QtCore.Property(str, lambda s: s._path, _set_path)


class ctkCheckBox(qt.QCheckBox):
    """A check box that may show an icon."""


class ctkComboBox(qt.QComboBox):
    """A combo box that elides its text."""


class ctkDoubleSpinBox(qt.QDoubleSpinBox):
    """A spin box whose decimals follow the value."""


CLASSES = (ctkCollapsibleButton, ctkSliderWidget, ctkPathLineEdit, ctkCheckBox, ctkComboBox, ctkDoubleSpinBox)
"""What the module ``ctk`` holds."""
