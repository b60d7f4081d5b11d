"""Loads a .ui file into wrapped classes; a class Slicer does not offer there is refused."""

from __future__ import annotations

from typing import Any

from PySide6 import QtUiTools

from stage import ctk_widgets, mrml_widgets
from stage.pythonqt import qt

_CUSTOM = {widget.__name__: widget for widget in ctk_widgets.CLASSES} | mrml_widgets.CLASSES


class QUiLoader(QtUiTools.QUiLoader):
    """Takes the place of ``qt.QUiLoader``, which in Slicer knows Slicer's designer plugins."""

    _kept: list[Any] = []

    def createWidget(self, class_name: str, parent: Any = None, name: str = "") -> Any:
        kind = _CUSTOM.get(class_name) or getattr(qt, class_name, None)
        if kind is None:
            msg = f"the .ui file uses class {class_name}, which the stage does not know"
            raise RuntimeError(msg)
        widget = kind(parent) if parent is not None else kind()
        widget.setObjectName(name)
        self._kept.append(widget)
        return widget

    def load(self, file: Any, parent: Any = None) -> Any:
        widget = super().load(file, parent)
        file.close()
        return widget
