"""A slice view without a window: what Slicer would draw, as a picture."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

_MANAGERS = ("vtkMRMLSegmentationsDisplayableManager2D", "vtkMRMLMarkupsDisplayableManager")


class SliceView:
    """One slice view of ``size`` (width, height) pixels in the orientation given."""

    def __init__(self, application: Any, name: str, size: tuple[int, int], orientation: str) -> None:
        self._renderer, self._window = vtk.vtkRenderer(), _window(size)
        self._window.AddRenderer(self._renderer)
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        self._interactor = vtk.vtkRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.Initialize()
        self._group = _displayable_managers(application, self._renderer)
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(application)
        application.GetSliceLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.node = self._slice_node(name)
        self.node.SetDimensions(*size, 1)
        self.node.SetOrientation(orientation)
        self._group.SetMRMLDisplayableNode(self.node)
        self._mapper = self._add_image_actor()

    def _slice_node(self, name: str) -> Any:
        # AddSliceNode() for a singleton that a layout has already made returns a node outside the scene.
        existing = slicer.mrmlScene.GetNodeByID(f"vtkMRMLSliceNode{name}")
        if existing:
            self.logic.SetSliceNode(existing)
        return existing or self.logic.AddSliceNode(name)

    def _add_image_actor(self) -> Any:
        mapper, actor = vtk.vtkImageMapper(), vtk.vtkActor2D()
        mapper.SetColorWindow(255)
        mapper.SetColorLevel(127.5)
        actor.SetMapper(mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        self._renderer.AddViewProp(actor)
        return mapper

    def show(self, volume: Any) -> None:
        """Show ``volume`` in the plane nearest to this view's orientation, fitted, on the middle of a slice."""
        self.logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        self.node.RotateToVolumePlane(volume)
        self.logic.FitSliceToBackground()
        self.logic.SnapSliceOffsetToIJK()

    def picture(self, path: Path) -> np.ndarray:
        """Render, write a PNG to ``path`` and return it as uint8, (height, width, 3), bottom row first."""
        self._mapper.SetInputConnection(self.logic.GetImageDataConnection())
        self._window.Render()
        grabbed = vtk.vtkWindowToImageFilter()
        grabbed.SetInput(self._window)
        grabbed.ReadFrontBufferOff()
        grabbed.Update()
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(grabbed.GetOutputPort())
        writer.Write()
        width, height = self._window.GetSize()
        return vtk_to_numpy(grabbed.GetOutput().GetPointData().GetScalars()).reshape(height, width, 3)


def _window(size: tuple[int, int]) -> Any:
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(*size)
    return window


def _displayable_managers(application: Any, renderer: Any) -> Any:
    factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
    factory.SetMRMLApplicationLogic(application)
    for manager in _MANAGERS:
        if not factory.IsDisplayableManagerRegistered(manager):
            factory.RegisterDisplayableManager(manager)
    group = slicer.vtkMRMLDisplayableManagerGroup()
    group.SetRenderer(renderer)
    group.Initialize(factory, renderer)
    return group
