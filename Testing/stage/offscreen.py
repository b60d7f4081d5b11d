"""Rendering without a screen: windows in memory, displayable managers on them, and their pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy


def window_of(size: tuple[int, int]) -> tuple[Any, Any, Any]:
    """(renderer, window, interactor) of ``size`` (width, height) pixels."""
    renderer, window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(*size)
    window.AddRenderer(renderer)
    interactor = vtk.vtkRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    interactor.Initialize()
    return renderer, window, interactor


def displayable_managers(factory: Any, application: Any, renderer: Any, names: tuple[str, ...]) -> Any:
    """A group of the managers named, which draw the scene's nodes into a renderer."""
    factory.SetMRMLApplicationLogic(application)
    for name in names:
        if not factory.IsDisplayableManagerRegistered(name):
            factory.RegisterDisplayableManager(name)
    group = slicer.vtkMRMLDisplayableManagerGroup()
    group.SetRenderer(renderer)
    group.Initialize(factory, renderer)
    return group


def grabbed(window: Any, path: Path) -> np.ndarray:
    """Render, write a PNG to ``path`` and return it as uint8, (height, width, 3), bottom row first."""
    window.Render()
    grabber = vtk.vtkWindowToImageFilter()
    grabber.SetInput(window)
    grabber.ReadFrontBufferOff()
    grabber.Update()
    writer = vtk.vtkPNGWriter()
    writer.SetFileName(str(path))
    writer.SetInputConnection(grabber.GetOutputPort())
    writer.Write()
    width, height = window.GetSize()
    return vtk_to_numpy(grabber.GetOutput().GetPointData().GetScalars()).reshape(height, width, 3)
