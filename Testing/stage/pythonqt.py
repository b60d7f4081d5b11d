"""The module ``qt``, made from PySide6 and as strict as PythonQt."""

from __future__ import annotations

import inspect
import os
from types import ModuleType
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from PySide6 import QtCore, QtGui, QtNetwork, QtUiTools, QtWidgets

from stage import wrappers

APPLICATION = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
_NOT_IN_PYTHONQT = ("Signal", "Slot", "Property", "QtMsgType")


def _filled() -> ModuleType:
    qt, classes = ModuleType("qt"), []
    for module in (QtCore, QtGui, QtWidgets, QtNetwork, QtUiTools):
        for name in (n for n in dir(module) if not n.startswith("_") and n not in _NOT_IN_PYTHONQT):
            item = getattr(module, name)
            if inspect.isclass(item) and issubclass(item, QtCore.QObject):
                classes.append(item)
            else:
                setattr(qt, name, item)
    for qt_class in sorted(classes, key=lambda c: len(c.__mro__)):
        wrappers.turn_getters_into_properties(qt_class)
    QtCore.QObject.name = property(lambda o: o.objectName, lambda o, value: o.setObjectName(value))
    for qt_class in classes:
        try:
            setattr(qt, qt_class.__name__, wrappers.wrap(qt_class))
        except TypeError:
            setattr(qt, qt_class.__name__, qt_class)
    qt.QApplication = QtWidgets.QApplication
    _use_static_conventions(qt)
    return qt


def _use_static_conventions(qt: ModuleType) -> None:
    for name in ("getOpenFileName", "getSaveFileName", "getOpenFileNames"):
        setattr(qt.QFileDialog, name, _value_only(getattr(QtWidgets.QFileDialog, name)))
    for name in ("getText", "getInt", "getDouble", "getItem"):
        setattr(qt.QInputDialog, name, _value_only(getattr(QtWidgets.QInputDialog, name)))
    qt.QTimer.singleShot = staticmethod(QtCore.QTimer.singleShot)


def _value_only(dialog: Any) -> staticmethod:
    """PythonQt returns the value alone, where PySide adds the filter or whether OK was pressed."""
    return staticmethod(lambda *arguments: dialog(*arguments)[0])


qt = _filled()
"""The module that takes the name ``qt``."""
