"""A slice view without a window: what Slicer would draw, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk

from stage.offscreen import displayable_managers, grabbed, window_of

_MANAGERS = ("vtkMRMLSegmentationsDisplayableManager2D", "vtkMRMLMarkupsDisplayableManager")


class SliceView:
    """Draws what a slice logic shows, in ``size`` (width, height) pixels."""

    def __init__(self, application: Any, logic: Any, size: tuple[int, int]) -> None:
        self._renderer, self._window, self._interactor = window_of(size)
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        self.logic, self.node = logic, logic.GetSliceNode()
        # Drawn in the order of adding: the image lies under everything else.
        self._mapper = self._add_image_actor()
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        self._group = displayable_managers(factory, application, self._renderer, _MANAGERS)
        logic.ResizeSliceNode(*map(float, size))
        self._group.SetMRMLDisplayableNode(self.node)

    @classmethod
    def named(cls, application: Any, name: str, size: tuple[int, int], orientation: str) -> SliceView:
        """A view of its own, in the orientation given, beside those of the layout."""
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLApplicationLogic(application)
        application.GetSliceLogics().AddItem(logic)
        logic.SetMRMLScene(slicer.mrmlScene)
        # AddSliceNode() for a singleton that a layout has already made returns a node outside the scene.
        existing = slicer.mrmlScene.GetNodeByID(f"vtkMRMLSliceNode{name}")
        if existing:
            logic.SetSliceNode(existing)
        node = existing or logic.AddSliceNode(name)
        node.SetDimensions(*size, 1)
        node.SetOrientation(orientation)
        return cls(application, logic, size)

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
        if self.logic.GetImageDataConnection() is not None:
            self._mapper.SetInputConnection(self.logic.GetImageDataConnection())
        return grabbed(self._window, path)
