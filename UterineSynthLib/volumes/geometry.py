"""Where the voxels of a stack lie in the patient.

Indices, spacing, origin and direction follow ITK: axis order (i, j, k) = (column, row, slice), millimetres, LPS
(x to the left, y to the back, z to the head). Arrays are ``[D, H, W]`` = (slice, row, column). A sagittal stack has its
slices along x, the front of the body at the left of the picture and the head at the top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.errors import VolumeError

_SLICE_FRAMES = {
    Plane.SAGITTAL: np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]),
    Plane.AXIAL: np.eye(3),
    Plane.CORONAL: np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
}
"""Columns are the directions of i, j and k, right-handed: sagittal back, feet, right; axial left, back, head; coronal
left, feet, back."""


@dataclass(frozen=True)
class Geometry:
    """Grid of a volume.

    Attributes:
        size: (columns W, rows H, slices D).
        spacing_mm: distance of voxel centres along i, j, k; for k this is slice thickness plus gap.
        origin_mm: LPS position of the centre of voxel (0, 0, 0).
        direction: nine cosines, row by row; column n is the direction of index axis n.
    """

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Array shape ``(D, H, W)``."""
        return self.size[2], self.size[1], self.size[0]

    @property
    def index_to_lps(self) -> npt.NDArray[np.float64]:
        """4 x 4 matrix from (i, j, k, 1) to LPS millimetres."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.array(self.direction).reshape(3, 3) * np.array(self.spacing_mm)
        matrix[:3, 3] = self.origin_mm
        return matrix

    @property
    def is_right_handed(self) -> bool:
        """Whether (i, j, k) form a right-handed frame, as Slicer wants it."""
        return bool(np.linalg.det(np.array(self.direction).reshape(3, 3)) > 0)

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.spacing_mm))

    @property
    def centre_mm(self) -> tuple[float, float, float]:
        """LPS position of the middle of the grid."""
        middle = self.index_to_lps @ np.array([*((n - 1) / 2 for n in self.size), 1.0])
        return float(middle[0]), float(middle[1]), float(middle[2])

    def matches(self, other: Geometry, tolerance_mm: float = 1e-3) -> bool:
        """Whether both grids put every voxel at the same place, to within ``tolerance_mm``."""
        if self.size != other.size:
            return False
        corners = np.array(
            [[i, j, k, 1.0] for i in (0, self.size[0]) for j in (0, self.size[1]) for k in (0, self.size[2])]
        )
        gap = corners @ (self.index_to_lps - other.index_to_lps).T
        return bool(np.abs(gap).max() <= tolerance_mm)

    def reversed_along(self, axes: Sequence[bool]) -> Geometry:
        """The grid of the same voxels counted from the other end along the marked axes of (i, j, k)."""
        last = [count - 1.0 if is_reversed else 0.0 for count, is_reversed in zip(self.size, axes, strict=True)]
        origin = self.index_to_lps @ np.array([*last, 1.0])
        signs = np.where(axes, -1.0, 1.0)
        direction = np.array(self.direction).reshape(3, 3) * signs
        x, y, z = (float(v) for v in origin[:3])
        return Geometry(self.size, self.spacing_mm, (x, y, z), tuple(float(v) for v in direction.ravel()))

    @classmethod
    def of_image(cls, image: sitk.Image) -> Geometry:
        """Geometry of a 3D SimpleITK image."""
        if image.GetDimension() != 3:
            raise VolumeError("image", f"has {image.GetDimension()} dimensions, expected 3")
        return cls(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())

    def image_of(self, array: npt.NDArray[np.generic]) -> sitk.Image:
        """A SimpleITK image of ``array`` ``[D, H, W]`` on this grid.

        Raises:
            VolumeError: the array has another shape.
        """
        if array.shape != self.shape:
            raise VolumeError("array", f"has shape {array.shape}, the grid is {self.shape} (slices, rows, columns)")
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(self.spacing_mm)
        image.SetOrigin(self.origin_mm)
        image.SetDirection(self.direction)
        return image


def sagittal_geometry(
    slices: int,
    matrix: int,
    slice_spacing_mm: float,
    in_plane_spacing_mm: float,
    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    tilt: npt.NDArray[np.float64] | None = None,
    plane: Plane = Plane.SAGITTAL,
) -> Geometry:
    """A right-handed stack, sagittal unless ``plane`` says otherwise, around ``centre_mm``.

    ``tilt`` is an optional 3 x 3 rotation in LPS applied to the slice frame (slight obliquity).
    """
    direction = _SLICE_FRAMES[plane] if tilt is None else tilt @ _SLICE_FRAMES[plane]
    spacing = np.array([in_plane_spacing_mm, in_plane_spacing_mm, slice_spacing_mm])
    half = (np.array([matrix, matrix, slices]) - 1) / 2
    origin = np.array(centre_mm) - direction @ (spacing * half)
    return Geometry(
        (matrix, matrix, slices),
        (in_plane_spacing_mm, in_plane_spacing_mm, slice_spacing_mm),
        (float(origin[0]), float(origin[1]), float(origin[2])),
        tuple(float(v) for v in direction.ravel()),
    )


def right_handed(image: sitk.Image) -> sitk.Image:
    """The same volume with (i, j, k) right-handed: a left-handed grid has its slices reversed, with the geometry.

    Every voxel stays where it is in the patient. Slicer does the same when it loads a volume.
    """
    geometry = Geometry.of_image(image)
    if geometry.is_right_handed:
        return image
    upright = geometry.reversed_along((False, False, True))
    flipped = sitk.Flip(image, (False, False, True))
    flipped.SetOrigin(upright.origin_mm)
    flipped.SetDirection(upright.direction)
    return flipped
