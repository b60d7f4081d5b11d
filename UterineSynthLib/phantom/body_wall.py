"""The outside of the body and the wall of the abdomen: skin, subcutaneous fat, muscle, and the cavity inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.implicit import (
    Described,
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
    moved,
)
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.polyline import Tube
from UterineSynthLib.phantom.pose import Mass
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_SKIN_MM = 2.0
_TOP_MM, _BOTTOM_MM = 330.0, -330.0
_HEIGHTS = np.arange(_BOTTOM_MM, _TOP_MM + 1, 2.0)

Profile = Sequence[tuple[float, float]]
"""(z, value) pairs in mm, z rising."""


@dataclass(frozen=True)
class Habitus:
    """Thickness of the subcutaneous fat in front, behind and at the sides, and of the muscular wall, mm."""

    front_fat_mm: float
    back_fat_mm: float
    side_fat_mm: float
    wall_mm: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Habitus:
        """One body: 15 to 45 mm of fat in front, the rest in proportion."""
        front = float(np.clip(rng.normal(27.0, 8.0), 15.0, 45.0))
        return cls(front, 6.0 + 0.45 * front, 8.0 + 0.6 * front, float(rng.uniform(8.0, 11.0)))


@dataclass(frozen=True)
class Trunk:
    """A trunk-like solid: at each height an oval, round in front and flatter behind.

    Attributes:
        front, back: y of its surface by height; half_width: half its width by height.
    """

    front: Profile
    back: Profile
    half_width: Profile

    def region(self) -> Described:
        """The solid, its distance taken along the ray from the middle of each oval."""
        front, back, width = (_table(profile) for profile in (self.front, self.back, self.half_width))
        middle: npt.NDArray[np.float32] = (front + back) / np.float32(2)
        half: npt.NDArray[np.float32] = np.maximum((back - front) / np.float32(2), np.float32(4.0))
        box = (-float(width.max()), float(front.min()), _BOTTOM_MM), (float(width.max()), float(back.max()), _TOP_MM)
        return Described(lambda x, y, z: _oval_distance(x, y, z, middle, half, width), box)


def _table(profile: Profile) -> npt.NDArray[np.float32]:
    """The profile at every height of the table, smoothed over about 20 mm."""
    heights, values = zip(*profile, strict=True)
    dense = np.interp(_HEIGHTS, heights, values)
    kernel = np.hanning(13) / np.hanning(13).sum()
    return np.asarray(np.convolve(np.pad(dense, 6, mode="edge"), kernel, mode="valid"), dtype=np.float32)


def _oval_distance(
    x: Field,
    y: Field,
    z: Field,
    middle: npt.NDArray[np.float32],
    half: npt.NDArray[np.float32],
    width: npt.NDArray[np.float32],
) -> Field:
    """Distance along the ray from the middle of the oval at each height."""
    row = np.clip(
        ((z - np.float32(_BOTTOM_MM)) * np.float32(0.5) + np.float32(0.5)).astype(np.int32), 0, len(middle) - 1
    )
    dy = y - middle[row]
    across, side = np.square(dy / half[row]), np.square(x / width[row])
    oval = np.where(dy > 0, np.sqrt(np.square(across) + np.square(side)), across + side)
    radius = np.sqrt(np.square(dy) + np.square(x))
    return np.asarray(radius - radius / np.sqrt(oval + np.float32(1e-4)) - np.float32(0.3), dtype=np.float32)


def build_body(
    landmarks: Landmarks, habitus: Habitus, masses: Sequence[Mass], rng: np.random.Generator
) -> tuple[list[Solid], Region]:
    """Skin, subcutaneous fat, abdominal muscle and pelvic fat in painting order; and the abdominal cavity.

    The belly bulges over ``masses`` that need the room.
    """
    front = _bulged(_front_of_skin(landmarks, habitus), masses, habitus.front_fat_mm + habitus.wall_mm)
    skin = Remembered(Rough(_body(landmarks, habitus, front), 1.2, 90.0, int(rng.integers(2**31)), 3))
    wall = Rough(_muscular_wall(landmarks, habitus, front), 1.5, 60.0, int(rng.integers(2**31)), 3)
    cavity = _cavity(landmarks, habitus, front, int(rng.integers(2**31)))
    solids = [
        Solid(skin, Structure.FAT, Tissue.SKIN, 6.0),
        Solid(Grown(skin, -_SKIN_MM), Structure.FAT, Tissue.SUBCUTANEOUS_FAT, 6.0),
        Solid(wall, Structure.MUSCLE, Tissue.MUSCLE, 4.0),
        Solid(cavity, Structure.FAT, Tissue.PELVIC_FAT, 4.0),
    ]
    return solids, cavity


def _front_of_skin(landmarks: Landmarks, habitus: Habitus) -> Profile:
    """Umbilicus, mons and vulva; a thicker fat layer lifts the skin by most of what it adds."""
    belly = landmarks.umbilicus[1] - 0.7 * (habitus.front_fat_mm - 27.0)
    top, introitus = landmarks.symphysis_top, landmarks.introitus
    mons = top[1] - 14.0 - 0.75 * habitus.front_fat_mm
    return (
        (introitus[2] - 22.0, introitus[1] + 8.0),
        (introitus[2] - 4.0, introitus[1] - 14.0),
        (introitus[2] + 14.0, introitus[1] - 44.0),
        (top[2] - 34.0, mons + 16.0),
        (top[2] - 6.0, mons),
        (top[2] + 34.0, belly - 1.0),
        (landmarks.umbilicus[2] - 40.0, belly - 5.0),
        (landmarks.umbilicus[2] + 60.0, belly - 2.0),
        (_TOP_MM, belly + 8.0),
    )


def _bulged(front: Profile, masses: Sequence[Mass], inner_mm: float) -> Profile:
    """The front moved forwards wherever a mass would come closer to the skin than ``inner_mm``."""
    heights, values = (np.array(column) for column in zip(*front, strict=True))
    every = np.arange(heights[0], heights[-1], 4.0)
    skin = np.interp(every, heights, values)
    for mass in masses:
        reach = np.square(mass.radius_mm + 4.0) - np.square(every - mass.centre[2])
        over = reach > 0
        skin[over] = np.minimum(skin[over], mass.centre[1] - np.sqrt(reach[over]) - inner_mm)
    return tuple(zip(every.tolist(), skin.tolist(), strict=True))


def _back_of_skin(landmarks: Landmarks) -> Profile:
    """Anal cleft, buttocks on the table, lumbar hollow."""
    verge = landmarks.anal_verge
    table = landmarks.sacrum_middle[1] + 64.0
    return (
        (verge[2] - 14.0, verge[1] + 8.0),
        (verge[2] + 2.0, verge[1] + 22.0),
        (verge[2] + 40.0, table - 36.0),
        (landmarks.coccyx_tip[2] + 26.0, table - 6.0),
        (landmarks.sacrum_middle[2] + 10.0, table),
        (landmarks.promontory[2] + 45.0, table - 13.0),
        (_TOP_MM, table - 8.0),
    )


def _body(landmarks: Landmarks, habitus: Habitus, front: Profile) -> Region:
    """Trunk, buttocks and thighs."""
    width = 150.0 + habitus.side_fat_mm
    floor = landmarks.anal_verge[2]
    sides = (
        (floor - 6.0, 26.0),
        (floor + 40.0, 110.0),
        (-30.0, width + 10.0),
        (60.0, width - 4.0),
        (_TOP_MM, width - 8.0),
    )
    trunk = Trunk(front, _back_of_skin(landmarks), sides).region()
    seat = HalfSpace((0.0, 0.0, floor - 10.0), (0.0, 0.0, -1.0))
    parts: list[Region] = [Intersection(trunk, seat, 12.0)]
    back = landmarks.sacrum_middle[1] + 64.0
    for side in (-1.0, 1.0):
        parts.append(Ellipsoid((side * 70.0, back - 58.0, -52.0), (78.0, 57.0, 82.0)))
        parts.append(Tube.along([(side * 92.0, 12.0, -60.0), (side * 98.0, 8.0, -330.0)], (88.0, 78.0)))
    return Union(tuple(parts), 5.0)


def _muscular_wall(landmarks: Landmarks, habitus: Habitus, skin: Profile) -> Region:
    """The muscular cylinder of the abdomen with the back muscles, down to pubis and iliac crests."""
    front = [(z, y + habitus.front_fat_mm) for z, y in skin]
    back = [(z, y - habitus.back_fat_mm) for z, y in _back_of_skin(landmarks)]
    sides = ((-60.0, 118.0), (0.0, 124.0), (60.0, 136.0), (_TOP_MM, 138.0))
    return Intersection(Trunk(front, back, sides).region(), _lower_end(landmarks, 0.0), 20.0)


def _cavity(landmarks: Landmarks, habitus: Habitus, skin: Profile, seed: int) -> Region:
    """Inside of the abdominal wall, in front of the spine, and the true pelvis below it."""
    inner = habitus.front_fat_mm + habitus.wall_mm
    front = [(z, y + inner) for z, y in skin]
    spine = landmarks.promontory[1]
    back = (
        (-60.0, 78.0),
        (landmarks.sacrum_middle[2], 90.0),
        (landmarks.promontory[2], spine + 6.0),
        (_TOP_MM, spine - 10.0),
    )
    sides = ((-60.0, 64.0), (0.0, 84.0), (50.0, 118.0), (90.0, 126.0), (_TOP_MM, 128.0))
    belly = Intersection(
        _with_linea_alba(Trunk(front, back, sides).region(), habitus.wall_mm - 3.0), _lower_end(landmarks, 6.0)
    )
    return Rough(Union((belly, Ellipsoid((0.0, 12.0, -25.0), (62.0, 74.0, 70.0))), 6.0), 1.5, 50.0, seed, 3)


def _lower_end(landmarks: Landmarks, below_mm: float) -> HalfSpace:
    """Plane from the top of the symphysis to the iliac crests, moved down by ``below_mm``; above it is inside."""
    slope = np.array([0.0, 70.0, -190.0]) / np.hypot(70.0, 190.0)
    front = moved(landmarks.symphysis_top, 0.0, -6.0, -4.0) + slope * below_mm
    return HalfSpace(as_point(front), as_point(slope))


def _with_linea_alba(trunk: Described, thin_mm: float) -> Described:
    """The inside of the abdominal wall, closer to the skin by ``thin_mm`` where only the linea alba lies."""

    def formula(x: Field, y: Field, z: Field) -> Field:
        groove = np.exp(-np.square(x / np.float32(4.5))) * np.float32(thin_mm)
        return np.asarray(trunk.formula(x, y, z) - np.where(y < 0, groove, 0), dtype=np.float32)

    low, high = trunk.bounds_mm
    return Described(formula, ((low[0], low[1] - thin_mm, low[2]), high))
