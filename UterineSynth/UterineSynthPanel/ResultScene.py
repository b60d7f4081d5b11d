"""Generated volumes in the scene: how they come in, how they are found again, how they leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import slicer
import vtk

from UterineSynthLib.volumes.structures import STRUCTURES

STUDY = "Synthetic (UterineSynth)"
PROVENANCE, SYNTHETIC = "UterineSynth.Provenance", "UterineSynth.Synthetic"
_SEGMENTATION = "UterineSynthSegmentation"


def addResult(image: Path, labels: Path | None, provenance: Path, number: int) -> Any:
    """Put one result into the scene and return its volume node.

    Raises:
        OSError, ValueError: a file that cannot be read.
    """
    text = provenance.read_text(encoding="utf-8")
    json.loads(text)
    volume = slicer.modules.volumes.logic().AddArchetypeVolume(str(image), f"Synthetic uterus {number}", 0)
    if volume is None:
        raise ValueError(f"{image}: not a volume that can be read")
    volume.SetAttribute(SYNTHETIC, "yes")
    volume.SetAttribute(PROVENANCE, text)
    if labels is not None:
        segmentation = addSegmentation(labels, f"{volume.GetName()} segmentation", volume)
        volume.SetNodeReferenceID(_SEGMENTATION, segmentation.GetID())
    _putUnderStudy([volume, segmentationOf(volume)])
    return volume


def addSegmentation(labels: Path, name: str, volume: Any) -> Any:
    """Put a label map into the scene as a segmentation whose segments carry the structures' names and colours."""
    scene = slicer.mrmlScene
    labelNode = slicer.modules.volumes.logic().AddArchetypeVolume(str(labels), "labels", 1)
    if labelNode is None:
        raise ValueError(f"{labels}: not a label map that can be read")
    colors = structureColors()
    labelNode.GetDisplayNode().SetAndObserveColorNodeID(colors.GetID())
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    slicer.modules.segmentations.logic().ImportLabelmapToSegmentationNode(labelNode, segmentation)
    segmentation.GetDisplayNode().SetOpacity2DFill(0.25)
    removeNode(labelNode)
    scene.RemoveNode(colors)
    return segmentation


def structureColors() -> Any:
    """A colour table node with one entry for each label of the table; the caller removes it."""
    colors = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode", "UterineSynth structures")
    colors.SetTypeToUser()
    colors.SetNumberOfColors(max(STRUCTURES) + 1)
    for label, facts in STRUCTURES.items():
        red, green, blue = (part / 255.0 for part in facts.colour)
        colors.SetColor(int(label), facts.name, red, green, blue, 0.0 if label == 0 else 1.0)
    return colors


def results() -> list[Any]:
    """Volume nodes of all results in the scene, oldest first."""
    scene, kind = slicer.mrmlScene, "vtkMRMLScalarVolumeNode"
    nodes = [scene.GetNthNodeByClass(i, kind) for i in range(scene.GetNumberOfNodesByClass(kind))]
    return [node for node in nodes if node.GetAttribute(SYNTHETIC) == "yes"]


def provenanceOf(volume: Any) -> dict[str, Any]:
    """The provenance record of a result in plain form; empty when it was tampered with."""
    try:
        return dict(json.loads(volume.GetAttribute(PROVENANCE) or "{}"))
    except ValueError:
        return {}


def segmentationOf(volume: Any) -> Any:
    """The segmentation node that belongs to a result, or None."""
    return volume.GetNodeReference(_SEGMENTATION)


def show(volume: Any) -> None:
    """Show a result in the slice views; segmentations of other results are hidden."""
    for other in results():
        segmentation = segmentationOf(other)
        if segmentation is not None and segmentation.GetDisplayNode() is not None:
            segmentation.GetDisplayNode().SetVisibility(other.GetID() == volume.GetID())
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActiveVolumeID(volume.GetID())
    logic.PropagateVolumeSelection()


def remove(volume: Any) -> None:
    """Take a result and all that came with it out of the scene; the last one takes the study along."""
    for node in filter(None, (segmentationOf(volume), volume)):
        removeNode(node)
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    study = _study(hierarchy)
    if study and not results():
        hierarchy.RemoveItem(study)


def removeNode(node: Any) -> None:
    """Take a node out of the scene together with its display and storage nodes, which would stay behind."""
    companions = [node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes())]
    for item in (node, node.GetStorageNode(), *companions):
        if item is not None:
            slicer.mrmlScene.RemoveNode(item)


def writePicture(volume: Any, path: Path, side: int = 64) -> bool:
    """Write the middle slice as a small PNG, head up; False for an empty volume."""
    image, display = volume.GetImageData(), volume.GetDisplayNode()
    if image is None:
        return False
    left, right, front, back, first, last = image.GetExtent()
    middle = (first + last) // 2
    slab = vtk.vtkExtractVOI()
    slab.SetInputData(image)
    slab.SetVOI(left, right, front, back, middle, middle)
    slab.SetSampleRate(max(1, (right - left + 1) // side), max(1, (back - front + 1) // side), 1)
    grey = vtk.vtkImageShiftScale()
    grey.SetInputConnection(slab.GetOutputPort())
    grey.SetShift(-display.GetWindowLevelMin())
    grey.SetScale(255.0 / max(display.GetWindow(), 1e-6))
    grey.ClampOverflowOn()
    grey.SetOutputScalarTypeToUnsignedChar()
    upright = vtk.vtkImageFlip()
    upright.SetInputConnection(grey.GetOutputPort())
    upright.SetFilteredAxis(1 if _secondAxisPointsDown(volume) else 2)
    writer = vtk.vtkPNGWriter()
    writer.SetInputConnection(upright.GetOutputPort())
    writer.SetFileName(str(path))
    writer.Write()
    return path.is_file()


def _secondAxisPointsDown(volume: Any) -> bool:
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix.GetElement(2, 1) < 0


def _putUnderStudy(nodes: list[Any]) -> None:
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    if hierarchy is None:
        return
    study = _study(hierarchy) or hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), STUDY)
    for node in filter(None, nodes):
        item = hierarchy.GetItemByDataNode(node)
        # Only a running application makes items for data nodes on its own.
        if item:
            hierarchy.SetItemParent(item, study)
        else:
            hierarchy.CreateItem(study, node)


def _study(hierarchy: Any) -> int:
    return int(hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), STUDY)) if hierarchy is not None else 0
