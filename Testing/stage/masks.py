"""Segmentations to be generated from, as a user would draw them."""

from __future__ import annotations

import numpy as np
import slicer


def add_ball_segmentation(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], name: str) -> object:
    """A segmentation node with one ball of 25 mm, on a sagittal stack (slices, rows, columns) around the origin."""
    (slices, rows, columns), (between, down, across) = shape, spacing_mm
    k, j, i = np.mgrid[0:slices, 0:rows, 0:columns]
    offsets = ((k - slices // 2) * between, (j - rows // 2) * down, (i - columns // 2) * across)
    ball = (np.linalg.norm(offsets, axis=0) < 25.0).astype("uint8")
    # Columns run to the back, rows to the feet, slices to the right.
    right, front, top = -between * slices / 2, across * columns / 2, down * rows / 2
    matrix = np.array([[0, 0, between, right], [-across, 0, 0, front], [0, -down, 0, top], [0, 0, 0, 1.0]])
    labels = slicer.util.addVolumeFromArray(ball, matrix, "labels", "vtkMRMLLabelMapVolumeNode")
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(labels)
    slicer.modules.segmentations.logic().ImportLabelmapToSegmentationNode(labels, node)
    node.GetSegmentation().GetNthSegment(0).SetName(name)
    for companion in (labels.GetDisplayNode(), labels):
        slicer.mrmlScene.RemoveNode(companion)
    return node
