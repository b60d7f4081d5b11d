"""Generated volumes in the scene: how they come in, how they are found again, how they leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import slicer

from UterineSynthLib.volumes.structures import STRUCTURES
from UterineSynthPanel.SegmentationLook import applyLook

STUDY = "Synthetic (UterineSynth)"
RESULT_NAME, ANATOMY_NAME = "Synthetic uterus", "Synthetic anatomy"
PROVENANCE, SYNTHETIC = "UterineSynth.Provenance", "UterineSynth.Synthetic"
RESULT, PHANTOM = "yes", "phantom"
_SEGMENTATION = "UterineSynthSegmentation"


def addResult(image: Path, labels: Path | None, provenance: Path, window: tuple[float, float] | None = None) -> Any:
    """Put one result into the scene and return its volume node; the files are not needed any more.

    Raises:
        OSError, ValueError: a file that cannot be read; nothing is left in the scene then.
    """
    return completeResult(addImage(image, provenance, window), labels)


def addImage(image: Path, provenance: Path, window: tuple[float, float] | None = None) -> Any:
    """Put the image of a result into the scene; it counts as a result from :func:`completeResult` on.

    Raises:
        OSError, ValueError: a file that cannot be read; nothing is left in the scene then.
    """
    volume = _addVolume(image, provenance, _numbered(RESULT_NAME, results()))
    if window is not None:
        setWindow(volume, *window)
    return volume


def completeResult(volume: Any, labels: Path | None) -> Any:
    """Give an image its segmentation, list it among the results and return it.

    Raises:
        ValueError: the label map cannot be read; nothing is left in the scene then.
    """
    _completed(volume, labels)
    volume.SetAttribute(SYNTHETIC, RESULT)
    return volume


def addPhantom(image: Path, labels: Path, provenance: Path, name: str) -> Any:
    """Put a study of the digital pelvis into the scene and return its volume node.

    Raises:
        OSError, ValueError: a file that cannot be read; nothing is left in the scene then.
    """
    volume = _addVolume(image, provenance, name)
    volume.SetAttribute(SYNTHETIC, PHANTOM)
    return _completed(volume, labels)


def addAnatomy(labels: Path) -> Any:
    """Put a label map of the shape model into the scene as a segmentation and return its node.

    Raises:
        ValueError: the file cannot be read.
    """
    segmentation = addSegmentation(labels, _numbered(ANATOMY_NAME, segmentations()), None)
    _putUnderStudy([segmentation])
    return segmentation


def _addVolume(image: Path, provenance: Path, name: str) -> Any:
    text = provenance.read_text(encoding="utf-8")
    json.loads(text)
    volume = slicer.modules.volumes.logic().AddArchetypeVolume(str(image), name, 0)
    if volume is None:
        raise ValueError(f"{image}: not a volume that can be read")
    volume.SetAttribute(PROVENANCE, text)
    _letGoOfFile(volume)
    return volume


def _completed(volume: Any, labels: Path | None) -> Any:
    try:
        if labels is not None:
            segmentation = addSegmentation(labels, f"{volume.GetName()} segmentation", volume)
            volume.SetNodeReferenceID(_SEGMENTATION, segmentation.GetID())
    except ValueError:
        removeNode(volume)
        raise
    _putUnderStudy([volume, segmentationOf(volume)])
    return volume


def _letGoOfFile(node: Any) -> None:
    """Slicer would take the temporary file for the saved one, and not save the node with the scene."""
    storage = node.GetStorageNode()
    node.SetAndObserveStorageNodeID(None)
    if storage is not None:
        slicer.mrmlScene.RemoveNode(storage)


def _numbered(name: str, others: list[Any]) -> str:
    tails = [node.GetName().removeprefix(name).strip() for node in others if node.GetName().startswith(name)]
    return f"{name} {1 + max((int(tail) for tail in tails if tail.isdigit()), default=0)}"


def setWindow(volume: Any, low: float, high: float) -> None:
    """Show ``low`` as black and ``high`` as white."""
    display = volume.GetDisplayNode()
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(float(low), float(high))


def addSegmentation(labels: Path, name: str, volume: Any | None) -> Any:
    """Put a label map into the scene as a segmentation whose segments carry the structures' names and colours.

    It lies on the grid of ``volume``, or on its own where there is none.

    Raises:
        ValueError: the file cannot be read.
    """
    scene = slicer.mrmlScene
    labelNode = slicer.modules.volumes.logic().AddArchetypeVolume(str(labels), "labels", 1)
    if labelNode is None:
        raise ValueError(f"{labels}: not a label map that can be read")
    colors = structureColors()
    labelNode.GetDisplayNode().SetAndObserveColorNodeID(colors.GetID())
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetAttribute(SYNTHETIC, RESULT)
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(labelNode if volume is None else volume)
    slicer.modules.segmentations.logic().ImportLabelmapToSegmentationNode(labelNode, segmentation)
    applyLook(segmentation, hasImage=volume is not None)
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
    return [node for node in nodes if node.GetAttribute(SYNTHETIC) == RESULT]


def segmentations() -> list[Any]:
    """Segmentation nodes that came from here, oldest first."""
    scene, kind = slicer.mrmlScene, "vtkMRMLSegmentationNode"
    nodes = [scene.GetNthNodeByClass(i, kind) for i in range(scene.GetNumberOfNodesByClass(kind))]
    return [node for node in nodes if node.GetAttribute(SYNTHETIC) == RESULT]


def provenanceOf(volume: Any) -> dict[str, Any]:
    """The provenance record of a result in plain form; empty when it was tampered with."""
    try:
        return dict(json.loads(volume.GetAttribute(PROVENANCE) or "{}"))
    except ValueError:
        return {}


def segmentationOf(volume: Any) -> Any:
    """The segmentation node that belongs to a result, or None."""
    return volume.GetNodeReference(_SEGMENTATION)


def remove(volume: Any) -> None:
    """Take a result and all that came with it out of the scene; the last one takes the study along."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    for node in filter(None, (segmentationOf(volume), volume)):
        item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
        if item:
            hierarchy.RemoveItem(item, False, False)
        removeNode(node)
    study = _study(hierarchy)
    if study and hierarchy.GetNumberOfItemChildren(study) == 0:
        hierarchy.RemoveItem(study)


def removeNode(node: Any) -> None:
    """Take a node out of the scene together with its display and storage nodes, which would stay behind."""
    companions = [node.GetNthDisplayNode(i) for i in range(node.GetNumberOfDisplayNodes())]
    for item in (node, node.GetStorageNode(), *companions):
        if item is not None:
            slicer.mrmlScene.RemoveNode(item)


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
