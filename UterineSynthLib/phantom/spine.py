"""Lumbar spine, sacrum and coccyx: where each vertebra lies, and their bodies, discs, canal and posterior elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.phantom.implicit import (
    Axes,
    Ellipsoid,
    Grown,
    Region,
    Remembered,
    Rough,
    RoundedBox,
    Solid,
    Union,
    as_point,
)
from UterineSynthLib.phantom.landmarks import Landmarks, Point
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.polyline import Tube, smooth_path
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

CORTEX_MM = 1.3

_SACRAL_HEIGHTS_MM = (29.0, 25.0, 21.0, 18.0, 15.0, 10.0, 9.0, 7.0, 6.0)
_SACRAL_GAPS_MM = (4.0, 3.0, 2.5, 2.0, 2.0, 1.5, 1.5, 1.5)
_SACRAL_HALF_DEPTHS_MM = (15.5, 11.5, 9.0, 7.5, 6.0, 5.0, 4.5, 4.0, 3.0)
_SACRAL_HALF_WIDTHS_MM = (25.0, 21.0, 18.0, 15.0, 12.0, 9.0, 8.0, 6.0, 5.0)
_LUMBAR_COUNT = 5
_LUMBAR_HEIGHT_MM, _LUMBAR_DISC_MM = 27.0, 10.5
_LUMBAR_HALF_DEPTH_MM, _LUMBAR_HALF_WIDTH_MM = 17.0, 24.0
_LUMBAR_TILTS = (0.45, 0.08, -0.2, -0.3, -0.3)
"""Tilt of L5 and upwards as a share of the tilt of the first sacral vertebra."""


@dataclass(frozen=True)
class Vertebra:
    """One vertebral body: ``down`` and ``back`` are unit vectors in the mid-sagittal plane; half sizes in mm.

    ``gap_above_mm`` is the height of the disc above it.
    """

    centre: Points
    down: Points
    back: Points
    half_height_mm: float
    half_depth_mm: float
    half_width_mm: float
    gap_above_mm: float

    @property
    def axes(self) -> Axes:
        """Left, back, down."""
        return (1.0, 0.0, 0.0), as_point(self.back), as_point(self.down)

    def at(self, left_mm: float, back_mm: float, down_mm: float) -> Point:
        """LPS point at these distances from the middle of the body."""
        return as_point(self.centre + self.back * back_mm + self.down * down_mm + np.array([left_mm, 0.0, 0.0]))


@dataclass(frozen=True)
class Spine:
    """Vertebrae from the highest lumbar down to the coccyx."""

    lumbar: tuple[Vertebra, ...]
    sacral: tuple[Vertebra, ...]
    coccygeal: tuple[Vertebra, ...]

    @property
    def vertebrae(self) -> tuple[Vertebra, ...]:
        """All, from above."""
        return self.lumbar + self.sacral + self.coccygeal

    def front_at(self, depth_mm: float) -> Points:
        """Line ``[n, 3]`` that runs ``depth_mm`` in front of the vertebral bodies."""
        return np.array([v.at(0.0, -v.half_depth_mm - depth_mm, 0.0) for v in self.vertebrae])


def place_spine(landmarks: Landmarks) -> Spine:
    """The vertebrae along the line through promontory, middle of the sacrum and tip of the coccyx, and above."""
    front = smooth_path([landmarks.promontory, landmarks.sacrum_middle, landmarks.coccyx_tip], 1.0)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(front, axis=0), axis=1))])
    stretch = arc[-1] / (sum(_SACRAL_HEIGHTS_MM) + sum(_SACRAL_GAPS_MM))
    fused, at = [], 0.0
    for n, height in enumerate(_SACRAL_HEIGHTS_MM):
        middle = (at + height / 2) * stretch
        low, high = (_point_at(front, arc, middle + step) for step in (4.0, -4.0))
        down = (low - high) / np.linalg.norm(low - high)
        fused.append(_vertebra_behind(_point_at(front, arc, middle), down, n, stretch))
        at += height + (_SACRAL_GAPS_MM[n] if n < len(_SACRAL_GAPS_MM) else 0.0)
    return Spine(_lumbar_above(fused[0]), tuple(fused[:5]), tuple(fused[5:]))


def _point_at(line: Points, arc: Points, length_mm: float) -> Points:
    return np.array([np.interp(length_mm, arc, line[:, axis]) for axis in range(3)])


def _vertebra_behind(front: Points, down: Points, n: int, stretch: float) -> Vertebra:
    """The n-th sacral or coccygeal vertebra, its anterior face at ``front``."""
    back = np.array([0.0, -down[2], down[1]])
    depth = _SACRAL_HALF_DEPTHS_MM[n]
    gap = _SACRAL_GAPS_MM[n - 1] * stretch if n else _LUMBAR_DISC_MM
    half_height = _SACRAL_HEIGHTS_MM[n] * stretch / 2
    return Vertebra(front + back * depth, down, back, half_height, depth, _SACRAL_HALF_WIDTHS_MM[n], gap)


def _lumbar_above(first_sacral: Vertebra) -> tuple[Vertebra, ...]:
    """Lumbar vertebrae stacked on the first sacral one along the lordosis; the highest comes first."""
    tilt = float(np.arctan2(-first_sacral.down[1], -first_sacral.down[2]))
    at = first_sacral.centre - first_sacral.down * first_sacral.half_height_mm
    stack: list[Vertebra] = []
    previous_up = -first_sacral.down
    for share in _LUMBAR_TILTS[:_LUMBAR_COUNT]:
        up = np.array([0.0, np.sin(share * tilt), np.cos(share * tilt)])
        between = (up + previous_up) / np.linalg.norm(up + previous_up)
        at = at + between * _LUMBAR_DISC_MM + up * _LUMBAR_HEIGHT_MM / 2
        back = np.array([0.0, up[2], -up[1]])
        stack.append(
            Vertebra(
                at, -up, back, _LUMBAR_HEIGHT_MM / 2, _LUMBAR_HALF_DEPTH_MM, _LUMBAR_HALF_WIDTH_MM, _LUMBAR_DISC_MM
            )
        )
        at, previous_up = at + up * _LUMBAR_HEIGHT_MM / 2, up
    return tuple(reversed(stack))


def build_spine(spine: Spine, rng: np.random.Generator) -> list[Solid]:
    """Discs, canal with the thecal sac, then bone."""
    bone = _bone(spine, int(rng.integers(2**31)))
    canal = _canal(spine)
    cortex = Solid(bone, Structure.CORTICAL_BONE, Tissue.CORTICAL_BONE, 2.5)
    marrow = Solid(Grown(bone, -CORTEX_MM), Structure.BONE, Tissue.MARROW, 2.5)
    return [*_discs(spine), cortex, marrow, *canal]


def _discs(spine: Spine) -> list[Solid]:
    """Annulus of each disc as a plate, nucleus within those of the lumbar spine and S1/S2."""
    plates: list[Region] = []
    nuclei: list[Region] = []
    pairs = zip(spine.vertebrae[:-1], spine.vertebrae[1:], strict=True)
    for above, below in pairs:
        middle = (above.at(0, 0, above.half_height_mm), below.at(0, 0, -below.half_height_mm))
        centre = as_point(np.mean(middle, axis=0))
        height = float(np.linalg.norm(np.subtract(*middle))) / 2
        depth, width = (
            min(above.half_depth_mm, below.half_depth_mm) + 1.0,
            min(above.half_width_mm, below.half_width_mm),
        )
        plates.append(RoundedBox(centre, (width, depth, height + 2.0), below.axes, min(2.5, height)))
        if below.gap_above_mm > 3.5:
            nuclei.append(Ellipsoid(centre, (width * 0.7, depth * 0.62, height * 0.72), below.axes))
    return [
        Solid(Union(tuple(plates)), Structure.DISC, Tissue.DISC_ANNULUS, 2.0),
        Solid(Union(tuple(nuclei)), Structure.DISC_NUCLEUS, Tissue.DISC_NUCLEUS, 2.0),
    ]


def _bone(spine: Spine, seed: int) -> Remembered:
    """Bodies, posterior elements of the lumbar vertebrae and the sacrum with its wings."""
    parts: list[Region] = [
        RoundedBox(as_point(v.centre), (v.half_width_mm, v.half_depth_mm, v.half_height_mm), v.axes, _rounding(v))
        for v in spine.vertebrae
    ]
    for v in spine.lumbar:
        parts += _posterior_elements(v)
    parts += _sacral_wings(spine)
    return Remembered(Rough(Union(tuple(parts)), 0.5, 18.0, seed, 3))


def _rounding(v: Vertebra) -> float:
    return min(5.0, 0.6 * min(v.half_depth_mm, v.half_height_mm))


def _posterior_elements(v: Vertebra) -> list[Region]:
    """Spinous process, laminae and pedicles of a lumbar vertebra."""
    behind = v.half_depth_mm
    parts: list[Region] = [RoundedBox(v.at(0.0, behind + 34.0, 9.0), (4.0, 16.0, 9.0), v.axes, 3.0)]
    for side in (-1.0, 1.0):
        parts.append(RoundedBox(v.at(side * 9.0, behind + 20.0, 5.0), (8.0, 4.0, 12.0), v.axes, 3.0))
        pedicle = [v.at(side * 15.0, behind - 4.0, -6.0), v.at(side * 16.0, behind + 18.0, -3.0)]
        parts.append(Tube.along(pedicle, (6.0, 7.0)))
        parts.append(Tube.along([v.at(side * 18.0, behind + 12.0, 0.0), v.at(side * 42.0, behind + 14.0, -3.0)], 4.0))
    return parts


def _sacral_wings(spine: Spine) -> list[Region]:
    """Lateral masses to the sacroiliac joints and the bony roof of the sacral canal."""
    first, second, third, fourth = spine.sacral[:4]
    parts: list[Region] = [
        Tube.along(
            [
                v.at(0.0, v.half_depth_mm + depth, 0.0)
                for v, depth in zip(spine.sacral[:4], (21, 18, 14, 10), strict=True)
            ],
            4.0,
        )
    ]
    for side in (-1.0, 1.0):
        parts.append(Ellipsoid(first.at(side * 36.0, 3.0, 4.0), (21.0, 15.0, 22.0), first.axes))
        parts.append(Ellipsoid(second.at(side * 33.0, 5.0, 0.0), (19.0, 12.0, 20.0), second.axes))
        parts.append(Ellipsoid(third.at(side * 25.0, 3.0, 0.0), (15.0, 9.0, 17.0), third.axes))
        parts.append(Ellipsoid(fourth.at(side * 18.0, 1.0, 0.0), (12.0, 7.0, 15.0), fourth.axes))
        roof = [
            first.at(side * 17.0, first.half_depth_mm + 16.0, 0.0),
            third.at(side * 13.0, third.half_depth_mm + 10.0, 0.0),
        ]
        parts.append(Tube.along(roof, (6.0, 4.0)))
    return parts


def _canal(spine: Spine) -> list[Solid]:
    """Epidural fat, the thecal sac down to S2 and nerve roots in it."""
    levels = (*spine.lumbar, *spine.sacral)
    middle = [
        v.at(0.0, v.half_depth_mm + clear, 0.0) for v, clear in zip(levels, _canal_clearance(levels), strict=True)
    ]
    fat = Tube.along(smooth_path(middle, 8.0), 1.0)
    fat = Tube.along(
        fat.points, np.interp(np.linspace(0, 1, len(fat.points)), (0, 0.55, 0.75, 1), (9.0, 8.5, 6.0, 3.0))
    )
    sac = smooth_path(middle[: len(spine.lumbar) + 2], 8.0)
    radii = np.interp(np.linspace(0, 1, len(sac)), (0, 0.7, 0.9, 1), (6.8, 6.5, 4.8, 1.5))
    roots: list[Region] = [
        Tube.along(sac + np.array([x, 3.0 * np.cos(x), 0.0]), 0.7) for x in (-4.0, -2.0, 0.0, 2.0, 4.0)
    ]
    return [
        Solid(fat, Structure.FAT, Tissue.PELVIC_FAT, 2.0),
        Solid(Tube.along(sac, radii), Structure.SPINAL_CANAL, Tissue.CEREBROSPINAL_FLUID, 2.0),
        Solid(Union(tuple(roots)), Structure.SPINAL_CANAL, Tissue.NERVE_ROOT, 1.0),
    ]


def _canal_clearance(levels: tuple[Vertebra, ...]) -> list[float]:
    """Distance of the middle of the canal from the back of each body, mm."""
    return [9.0] * (len(levels) - 5) + [9.5, 7.5, 5.5, 4.0, 3.0]
