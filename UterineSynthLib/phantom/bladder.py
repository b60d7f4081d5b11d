"""Urinary bladder and urethra: a dome behind the symphysis that holds its volume and yields to the uterus."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.description.vocabulary import BladderFilling
from UterineSynthLib.phantom.implicit import (
    Difference,
    Ellipsoid,
    Grown,
    HalfSpace,
    Intersection,
    Region,
    Remembered,
    Rough,
    Solid,
    Union,
    as_point,
    frame_along,
    moved,
    region_volume_ml,
)
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.polyline import Tube
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_VOLUMES_ML = {
    BladderFilling.EMPTY: (20.0, 45.0),
    BladderFilling.MODERATE: (90.0, 170.0),
    BladderFilling.FULL: (260.0, 420.0),
}
_PROPORTIONS = {
    BladderFilling.EMPTY: (1.45, 1.15, 0.60),
    BladderFilling.MODERATE: (1.13, 0.98, 0.90),
    BladderFilling.FULL: (1.04, 0.90, 1.07),
}
"""Half-axes to the side, front to back and upwards, in units of the radius of a ball of the same volume."""
_WALL_MM = {BladderFilling.EMPTY: 5.0, BladderFilling.MODERATE: 3.2, BladderFilling.FULL: 2.2}


def draw_bladder_volume_ml(filling: BladderFilling, rng: np.random.Generator) -> float:
    """Volume of urine for a filling: empty 20-45 ml, moderate 90-170 ml, full 260-420 ml (named assumption)."""
    return float(rng.uniform(*_VOLUMES_ML[filling]))


def build_bladder(
    landmarks: Landmarks, filling: BladderFilling, cavity: Region, uterus: Region, rng: np.random.Generator
) -> list[Solid]:
    """Urethra, bladder wall and urine.

    ``cavity`` is the space it may fill, ``uterus`` what indents it; the urine keeps its volume all the same.
    """
    volume_ml = draw_bladder_volume_ml(filling, rng)
    seed, wall_mm = int(rng.integers(2**31)), _WALL_MM[filling]
    room = _Room(landmarks, filling, cavity, uterus, wall_mm)
    radius = _radius_for(volume_ml, room)
    outside = Remembered(Rough(Grown(room.urine(radius), wall_mm), 0.7, 40.0, seed, 3))
    neck, introitus = np.array(landmarks.bladder_neck), np.array(landmarks.introitus)
    halfway = moved((neck + introitus) / 2, 0, -4.0, 2.0)
    course = [moved(neck, 0, 0, 3.0), halfway, moved(introitus, 0, -12.0, 4.0)]
    return [
        Solid(Tube.along(course, (7.5, 6.5, 5.0)), Structure.BLADDER_WALL, Tissue.BLADDER_WALL, 2.0),
        Solid(Tube.along(course, (4.2, 4.0, 3.2)), Structure.BLADDER_WALL, Tissue.URETHRA, 1.5),
        Solid(outside, Structure.BLADDER_WALL, Tissue.BLADDER_WALL, 2.5),
        Solid(Grown(outside, -wall_mm), Structure.BLADDER, Tissue.URINE, 2.5),
    ]


class _Room:
    """Where the urine may be, as a function of the size it would have were it free."""

    def __init__(
        self, landmarks: Landmarks, filling: BladderFilling, cavity: Region, uterus: Region, wall_mm: float
    ) -> None:
        self.neck = np.array(landmarks.bladder_neck)
        top, bottom = np.array(landmarks.symphysis_top), np.array(landmarks.symphysis_bottom)
        along = (top - bottom) / np.linalg.norm(top - bottom)
        behind = np.array([0.0, along[2], -along[1]])
        self.axes = frame_along(along * 0.35 + np.array([0.0, 0.0, 0.65]))
        self.proportions = _PROPORTIONS[filling]
        self.front = HalfSpace(as_point((top + bottom) / 2 + behind * (13.0 + wall_mm)), as_point(-behind))
        self.above = HalfSpace(as_point(moved(top, 0.0, 0.0, 16.0)), (0.0, 0.0, -1.0))
        self.cavity, self.uterus, self.wall_mm = cavity, uterus, wall_mm

    def urine(self, radius_mm: float) -> Region:
        """An ellipsoid standing on the bladder neck, cut by symphysis, abdominal wall and uterus."""
        radii = tuple(radius_mm * share for share in self.proportions)
        centre = moved(self.neck, 0.0, 0.15 * radii[1], 0.0) + np.array(self.axes[2]) * (radii[2] + 1.0)
        free = Ellipsoid(as_point(centre), (radii[0], radii[1], radii[2]), self.axes)
        behind_bone = Intersection(free, Union((self.front, self.above)), 10.0)
        inside = Intersection(behind_bone, Grown(self.cavity, -4.0 - self.wall_mm), 6.0)
        return Difference(inside, Grown(self.uterus, self.wall_mm), 6.0)


def _radius_for(volume_ml: float, room: _Room) -> float:
    """Radius at which the cut ellipsoid holds ``volume_ml``, by secant steps on a 4 mm lattice."""
    radius = (volume_ml * 1000.0 * 3.0 / (4.0 * np.pi)) ** (1 / 3)
    for _ in range(7):
        held_ml = region_volume_ml(room.urine(radius), 4.0)
        if abs(held_ml / volume_ml - 1.0) < 0.03:
            break
        radius *= float(np.clip(volume_ml / max(held_ml, 0.1 * volume_ml), 0.5, 2.5)) ** 0.45
    return float(radius)
