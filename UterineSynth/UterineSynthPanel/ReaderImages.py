"""The volumes of the case in the scene: nodes that say nothing, used again for every case."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk

from UterineSynthLib.readerstudy.blinding import INTENSITY_TOP
from UterineSynthLib.readerstudy.image_file import BlindedImage

NAME = "Image"
WINDOW, LEVEL = float(INTENSITY_TOP), INTENSITY_TOP / 2.0
"""Neutral grey window, the same for every image: the whole range that all images share."""
_EXCLUDED = "SubjectHierarchy.ExcludeFromTree"


class ReaderImages:
    """One node for each image of a case. Named alike, from no file, hidden from every list, never saved."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []

    def show(self, images: tuple[BlindedImage, ...]) -> None:
        """Put the voxels of a case into the nodes, in the neutral window."""
        while len(self.nodes) < len(images):
            self.nodes.append(_newNode())
        for node, image in zip(self.nodes, images, strict=False):
            wasModifying = node.StartModify()
            slicer.util.updateVolumeFromArray(node, image.array)
            node.SetIJKToRASMatrix(_ijkToRas(image))
            node.EndModify(wasModifying)
        self.neutralWindow()

    def neutralWindow(self) -> None:
        """The grey window in which every case begins."""
        self.setWindow(WINDOW, LEVEL)

    def window(self) -> tuple[float, float]:
        """Width and level of the grey window."""
        display = self.nodes[0].GetDisplayNode()
        return float(display.GetWindow()), float(display.GetLevel())

    def setWindow(self, width: float, level: float) -> None:
        """The same grey window for all images of the case."""
        for node in self.nodes:
            display = node.GetDisplayNode()
            if (display.GetWindow(), display.GetLevel()) != (width, level):
                display.SetWindowLevel(float(width), float(level))

    def remove(self) -> None:
        """Take all of it out of the scene."""
        for node in self.nodes:
            display = node.GetDisplayNode()
            for item in (node, display):
                if item is not None and slicer.mrmlScene.IsNodePresent(item):
                    slicer.mrmlScene.RemoveNode(item)
        self.nodes = []


def _newNode() -> Any:
    node = slicer.vtkMRMLScalarVolumeNode()
    node.SetName(NAME)
    # Before it is in the scene: what is hidden gets no entry in the subject hierarchy.
    node.SetHideFromEditors(True)
    node.SetAttribute(_EXCLUDED, "1")
    node.SetSaveWithScene(False)
    node = slicer.mrmlScene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    display.AutoWindowLevelOff()
    display.SetHideFromEditors(True)
    display.SetSaveWithScene(False)
    return node


def _ijkToRas(image: BlindedImage) -> Any:
    """Columns go to the back, rows to the feet, slices to the right of the patient."""
    column, row, depth = image.spacing_mm
    values = np.zeros((4, 4))
    values[1, 0], values[2, 1], values[0, 2], values[3, 3] = -column, -row, depth, 1.0
    matrix = vtk.vtkMatrix4x4()
    slicer.util.updateVTKMatrixFromArray(matrix, values)
    return matrix
