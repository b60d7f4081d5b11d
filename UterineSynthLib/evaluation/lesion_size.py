"""Sizes of lesions in a label map: connected voxels of one label are one lesion."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_opening, label
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from UterineSynthLib.evaluation.midline import Labels, Mask, Points, Spacing
from UterineSynthLib.volumes.structures import Structure

_LEAST_SHARE = 0.5
"""A lesion of less than half the volume of the largest is not the largest, however long: judged lesions have smears."""
_BRIDGE_MM = 4.0
"""Judged lesions are joined to their neighbours by thinner films, which would be measured with them."""


def largest_volume_ml(labels: Labels, structure: Structure, spacing_mm: Spacing) -> float:
    """Volume of the largest lesion; 0 where there is none. Lesions that touch count as one."""
    numbered, count = label(labels == structure)
    if count == 0:
        return 0.0
    return float(np.bincount(numbered.ravel())[1:].max()) * float(np.prod(spacing_mm)) / 1000


def largest_diameter_mm(labels: Labels, structure: Structure, spacing_mm: Spacing) -> float | None:
    """Greatest diameter of the largest lesions, apart where less than 4 mm joins them; None where there is none."""
    shown = labels == structure
    if not shown.any():
        return None
    numbered, _ = label(without_bridges(shown, spacing_mm))
    sizes = np.bincount(numbered.ravel())[1:]
    largest = np.flatnonzero(sizes >= _LEAST_SHARE * sizes.max()) + 1
    return round(max(greatest_diameter_mm(numbered == number, spacing_mm) for number in largest), 1)


def without_bridges(mask: Mask, spacing_mm: Spacing) -> Mask:
    """A mask ``[D, H, W]`` less what is thinner than 4 mm in its slice; a mask that is nowhere thicker stays."""
    square = [max(round(_BRIDGE_MM / pixel_mm), 1) for pixel_mm in spacing_mm[1:]]
    opened = binary_opening(mask, np.ones((1, *square), bool))
    return np.asarray(opened if opened.any() else mask)


def greatest_diameter_mm(mask: Mask, spacing_mm: Spacing) -> float:
    """Farthest pair of voxel centres of a mask ``[D, H, W]``."""
    points = np.argwhere(mask) * np.array(spacing_mm)
    if len(points) < 2:
        return 0.0
    return float(pdist(_corners(points)).max())


def _corners(points: Points) -> Points:
    """The points that a farthest pair can be among; all of them where they lie in a line."""
    spread = np.ptp(points, axis=0) > 0
    try:
        return points[ConvexHull(points[:, spread]).vertices]
    except (QhullError, ValueError):
        return points
