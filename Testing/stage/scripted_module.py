"""The contract between Slicer and a scripted module: the base classes that a module derives from."""

from __future__ import annotations

import unittest
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer


class ScriptedLoadableModule:
    """Base of the module's metadata; the parent receives title, categories, help and icon."""

    def __init__(self, parent: Any) -> None:
        import qt

        self.parent, self.moduleName = parent, type(self).__name__
        parent.title, parent.helpText, parent.acknowledgementText = "", "", ""
        parent.categories, parent.dependencies, parent.contributors = [], [], []
        icon = Path(parent.path).parent / "Resources" / "Icons" / f"{self.moduleName}.svg"
        if icon.is_file():
            parent.icon = qt.QIcon(str(icon))


class ScriptedLoadableModuleWidget:
    """Base of the module's panel."""

    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode, self.parent, self.layout = False, parent, parent.layout()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._on_module_about_to_be_unloaded)

    def resourcePath(self, name: str) -> str:
        """Absolute path of a file in the module's ``Resources``."""
        return str(Path(getattr(slicer.modules, self.moduleName.lower()).path).parent / "Resources" / name)

    def setup(self) -> None:
        """The base adds the developer section, which the stage leaves out."""

    def cleanup(self) -> None:
        """Called before the module is unloaded."""

    def onReload(self) -> None:
        """The Reload button; the stage opens each panel afresh."""

    def _on_module_about_to_be_unloaded(self, name: str) -> None:
        if name == self.moduleName:
            self.cleanup()


class ScriptedLoadableModuleLogic:
    """Base of the module's logic: one parameter node in the scene."""

    def __init__(self, parent: Any = None) -> None:  # noqa: ARG002
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self) -> Any:
        """The singleton node that carries the module's state."""
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(self.moduleName)
            node.SetModuleName(self.moduleName)
            node = slicer.mrmlScene.AddNode(node)
        node.SetAttribute("ModuleName", self.moduleName)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base of the module's self test."""


def module() -> ModuleType:
    """``slicer.ScriptedLoadableModule`` as a module to import from."""
    made = ModuleType("slicer.ScriptedLoadableModule")
    classes = (ScriptedLoadableModule, ScriptedLoadableModuleWidget, ScriptedLoadableModuleLogic)
    for item in (*classes, ScriptedLoadableModuleTest):
        setattr(made, item.__name__, item)
    made.__all__ = [item.__name__ for item in (*classes, ScriptedLoadableModuleTest)]
    return made
