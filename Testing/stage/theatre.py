"""Opens an unmodified scripted module on the stage, waits for it, and takes its picture."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType, SimpleNamespace
from typing import Any

from PySide6 import QtCore, QtWidgets

from stage import application, ctk_widgets, mrml_widgets, pythonqt, scripted_module, ui_loader

_BELOW_PX = 8


class Theatre:
    """One Slicer stand-in per process: Qt, scene and application; panels come and go."""

    def __init__(self) -> None:
        _install_qt()
        import slicer

        for name, widget in mrml_widgets.CLASSES.items():
            setattr(slicer, name, widget)
        from stage import scene

        self.scene, self.application_logic = scene.make_scene()
        slicer.app = application.SlicerApplication(self.application_logic, mkdtemp(prefix="stage"))
        slicer.ScriptedLoadableModule = scripted_module.module()
        sys.modules["slicer.ScriptedLoadableModule"] = slicer.ScriptedLoadableModule
        sys.modules["slicer.i18n"] = _translations()

    def load(self, path: Path) -> ModuleType:
        """Import a scripted module from its file, with its folder on ``sys.path`` as Slicer puts it there."""
        import slicer

        folder = str(path.parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        name = path.stem
        setattr(slicer.modules, name.lower(), SimpleNamespace(path=str(path), name=name))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    def open(self, path: Path, width: int = 400, height: int = 1500) -> Any:
        """Return the set-up widget object of the module, ``width`` x ``height`` pixels in size."""
        import slicer

        module = self.load(path)
        getattr(module, path.stem)(SimpleNamespace(path=str(path)))
        container = slicer.qMRMLWidget()
        QtWidgets.QVBoxLayout(container).setContentsMargins(0, 0, 0, 0)
        container.setMRMLScene(self.scene)
        container.resize(width, height)
        panel = getattr(module, f"{path.stem}Widget")(container)
        panel.setup()
        getattr(slicer.modules, path.stem.lower()).widgetRepresentation = lambda: SimpleNamespace(self=lambda: panel)
        container.show()
        panel.enter()
        return panel

    @staticmethod
    def close(panel: Any) -> None:
        """Unload the panel: it is told to clean up, lets go of the scene, and is deleted."""
        panel.cleanup()
        panel.parent.setMRMLScene(None)
        panel.parent.deleteLater()
        QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)

    @staticmethod
    def wait_until(condition: Callable[[], bool], timeout_s: float = 120.0) -> float:
        """Turn the event loop until ``condition``; return the longest gap between two turns in seconds."""
        end, longest, last = time.monotonic() + timeout_s, 0.0, time.monotonic()
        while not condition():
            QtCore.QCoreApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            if now > end:
                msg = f"nothing came of it within {timeout_s:g} s"
                raise TimeoutError(msg)
            time.sleep(0.002)
        return longest

    @staticmethod
    def turn(seconds: float) -> None:
        """Turn the event loop for a while, for what shall *not* happen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QtCore.QCoreApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.005)

    def finish(self, panel: Any, timeout_s: float = 120.0) -> None:
        """Wait until the panel's background process has nothing under way and all surfaces are built."""
        run, views = panel.panel.run, panel.panel.views
        self.wait_until(lambda: not run.isBusy and not views.isBuilding, timeout_s)

    @staticmethod
    def forget_settings() -> None:
        """Empty the user's settings, which in Slicer outlive scene and session."""
        import slicer

        slicer.app.userSettings().clear()

    def node_names(self) -> list[str]:
        """Class names of all nodes of the scene, with repetitions."""
        assert self.scene.GetSubjectHierarchyNode()  # made on demand; Slicer always has one
        return sorted(self.scene.GetNthNode(i).GetClassName() for i in range(self.scene.GetNumberOfNodes()))

    @staticmethod
    def picture(panel: Any, path: Path) -> None:
        """Write what the panel looks like now, as high as it needs to be."""
        for _ in range(3):
            QtCore.QCoreApplication.processEvents()
            width = panel.parent.width
            panel.parent.resize(width, max(panel.parent.minimumSizeHint.height(), panel.parent.heightForWidth(width)))
        # All tabs are as high as the highest: below the one that is shown there may be nothing.
        page = panel.ui.tabs.currentWidget()
        used = page.mapTo(panel.parent, QtCore.QPoint(0, page.childrenRect.bottom())).y() + _BELOW_PX
        shown = QtCore.QRect(0, 0, panel.parent.width, min(used, panel.parent.height))
        panel.parent.grab(shown).save(str(path))


def _install_qt() -> None:
    qt, ctk = pythonqt.qt, ModuleType("ctk")
    qt.QUiLoader = ui_loader.QUiLoader
    for widget in ctk_widgets.CLASSES:
        setattr(ctk, widget.__name__, widget)
    sys.modules["qt"], sys.modules["ctk"] = qt, ctk


def _translations() -> ModuleType:
    made = ModuleType("slicer.i18n")
    made.tr = lambda text, *_: text
    made.translate = lambda _context, text: text
    return made
