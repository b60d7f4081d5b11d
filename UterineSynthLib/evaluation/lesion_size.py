"""Sizes of lesions in a label map: connected voxels of one label are one lesion."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from UterineSynthLib.evaluation.midline import Labels, Mask, Points, Spacing
from UterineSynthLib.volumes.structures import Structure

_CANDIDATES = 3


def largest_volume_ml(labels: Labels, structure: Structure, spacing_mm: Spacing) -> float:
    """Volume of the largest lesion; 0 where there is none. Lesions that touch count as one."""
    numbered, count = label(labels == structure)
    if count == 0:
        return 0.0
    return float(np.bincount(numbered.ravel())[1:].max()) * float(np.prod(spacing_mm)) / 1000


def largest_diameter_mm(labels: Labels, structure: Structure, spacing_mm: Spacing) -> float | None:
    """Greatest diameter of the largest lesions; None where there is none."""
    numbered, count = label(labels == structure)
    if count == 0:
        return None
    sizes = np.bincount(numbered.ravel())[1:]
    largest = np.argsort(-sizes)[:_CANDIDATES] + 1
    return round(max(greatest_diameter_mm(numbered == number, spacing_mm) for number in largest), 1)


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
