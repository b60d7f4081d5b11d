"""``slicer.app`` as far as a module sees it, without main window and layout manager."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore
from PySide6.QtCore import Signal

from stage import pythonqt
from stage.pythonqt import qt


class ModuleManager(qt.QObject):
    """Tells a module that it is about to be unloaded."""

    moduleAboutToBeUnloaded = Signal(str)


class SlicerApplication(qt.QObject):
    """The application object; its ``temporaryPath`` is the folder given."""

    startupCompleted = Signal()

    def __init__(self, application_logic: Any, temporary_path: str) -> None:
        super().__init__()
        self._logic, self._module_manager = application_logic, ModuleManager()
        self.applicationName, self.majorVersion, self.minorVersion = "Slicer", 5, 13
        self.temporaryPath = temporary_path

    def moduleManager(self) -> Any:
        return self._module_manager

    def testingEnabled(self) -> bool:
        return True

    def applicationLogic(self) -> Any:
        return self._logic

    def layoutManager(self) -> None:
        return None

    def processEvents(self) -> None:
        QtCore.QCoreApplication.processEvents()

    def setOverrideCursor(self, cursor: Any) -> None:
        pythonqt.APPLICATION.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        pythonqt.APPLICATION.restoreOverrideCursor()
