"""Small pictures of volumes, for the table of results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import vtk


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
