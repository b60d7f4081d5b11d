"""Slicer's main window as far as reading hides it: bars, docks, commands, data probe, and the layout in the middle."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from stage.data_probe import SliceAnnotations
from stage.pythonqt import qt
from stage.window_views import WindowViews

_TOOL_BARS = ("MainToolBar", "ModuleSelectorToolBar", "MouseModeToolBar", "ViewToolBar")
_COMMANDS = {"Save": "Ctrl+S", "Error log": "Ctrl+0", "Python console": "Ctrl+3", "Add data": "Ctrl+O"}
_MENU_ACTIONS = ("RenameNodeAction", "EditPropertiesAction")


class PluginLogic:
    """Holds which entries the menu under the right mouse button may have; none: all."""

    def __init__(self) -> None:
        self.allowedViewContextMenuActionNames: tuple[str, ...] = ()

    def visible_actions(self) -> list[str]:
        allowed = self.allowedViewContextMenuActionNames
        return [name for name in (*_MENU_ACTIONS, "MouseModeAdjustWindowLevelAction") if not allowed or name in allowed]


class MainWindow(qt.QMainWindow):
    """Opens with everything shown that Slicer shows on its first start; ``panel`` is the module's widget."""

    def __init__(self, panel: Any, width: int = 1920, height: int = 1080) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setAcceptDrops(True)
        self.triggered: list[str] = []
        self._add_commands()
        for name in _TOOL_BARS:
            bar = qt.QToolBar(name, self)
            bar.setObjectName(name)
            self.addToolBar(bar)
        self._add_dock("PanelDockWidget", self._panel_with_probe(panel))
        self._add_dock("PythonConsoleDockWidget", qt.QPlainTextEdit())
        self._add_dock("ErrorLogDockWidget", qt.QPlainTextEdit()).hide()
        self.statusBar().showMessage("Loaded volume T2_patient_042")
        self.views = WindowViews()
        self.setCentralWidget(self.views)
        self.resize(width, height)
        self._install_probe()

    def _add_commands(self) -> None:
        menu = self.menuBar().addMenu("File")
        for text, keys in _COMMANDS.items():
            action = menu.addAction(text)
            action.setShortcut(keys)
            action.triggered.connect(lambda *_, text=text: self.triggered.append(text))
        menu.addAction("/data/patient_042/T2.nrrd")
        shortcut = qt.QShortcut(qt.QKeySequence("1"), self)
        shortcut.activated.connect(lambda: self.triggered.append("effect 1"))

    def _add_dock(self, name: str, content: Any) -> Any:
        dock = qt.QDockWidget(name, self)
        dock.setObjectName(name)
        dock.setWidget(content)
        self.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        return dock

    def _panel_with_probe(self, panel: Any) -> Any:
        holder, self.probe = qt.QWidget(), qt.QLabel("L F: T2_patient_042 (12, 34, 5) 417")
        self.probe.setObjectName("DataProbeCollapsibleWidget")
        column = QtWidgets.QVBoxLayout(holder)
        column.addWidget(panel)
        column.addWidget(self.probe)
        return holder

    def _install_probe(self) -> None:
        self.annotations = SliceAnnotations()
        slicer.modules.DataProbeInstance = SimpleNamespace(
            infoWidget=SimpleNamespace(sliceAnnotations=self.annotations)
        )
        self.plugin_logic = PluginLogic()
        handler = SimpleNamespace(instance=lambda: SimpleNamespace(pluginLogic=lambda: self.plugin_logic))
        slicer.qSlicerSubjectHierarchyPluginHandler = handler

    def quit(self) -> None:
        """Take it off the stage."""
        self.annotations.remove_observers()
        del slicer.modules.DataProbeInstance, slicer.qSlicerSubjectHierarchyPluginHandler
        self.hide()
        self.deleteLater()
