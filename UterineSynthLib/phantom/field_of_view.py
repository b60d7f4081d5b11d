"""Grids of a fixed size laid around the uterus of a phantom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.phantom.landmarks import Point
from UterineSynthLib.phantom.pose import UterusPose
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry


@dataclass(frozen=True)
class UterineField:
    """A sagittal grid to be centred on whatever uterus is built.

    Attributes:
        slices, matrix: slices, and rows and columns of the square slices.
        slice_spacing_mm, in_plane_spacing_mm: distance of voxel centres.
        offset_mm: LPS shift of the grid's centre from the middle of the uterus.
    """

    slices: int
    matrix: int
    slice_spacing_mm: float
    in_plane_spacing_mm: float
    offset_mm: Point = (0.0, 0.0, 0.0)

    def around(self, pose: UterusPose) -> Geometry:
        """The grid around one uterus."""
        centre = np.add(uterine_centre_mm(pose), self.offset_mm)
        place = (float(centre[0]), float(centre[1]), float(centre[2]))
        return sagittal_geometry(self.slices, self.matrix, self.slice_spacing_mm, self.in_plane_spacing_mm, place)


def uterine_centre_mm(pose: UterusPose) -> Point:
    """Middle of the box that holds the uterus from the external os to the fundus, LPS mm."""
    line, radii = np.array(pose.centre_line), np.array(pose.line_radii_mm)[:, None]
    low, high = (line - radii).min(axis=0), (line + radii).max(axis=0)
    middle = (low + high) / 2
    return 0.0, float(middle[1]), float(middle[2])
