"""Builds the surfaces of a segmentation one segment at a time, so that Slicer answers in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer

_PAUSE_MS = 5
_SURFACE = "Closed surface"


class Surfaces:
    """Works on one segmentation; another takes its place. ``onBuilt()`` follows when all of its surfaces are there."""

    def __init__(self, onBuilt: Callable[[], None]) -> None:
        self._onBuilt = onBuilt
        self._nodeId, self._waiting = "", []
        self._timer = qt.QTimer()
        self._timer.setInterval(_PAUSE_MS)
        self._timer.connect("timeout()", self._next)

    def build(self, node: Any) -> None:
        """Build what is missing of the segments that are shown in 3D."""
        segments, display = node.GetSegmentation(), node.GetDisplayNode()
        ids = [segments.GetNthSegmentID(i) for i in range(segments.GetNumberOfSegments())]
        shown = [name for name in ids if display.GetSegmentVisibility3D(name)]
        self._nodeId = node.GetID()
        self._waiting = [name for name in shown if segments.GetSegment(name).GetRepresentation(_SURFACE) is None]
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
        addSurface(node.GetSegmentation(), self._waiting.pop(0))


def addSurface(segments: Any, name: str) -> None:
    """Give one segment its surface; Slicer itself converts all of them at once or none."""
    segment = segments.GetSegment(name)
    if segment is None or segments.GetSourceRepresentationName() == _SURFACE:
        return
    alone = slicer.vtkSegmentation()
    alone.SetSourceRepresentationName(segments.GetSourceRepresentationName())
    alone.CopySegmentFromSegmentation(segments, name)
    alone.CopyConversionParameters(segments)
    alone.CreateRepresentation(_SURFACE)
    surface = alone.GetSegment(name).GetRepresentation(_SURFACE)
    if surface is not None:
        segment.AddRepresentation(_SURFACE, surface)
