"""A 3D view without a window: the surfaces that Slicer would draw, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer

from stage.offscreen import displayable_managers, grabbed, window_of

_MANAGERS = ("vtkMRMLSegmentationsDisplayableManager3D",)
_BACKGROUND = (0.7569, 0.7647, 0.9098), (0.4549, 0.4706, 0.7451)
_PEELS = 12
_POSITIONS = {0: (-500.0, 0.0, 0.0), 1: (500.0, 0.0, 0.0), 2: (0.0, -500.0, 0.0), 3: (0.0, 500.0, 0.0)}
"""Of the camera, for the axes left, right, posterior and anterior."""
_ZOOM = 1.4
_SAME = 6
"""Levels of 255 by which pixels of the background differ at most."""


class ThreeDView:
    """Draws the surfaces that are visible in a view node, in ``size`` (width, height) pixels."""

    def __init__(self, application: Any, node: Any, size: tuple[int, int]) -> None:
        self._renderer, self._window, self._interactor = window_of(size)
        # The colours of Slicer's own 3D view.
        for colour, setter in zip(
            _BACKGROUND, (self._renderer.SetBackground, self._renderer.SetBackground2), strict=True
        ):
            setter(*colour)
        self._renderer.GradientBackgroundOn()
        self._renderer.SetUseDepthPeeling(True)
        self._renderer.SetMaximumNumberOfPeels(_PEELS)
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        self._group = displayable_managers(factory, application, self._renderer, _MANAGERS)
        self._group.SetMRMLDisplayableNode(node)

    def picture(self, path: Path, axis: int) -> np.ndarray:
        """Render all of it, seen along an axis of the body, and write a PNG; returns it bottom row first."""
        camera = self._renderer.GetActiveCamera()
        camera.SetFocalPoint(0.0, 0.0, 0.0)
        camera.SetPosition(*_POSITIONS[axis])
        camera.SetViewUp(0.0, 0.0, 1.0)
        self._window.Render()
        self._renderer.ResetCamera()
        camera.Zoom(_ZOOM)
        return grabbed(self._window, path)


def share_of_surfaces(picture: np.ndarray) -> float:
    """Share of the pixels of a 3D view, or of a part of it that starts left of all surfaces, that is no background.

    The background is of one colour in each row.
    """
    colours = picture.astype(int)
    return float((abs(colours - colours[:, :1]).max(axis=2) > _SAME).mean())
