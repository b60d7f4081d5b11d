"""Points and axes of structures in the slices near the middle of a uterus.

Label maps ``[D, H, W]`` lie as a sagittal study is hung: columns go to the back, rows to the feet. Points are (y, z) in
mm: to the back, to the head.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from UterineSynthLib.volumes.structures import Structure

Labels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]
Spacing = tuple[float, float, float]

CAVITY = (Structure.UTERINE_CAVITY, Structure.POLYP, Structure.CARCINOMA)
CERVIX = (Structure.CERVICAL_CANAL, Structure.CERVICAL_STROMA)
_HALF_WIDTH_MM = 7.0
_END_SHARE = 4.0


def near_middle(mask: Mask, slice_mm: float) -> Mask:
    """``mask`` in the slices within 7 mm of its median slice."""
    numbers = np.nonzero(mask)[0]
    if not len(numbers):
        return mask
    near = np.abs(np.arange(len(mask)) - np.median(numbers)) * slice_mm <= _HALF_WIDTH_MM
    return np.asarray(mask & near[:, None, None])


def points_of(labels: Labels, structures: Collection[Structure], spacing_mm: Spacing) -> Points:
    """Points ``[n, 2]`` of structures near their middle."""
    return points_in(near_middle(np.isin(labels, list(structures)), spacing_mm[0]), spacing_mm)


def points_in(mask: Mask, spacing_mm: Spacing) -> Points:
    """Points ``[n, 2]`` of a mask ``[D, H, W]``."""
    _, rows, columns = np.nonzero(mask)
    return np.stack([columns * spacing_mm[2], -rows * spacing_mm[1]], axis=1)


def long_axis(points: Points) -> Points:
    """Unit vector along which points spread most; its sense is arbitrary."""
    return np.asarray(np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0])


def ends_of(points: Points, towards: Points) -> tuple[Points, Points]:
    """Both ends of an elongated cloud, the one nearer to ``towards`` first: means of the outermost 4 % each."""
    along = (points - points.mean(axis=0)) @ long_axis(points)
    low, high = np.percentile(along, (_END_SHARE, 100 - _END_SHARE))
    first, last = points[along <= low].mean(axis=0), points[along >= high].mean(axis=0)
    if np.linalg.norm(first - towards) <= np.linalg.norm(last - towards):
        return first, last
    return last, first
