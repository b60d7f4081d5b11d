"""Refuses Slicer names that do not exist, and PySide habits that PythonQt does not know, by reading the source.

``slicer-core`` answers for the scene; what only the application has is listed here, from Slicer 5.10's sources.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import slicer
import slicer.util
import vtk

from stage import ctk_widgets, pythonqt

_APPLICATION = {
    "slicer": {
        "app",
        "mrmlScene",
        "modules",
        "util",
        "cli",
        "i18n",
        "packaging",
        "selfTests",
        "ScriptedLoadableModule",
    },
    "slicer.app": {
        *("applicationLogic", "layoutManager", "moduleManager", "testingEnabled", "processEvents", "temporaryPath"),
        *("connect", "disconnect", "majorVersion", "minorVersion", "extensionsManagerModel", "settings", "slicerHome"),
        *("applicationName", "translate", "setOverrideCursor", "restoreOverrideCursor", "userSettings", "revision"),
    },
    "slicer.modules": {
        *("segmenteditor", "segmentations", "volumes", "markups", "subjecthierarchy", "terminologies", "data"),
        *("uterinesynth", "uterinesynthbatch", "DataProbeInstance", "pytorchutils"),
    },
}
_APPLICATION_METHODS = {"GetSelectionNode", "PropagateVolumeSelection"}


def wrong_names(path: Path) -> list[str]:
    """One line ``file:line: what is wrong`` for each name in a source file that Slicer would not know."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    found = []
    for node in ast.walk(tree):
        found += [f"{path.name}:{node.lineno}: {reason}" for reason in _reasons(node)]
    return found


def _reasons(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield from _attribute_reasons(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _call_reasons(node, node.func)


def _attribute_reasons(node: ast.Attribute) -> Iterator[str]:
    owner = ast.unparse(node.value)
    if owner in _APPLICATION and not _is_known(owner, node.attr):
        yield f"{owner} has no {node.attr}"
    if owner == "slicer.util" and not hasattr(slicer.util, node.attr):
        yield f"slicer.util has no {node.attr}"
    if owner == "vtk" and not hasattr(vtk, node.attr):
        yield f"vtk has no {node.attr}"
    if owner == "qt" and not hasattr(pythonqt.qt, node.attr):
        yield f"qt has no {node.attr} in PythonQt"
    if owner == "ctk" and node.attr not in {widget.__name__ for widget in ctk_widgets.CLASSES}:
        yield f"ctk has no {node.attr} that the stage knows"


def _is_known(owner: str, name: str) -> bool:
    return name in _APPLICATION[owner] or (owner == "slicer" and name in scene_names())


def _call_reasons(node: ast.Call, function: ast.Attribute) -> Iterator[str]:
    owner, name = ast.unparse(function.value), function.attr
    is_scene_call = name[0].isupper() and not owner.startswith(("qt", "ctk")) and not _is_class(name)
    if is_scene_call and name not in scene_methods():
        yield f"no class of the scene has a method {name}"
    is_pythons_own = owner in sys.stdlib_module_names
    if node.keywords and (owner in ("qt", "ctk") or (name in qt_methods() and not is_pythons_own)):
        yield f"{owner}.{name} is called with keyword arguments, which PythonQt refuses"


def _is_class(name: str) -> bool:
    return name.startswith(("vtk", "qMRML", "qSlicer")) or hasattr(pythonqt.qt, name) or name.endswith("Error")


@cache
def scene_names() -> frozenset[str]:
    """Names that ``slicer-core`` puts into the module ``slicer``."""
    return frozenset(dir(slicer))


@cache
def scene_methods() -> frozenset[str]:
    """Names of all methods of the scene's classes and of VTK's."""
    classes = [item for module in (slicer, vtk) for item in vars(module).values() if inspect.isclass(item)]
    return frozenset(name for item in classes for name in dir(item)) | _APPLICATION_METHODS


@cache
def qt_methods() -> frozenset[str]:
    """Names of all methods of Qt's classes, without those that Python's own types have too."""
    names = {name for item in vars(pythonqt.qt).values() if inspect.isclass(item) for name in dir(item)}
    return frozenset(names - set(dir(dict)) - set(dir(str)) - set(dir(Path)) - {"start", "show", "connect", "close"})
