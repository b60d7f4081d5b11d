"""``slicer.app`` as far as a module sees it, with a layout manager; a main window only where a test opens one."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore
from PySide6.QtCore import Signal

from stage import pythonqt
from stage.layout import LayoutManager
from stage.pythonqt import qt


class ModuleManager(qt.QObject):
    """Tells a module that it is about to be unloaded."""

    moduleAboutToBeUnloaded = Signal(str)


class ExtensionsManagerModel(qt.QObject):
    """Remembers which extensions were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def installExtensionFromServer(self, name: str) -> bool:
        self.asked.append(name)
        return True


class SlicerApplication(qt.QObject):
    """The application object; its ``temporaryPath`` is the folder given.

    With ``hasViews`` turned off there is no layout manager, as with ``--no-main-window``.
    """

    startupCompleted = Signal()

    def __init__(self, application_logic: Any, temporary_path: str) -> None:
        super().__init__()
        self._logic, self._module_manager = application_logic, ModuleManager()
        self.applicationName, self.majorVersion, self.minorVersion = "Slicer", 5, 13
        self.temporaryPath = temporary_path
        self.hasViews, self._layout_manager = True, LayoutManager(application_logic)
        self.extensions = ExtensionsManagerModel()
        self.settingsPath = f"{temporary_path}/Slicer.ini"
        self.mainWindow: Any = None

    def userSettings(self) -> Any:
        return qt.QSettings(self.settingsPath, qt.QSettings.Format.IniFormat)

    def moduleManager(self) -> Any:
        return self._module_manager

    def testingEnabled(self) -> bool:
        return True

    def applicationLogic(self) -> Any:
        return self._logic

    def layoutManager(self) -> Any:
        return self._layout_manager if self.hasViews else None

    def extensionsManagerModel(self) -> Any:
        return self.extensions

    def topLevelWidgets(self) -> tuple[Any, ...]:
        return () if self.mainWindow is None else (self.mainWindow,)

    def processEvents(self) -> None:
        QtCore.QCoreApplication.processEvents()

    def setOverrideCursor(self, cursor: Any) -> None:
        pythonqt.APPLICATION.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        pythonqt.APPLICATION.restoreOverrideCursor()
