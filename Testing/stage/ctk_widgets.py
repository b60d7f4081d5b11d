"""CTK's widgets, as far as the panel uses them: properties, signals and look."""

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
        self._collapsed, self._shown = False, []
        self.setContentsMargins(0, 24, 0, 0)

    def _collapse(self, collapsed: bool) -> None:
        if bool(collapsed) == self._collapsed:
            return
        self._collapsed = bool(collapsed)
        self.setMaximumHeight(24 if collapsed else 16777215)
        if collapsed:
            children = [child for child in QtCore.QObject.children(self) if isinstance(child, QtWidgets.QWidget)]
            self._shown = [child for child in children if child.isVisibleTo(self)]
        for child in self._shown:
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
        painter = QtWidgets.QStylePainter(self)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButtonBevel, option)
        text = ("▸  " if self._collapsed else "▾  ") + self._text
        painter.drawText(option.rect.adjusted(8, 0, 0, 0), QtCore.Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    text = QtCore.Property(str, lambda s: s._text, _set_text)
    collapsed = QtCore.Property(bool, lambda s: s._collapsed, _collapse)


CLASSES = (ctkCollapsibleButton,)
"""What the module ``ctk`` holds."""
