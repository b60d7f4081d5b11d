"""The space that the bladder may lie in: before the uterus and the vagina, never over the back of the uterus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.implicit import Box, Region
from UterineSynthLib.phantom.landmarks import Landmarks, Point
from UterineSynthLib.phantom.pose import UterusPose
from UterineSynthLib.phantom.shape import Field

_FAR_MM = 1000.0
"""Farther than any body reaches."""
_LEANING_DEG, _UPRIGHT_DEG = 30.0, 100.0
"""Angles above the horizontal to the front. Before a fundus that leans by this or more a bladder rises as high as it
will; past one that lies lower it does not."""


def bladder_space(landmarks: Landmarks, pose: UterusPose) -> Region:
    """Where the bladder may lie, without bounds to the sides, upwards and forwards.

    What is behind vagina and cervix is the pouch of Douglas and what lies below it; what is behind the corpus, above
    it where it is anteverted, belongs to the bowel.
    """
    introitus, os, inner, fundus = (
        np.array(point[1:]) for point in (landmarks.introitus, landmarks.external_os, pose.internal_os, pose.fundus)
    )
    below = introitus - _FAR_MM * np.array(landmarks.vagina_axis[1:])
    beyond = fundus + _FAR_MM * _above_fundus(pose.corpus_axis)
    before = [(-2 * _FAR_MM, beyond[1]), (-2 * _FAR_MM, below[1])]
    return _Prism(np.array([below, os, inner, fundus, beyond, *before]))


def _above_fundus(corpus_axis: Point) -> npt.NDArray[np.float64]:
    """The direction (y, z) in which the space ends above a fundus: along the corpus, or steeper where it leans."""
    lean = float(np.degrees(np.arctan2(corpus_axis[2], -corpus_axis[1])))
    rise = np.deg2rad(max(lean, float(np.interp(lean, (0.0, _LEANING_DEG), (0.0, _UPRIGHT_DEG)))))
    return np.array([-np.cos(rise), np.sin(rise)])


@dataclass(frozen=True, eq=False)
class _Prism:
    """A polygon of the mid-sagittal plane, its corners ``[n, 2]`` (y, z) in mm, without bounds to the sides."""

    corners: npt.NDArray[np.float64]

    @property
    def bounds_mm(self) -> Box:
        """The polygon's box, and wider than any body."""
        (low_y, low_z), (high_y, high_z) = self.corners.min(axis=0).tolist(), self.corners.max(axis=0).tolist()
        return (-_FAR_MM, low_y, low_z), (_FAR_MM, high_y, high_z)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Exact distance."""
        squared, inside = np.full(x.shape, np.inf, dtype=np.float32), np.zeros(x.shape, dtype=bool)
        for start, stop in zip(self.corners, np.roll(self.corners, -1, axis=0), strict=True):
            (way_y, way_z), from_y, from_z = (stop - start).tolist(), y - start[0], z - start[1]
            along = np.clip((from_y * way_y + from_z * way_z) / (way_y**2 + way_z**2), 0, 1)
            np.minimum(squared, np.square(from_y - along * way_y) + np.square(from_z - along * way_z), out=squared)
            # Even and odd: a line to the back crosses the edge where the point lies between its ends, and before it.
            between = (start[1] > z) != (stop[1] > z)
            inside ^= between & ((from_z * way_y > from_y * way_z) == (way_z > 0))
        return np.asarray(np.where(inside, -1, 1) * np.sqrt(squared), dtype=np.float32)
