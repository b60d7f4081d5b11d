"""Slicer's real scene and logics, from ``slicer-core``, arranged as the application arranges them."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType, SimpleNamespace
from typing import Any

import slicer
import vtk

_LOGICS = {
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
}
_kept: list[Any] = []


def make_scene() -> tuple[Any, Any]:
    """Return (scene, application logic) and set ``slicer.mrmlScene`` and ``slicer.modules``."""
    vtk.vtkObject.GlobalWarningDisplayOff()
    scene, application = slicer.vtkMRMLScene(), slicer.vtkSlicerApplicationLogic()
    application.SetMRMLScene(scene)
    colors = application.GetColorLogic()
    colors.SetMRMLScene(scene)
    colors.AddDefaultColorNodes()
    application.SetModuleLogic("Colors", colors)
    application.SetSliceLogics(vtk.vtkCollection())
    application.SetViewLogics(vtk.vtkCollection())
    slicer.mrmlScene, slicer.modules = scene, _modules(application, scene)
    sys.modules["slicer.modules"] = slicer.modules
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    _kept.extend((scene, application))
    return scene, application


def _modules(application: Any, scene: Any) -> ModuleType:
    modules = ModuleType("slicer.modules")
    for name, class_name in _LOGICS.items():
        logic = getattr(slicer, class_name)()
        if name == "Terminologies":
            logic.SetModuleShareDirectory(mkdtemp())
        logic.SetMRMLApplicationLogic(application)
        logic.SetMRMLScene(scene)
        application.SetModuleLogic(name, logic)
        _kept.append(logic)
        setattr(modules, name.lower(), SimpleNamespace(name=name, path="", logic=lambda logic=logic: logic))
    return modules


def save_scene(path: Path) -> bool:
    """Write the scene with its volumes beside it, as Slicer's *Save* does; True if all was written."""
    scene = slicer.mrmlScene
    scene.SetRootDirectory(str(path.parent))
    for index in range(scene.GetNumberOfNodesByClass("vtkMRMLStorableNode")):
        node = scene.GetNthNodeByClass(index, "vtkMRMLStorableNode")
        if node.GetSaveWithScene() and node.AddDefaultStorageNode():
            storage = node.GetStorageNode()
            storage.SetFileName(str(path.parent / f"{node.GetID()}.{storage.GetDefaultWriteFileExtension()}"))
            storage.WriteData(node)
    return bool(scene.Commit(str(path)))


def load_scene(path: Path) -> bool:
    """Replace the scene by a saved one."""
    slicer.mrmlScene.SetURL(str(path))
    return bool(slicer.mrmlScene.Connect())
