"""Hip bones, femora and the pubic symphysis."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.phantom.implicit import (
    Difference,
    Ellipsoid,
    Grown,
    HalfSpace,
    Region,
    Remembered,
    Rough,
    RoundedBox,
    Solid,
    Union,
    as_point,
    frame_along,
    moved,
)
from UterineSynthLib.phantom.landmarks import Landmarks, Point
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.polyline import Sheet, Tube
from UterineSynthLib.phantom.spine import CORTEX_MM
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_CREST = ((42, 106, 38), (70, 95, 72), (106, 58, 96), (128, 8, 92), (124, -46, 58))
_ARCUATE_LINE = ((54, 78, 8), (64, 56, 20), (76, 30, 10), (86, 4, 6), (99, -28, 8))
_HEAD_OF_FEMUR: Point = (88.0, -22.0, -22.0)
_HEAD_RADIUS_MM = 23.5


def bony_scale(landmarks: Landmarks) -> float:
    """Size of this pelvis relative to the nominal one, from its anteroposterior inlet."""
    inlet = np.linalg.norm(np.subtract(landmarks.promontory, landmarks.symphysis_top))
    nominal = np.linalg.norm(np.subtract(Landmarks.promontory, Landmarks.symphysis_top))
    return float(inlet / nominal)


def mirrored(points: object, side: float, scale: float = 1.0) -> Points:
    """Points of the left half of the nominal pelvis, scaled; mirrored for ``side`` = -1."""
    return np.asarray(np.array(points, dtype=float) * scale * np.array([side, 1.0, 1.0]), dtype=np.float64)


def build_pelvic_bones(landmarks: Landmarks, rng: np.random.Generator) -> list[Solid]:
    """Cortex and marrow of both hip bones and femora, and the disc of the symphysis."""
    scale = bony_scale(landmarks)
    solids: list[Solid] = []
    for side in (1.0, -1.0):
        for bone in (_hip_bone(landmarks, side, scale), _femur(side, scale)):
            rough = Remembered(Rough(bone, 0.7, 25.0, int(rng.integers(2**31)), 3))
            solids.append(Solid(rough, Structure.CORTICAL_BONE, Tissue.CORTICAL_BONE, 2.5))
            solids.append(Solid(Grown(rough, -CORTEX_MM), Structure.BONE, Tissue.MARROW, 2.5))
    return [*solids, *_symphysis(landmarks)]


def _hip_bone(landmarks: Landmarks, side: float, scale: float) -> Region:
    """Iliac wing, acetabulum, ischium, pubic body and both rami of one side."""
    top, bottom = np.array(landmarks.symphysis_top), np.array(landmarks.symphysis_bottom)
    head = mirrored(_HEAD_OF_FEMUR, side, scale)
    outward = np.array([0.75 * side, -0.3, -0.59])
    socket = Difference(
        Ellipsoid(as_point(head), (_HEAD_RADIUS_MM + 8.0,) * 3),
        Union(
            (
                Ellipsoid(as_point(head), (_HEAD_RADIUS_MM + 2.5,) * 3),
                HalfSpace(as_point(head + outward * 3.0), as_point(-outward / np.linalg.norm(outward))),
            )
        ),
        2.0,
    )
    middle = (top + bottom) / 2
    along = frame_along(top - bottom)
    body = RoundedBox(as_point(moved(middle, side * 11.0, 0, 0)), (9.0, 8.0, 19.5), along, 7.0)
    upper = [
        moved(top, side * 10.0, 3.0, -7.0),
        moved(top, side * 36.0, 8.0, 5.0),
        mirrored((64, -40, -16), side, scale),
    ]
    lower = [
        moved(bottom, side * 9.0, 0.0, 4.0),
        moved(bottom, side * 27.0, 20.0, -22.0),
        mirrored((52, 12, -96), side, scale),
    ]
    column = mirrored(((64, 52, 8), (72, 26, -28), (63, 28, -60), (56, 20, -90)), side, scale)
    spike = mirrored(((66, 36, -42), (55, 48, -40)), side, scale)
    wing = Sheet.between(mirrored(_CREST, side, scale), mirrored(_ARCUATE_LINE, side, scale), 5.0)
    return Union(
        (
            body,
            wing,
            socket,
            Tube.along([*upper, moved(head, -12.0 * side, -6.0, 2.0)], (8.0, 6.5, 8.0, 9.0)),
            Tube.along(lower, (6.5, 5.5, 7.0)),
            Tube.along(column, (9.0, 11.0, 11.0, 14.0)),
            Tube.along(spike, (5.0, 3.0)),
        ),
        4.0,
    )


def _femur(side: float, scale: float) -> Region:
    """Head, neck, greater trochanter and shaft of one femur."""
    head = mirrored(_HEAD_OF_FEMUR, side, scale)
    base = mirrored((124, 2, -44), side, scale)
    shaft = mirrored(((132, 14, -26), (124, 4, -62), (116, -4, -120), (108, -8, -320)), side, scale)
    return Union(
        (
            Ellipsoid(as_point(head), (_HEAD_RADIUS_MM,) * 3),
            Tube.along([head, base], (15.0, 17.0)),
            Tube.along(shaft, (13.0, 19.0, 15.0, 14.0)),
        ),
        5.0,
    )


def _symphysis(landmarks: Landmarks) -> list[Solid]:
    """The fibrocartilage between the pubic bodies: a dark rim and a grey middle."""
    top, bottom = np.array(landmarks.symphysis_top), np.array(landmarks.symphysis_bottom)
    half = float(np.linalg.norm(top - bottom)) / 2
    middle, along = as_point((top + bottom) / 2), frame_along(top - bottom)
    rim, inside = (Ellipsoid(middle, (3.4 - by / 2, 8.5 - by, half + 1.0 - by), along) for by in (0.0, 2.4))
    return [
        Solid(rim, Structure.DISC, Tissue.DISC_ANNULUS, 1.5),
        Solid(inside, Structure.DISC, Tissue.MARROW, 1.5),
    ]
