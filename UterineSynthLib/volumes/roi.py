"""The region of a study that a model sees: the uterus with a margin, or a central field of view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.structures import UTERUS

UTERINE_MARGIN_MM = 20.0
"""Room around the uterus for bladder wall, vagina and the near pelvic fat."""


@dataclass(frozen=True)
class Region:
    """A box of voxels, in the index order (i, j, k).

    Attributes:
        start: first voxel; size: number of voxels along each axis.
    """

    start: tuple[int, int, int]
    size: tuple[int, int, int]

    def geometry_in(self, geometry: Geometry) -> Geometry:
        """The grid of this box cut out of ``geometry``."""
        origin = geometry.index_to_lps @ np.array([*self.start, 1.0])
        corner = (float(origin[0]), float(origin[1]), float(origin[2]))
        return Geometry(self.size, geometry.spacing_mm, corner, geometry.direction)

    def centre_mm(self, geometry: Geometry) -> tuple[float, float, float]:
        """LPS position of the middle of the box."""
        return self.geometry_in(geometry).centre_mm


def uterine_region(labels: sitk.Image, margin_mm: float = UTERINE_MARGIN_MM) -> Region:
    """The box around all voxels of the uterus and its lesions plus ``margin_mm``, as far as the study reaches.

    Raises:
        VolumeError: the label map has no voxel of the uterus, or the margin is negative.
    """
    if margin_mm < 0:
        raise VolumeError("margin", f"is {margin_mm:g} mm, expected zero or more")
    inside = np.isin(sitk.GetArrayViewFromImage(labels), UTERUS)
    if not inside.any():
        raise VolumeError("label map", "has no voxel of the uterus (labels 1-7 and 22-25), so there is no region")
    geometry = Geometry.of_image(labels)
    first, last = [], []
    for axis in range(3):
        used = np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != 2 - axis)))
        margin = int(np.ceil(margin_mm / geometry.spacing_mm[axis]))
        first.append(max(int(used[0]) - margin, 0))
        last.append(min(int(used[-1]) + margin, geometry.size[axis] - 1))
    return _box(first, last)


def central_region(geometry: Geometry, extent_mm: tuple[float, float, float]) -> Region:
    """The box of ``extent_mm`` along i, j, k in the middle of a grid, as far as the grid reaches.

    Raises:
        VolumeError: an extent is not above zero.
    """
    if min(extent_mm) <= 0:
        raise VolumeError("field of view", f"is {extent_mm} mm; every side must be above zero")
    first, last = [], []
    for count, spacing_mm, side_mm in zip(geometry.size, geometry.spacing_mm, extent_mm, strict=True):
        wanted = min(max(round(side_mm / spacing_mm), 1), count)
        first.append((count - wanted) // 2)
        last.append(first[-1] + wanted - 1)
    return _box(first, last)


def crop(image: sitk.Image, region: Region) -> sitk.Image:
    """Cut a box out of an image; every voxel keeps its place in the patient.

    Raises:
        VolumeError: the box reaches beyond the image.
    """
    size = image.GetSize()
    ends = [start + count for start, count in zip(region.start, region.size, strict=True)]
    if min(region.start) < 0 or any(end > count for end, count in zip(ends, size, strict=True)):
        raise VolumeError("region", f"from {region.start} with size {region.size} reaches beyond the image of {size}")
    return sitk.RegionOfInterest(image, region.size, region.start)


def _box(first: list[int], last: list[int]) -> Region:
    size = [end - start + 1 for start, end in zip(first, last, strict=True)]
    return Region((first[0], first[1], first[2]), (size[0], size[1], size[2]))
