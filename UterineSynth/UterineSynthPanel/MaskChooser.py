"""Which segmentation to generate from, and which of its segments is which structure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from UterineSynthLib.errors import InputError
from UterineSynthLib.volumes.structures import STRUCTURES, Structure
from UterineSynthPanel.ResultScene import removeNode, structureColors
from UterineSynthPanel.SegmentEditing import editSegments

_ATTRIBUTE = "UterineSynth.Structures"
_NAMES = {
    "wall": Structure.UTERINE_WALL,
    "myometrium": Structure.UTERINE_WALL,
    "uterus": Structure.UTERINE_WALL,
    "cavity": Structure.UTERINE_CAVITY,
    "endometrium": Structure.UTERINE_CAVITY,
    "myoma": Structure.MYOMA,
    "fibroid": Structure.MYOMA,
    "nabothian": Structure.NABOTHIAN_CYST,
    "cyst": Structure.NABOTHIAN_CYST,
}
_CHOICES = tuple(STRUCTURES)
_IGNORED = _("leave out")


class MaskChooser:
    """The selector, the table segment -> structure and the way to Segment Editor.

    ``onChosen(node)`` is told of another segmentation; ``tell`` shows the user a sentence.
    """

    def __init__(self, ui: Any, onChosen: Callable[[Any], None], tell: Callable[[str], None]) -> None:
        self._ui, self._onChosen, self._tell = ui, onChosen, tell
        ui.maskTable.setColumnCount(2)
        ui.maskTable.setHorizontalHeaderLabels([_("Segment"), _("Structure")])
        ui.maskTable.horizontalHeader().setSectionResizeMode(1, qt.QHeaderView.Stretch)
        ui.maskTable.verticalHeader().setVisible(False)
        ui.maskSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._chosen)
        ui.editMask.connect("clicked()", self._edit)
        self._list()

    @property
    def node(self) -> Any:
        """The chosen segmentation node, or None."""
        return self._ui.maskSelector.currentNode()

    def show(self, node: Any) -> None:
        """Choose a segmentation node (None: none)."""
        self._ui.maskSelector.setCurrentNode(node)
        self._list()

    @property
    def labels(self) -> dict[str, Structure]:
        """Structure of each segment by segment id; segments that are left out are missing."""
        node = self.node
        if node is None:
            return {}
        stored = json.loads(node.GetAttribute(_ATTRIBUTE) or "{}")
        segmentation = node.GetSegmentation()
        ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())]
        guessed = {i: stored.get(i, guessStructure(segmentation.GetSegment(i).GetName())) for i in ids}
        return {i: Structure(label) for i, label in guessed.items() if label}

    def _chosen(self, node: Any) -> None:
        self._list()
        self._onChosen(node)

    def _list(self) -> None:
        node, labels = self.node, self.labels
        self._ui.editMask.setEnabled(node is not None)
        self._ui.maskTable.setVisible(node is not None)
        segmentation = node.GetSegmentation() if node is not None else None
        count = segmentation.GetNumberOfSegments() if segmentation is not None else 0
        self._ui.maskTable.setRowCount(count)
        for row in range(count):
            segmentId = segmentation.GetNthSegmentID(row)
            name = qt.QTableWidgetItem(segmentation.GetSegment(segmentId).GetName())
            self._ui.maskTable.setItem(row, 0, name)
            self._ui.maskTable.setCellWidget(row, 1, self._structureCombo(segmentId, labels.get(segmentId)))
        self._ui.maskTable.setFixedHeight(30 * min(max(count, 1), 8) + 28)

    def _structureCombo(self, segmentId: str, structure: Structure | None) -> Any:
        combo = qt.QComboBox()
        combo.addItem(_IGNORED)
        for choice in _CHOICES[1:]:
            combo.addItem(STRUCTURES[choice].name)
        combo.setCurrentIndex(_CHOICES.index(structure) if structure is not None else 0)

        def assign(index: int) -> None:
            stored = json.loads(self.node.GetAttribute(_ATTRIBUTE) or "{}")
            self.node.SetAttribute(_ATTRIBUTE, json.dumps({**stored, segmentId: int(_CHOICES[index])}))

        combo.connect("currentIndexChanged(int)", assign)
        return combo

    def _edit(self) -> None:
        try:
            editSegments(self.node)
        except InputError as error:
            self._tell(str(error))

    def write(self, path: Path) -> None:
        """Write the chosen segments as a label map on the segmentation's reference grid.

        Raises:
            InputError: no segment is assigned, or the file cannot be written.
        """
        labels = self.labels
        if not labels:
            raise InputError(_("no segment of the mask is assigned to a structure: choose at least the uterine wall"))
        writeLabelMap(self.node, labels, path)


def writeLabelMap(node: Any, labels: dict[str, Structure], path: Path) -> None:
    """Export segments to a label map file; the file holds the labels of the structure table."""
    scene = slicer.mrmlScene
    renamed = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mask")
    labelNode = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "mask labels")
    colors = structureColors()
    ids = vtk.vtkStringArray()
    try:
        renamed.GetSegmentation().DeepCopy(node.GetSegmentation())
        renamed.SetAndObserveTransformNodeID(node.GetTransformNodeID())
        for segmentId, structure in labels.items():
            renamed.GetSegmentation().GetSegment(segmentId).SetName(STRUCTURES[structure].name)
            ids.InsertNextValue(segmentId)
        extent = slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY
        logic = slicer.modules.segmentations.logic()
        exported = logic.ExportSegmentsToLabelmapNode(renamed, ids, labelNode, None, extent, colors)
        storage = labelNode.CreateDefaultStorageNode()
        storage.SetFileName(str(path))
        isWritten = bool(exported) and bool(storage.WriteData(labelNode))
        storage.UnRegister(None)
        if not isWritten:
            raise InputError(_("the mask could not be written to {path}").format(path=path))
    finally:
        exportedColors = labelNode.GetDisplayNode().GetColorNode() if labelNode.GetDisplayNode() else None
        removeNode(labelNode)
        removeNode(renamed)
        # The export makes a colour table of its own for the label map.
        if exportedColors is not None and exportedColors.GetTypeAsString() == "UserDefined":
            scene.RemoveNode(exportedColors)
        scene.RemoveNode(colors)


def guessStructure(name: str) -> int:
    """Label of the structure a segment's name speaks of, 0 if it speaks of none."""
    low = name.lower()
    for structure, facts in STRUCTURES.items():
        if structure and facts.name.lower() == low:
            return int(structure)
    return next((int(structure) for word, structure in _NAMES.items() if word in low), 0)
