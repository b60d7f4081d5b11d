"""Builds the surfaces of a segmentation one segment at a time, so that Slicer answers in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer

_PAUSE_MS = 5
_SURFACE = "Closed surface"
_PLAIN = {"Smoothing factor": "0", "Compute surface normals": "0"}
"""Of surfaces that are not shown: the smooth ones of fat and muscle take thirty times as long."""


class Surfaces:
    """Works on one segmentation; another takes its place. ``onBuilt()`` follows when all of its surfaces are there."""

    def __init__(self, onBuilt: Callable[[], None]) -> None:
        self._onBuilt = onBuilt
        self._nodeId, self._waiting = "", []
        self._timer = qt.QTimer()
        self._timer.setInterval(_PAUSE_MS)
        self._timer.connect("timeout()", self._next)

    def build(self, node: Any) -> None:
        """Build what is missing; what is hidden in 3D gets a plain surface."""
        segments = node.GetSegmentation()
        ids = [segments.GetNthSegmentID(i) for i in range(segments.GetNumberOfSegments())]
        self._nodeId = node.GetID()
        # Slicer asks the segment that is first by its id whether surfaces are there. With it before others, a 3D view
        # converts all of these in one turn; where it has none, nothing at all is drawn. So it comes last.
        missing = [name for name in ids if segments.GetSegment(name).GetRepresentation(_SURFACE) is None]
        self._waiting = sorted(missing, reverse=True)
        self._timer.start()

    @property
    def isBuilding(self) -> bool:
        """Whether a surface is still to come."""
        return bool(self._timer.active)

    def _next(self) -> None:
        node = slicer.mrmlScene.GetNodeByID(self._nodeId)
        if node is None or not self._waiting:
            self._timer.stop()
            if node is not None:
                self._onBuilt()
            return
        name = self._waiting.pop(0)
        addSurface(node.GetSegmentation(), name, {} if node.GetDisplayNode().GetSegmentVisibility3D(name) else _PLAIN)


def addSurface(segments: Any, name: str, parameters: dict[str, str]) -> None:
    """Give one segment its surface, with conversion parameters other than the segmentation's; Slicer itself converts
    all of them at once or none."""
    segment = segments.GetSegment(name)
    if segment is None or segments.GetSourceRepresentationName() == _SURFACE:
        return
    alone = slicer.vtkSegmentation()
    alone.SetSourceRepresentationName(segments.GetSourceRepresentationName())
    alone.CopySegmentFromSegmentation(segments, name)
    alone.CopyConversionParameters(segments)
    for parameter, value in parameters.items():
        alone.SetConversionParameter(parameter, value)
    alone.CreateRepresentation(_SURFACE)
    surface = alone.GetSegment(name).GetRepresentation(_SURFACE)
    if surface is not None:
        segment.AddRepresentation(_SURFACE, surface)
