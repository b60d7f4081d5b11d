"""How much of a segmentation is seen: the uterus with its lesions in full, organs around it as outlines, no tissue."""

from __future__ import annotations

from typing import Any

from UterineSynthLib.volumes.structures import STRUCTURES, UTERUS, Structure

_SHELLS = {
    Structure.UTERINE_WALL: 0.35,
    Structure.CERVICAL_STROMA: 0.35,
    Structure.OUTER_CERVIX: 0.35,
    Structure.JUNCTIONAL_ZONE: 0.45,
    Structure.VAGINA: 0.35,
    Structure.BLADDER: 0.2,
    Structure.RECTUM: 0.2,
    Structure.OVARY: 0.6,
}
"""Opacity of surfaces that would hide others."""
_FILL_OVER_IMAGE, _FILL_ALONE = 0.2, 0.6
_OUTLINE, _NEIGHBOUR_OUTLINE = 0.9, 0.5
_SMOOTHING = "0.7"
"""Of surfaces, from 0 to 1: slices are several millimetres apart, and their steps are no anatomy."""


def applyLook(segmentation: Any, hasImage: bool) -> None:
    """Set what each segment looks like, over an image or alone; every one stays in the list, for the user to show."""
    display, segments = segmentation.GetDisplayNode(), segmentation.GetSegmentation()
    segments.SetConversionParameter("Smoothing factor", _SMOOTHING)
    fill = _FILL_OVER_IMAGE if hasImage else _FILL_ALONE
    structures = {facts.name: structure for structure, facts in STRUCTURES.items()}
    for segmentId in (segments.GetNthSegmentID(i) for i in range(segments.GetNumberOfSegments())):
        structure = structures.get(segments.GetSegment(segmentId).GetName())
        isUterus, isShell = structure in UTERUS, structure in _SHELLS
        display.SetSegmentVisibility(segmentId, isUterus or isShell or structure is None)
        display.SetSegmentOpacity2DFill(segmentId, fill if isUterus else 0.0)
        display.SetSegmentOpacity2DOutline(segmentId, _OUTLINE if isUterus else _NEIGHBOUR_OUTLINE)
        display.SetSegmentVisibility3D(segmentId, isUterus or isShell)
        display.SetSegmentOpacity3D(segmentId, _SHELLS.get(structure, 1.0))
