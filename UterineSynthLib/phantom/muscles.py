"""Muscles of the pelvis, hip and back, and the pelvic floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from UterineSynthLib.phantom.implicit import (
    Difference,
    Ellipsoid,
    HalfSpace,
    Intersection,
    Region,
    Rough,
    Solid,
    Union,
    as_point,
    frame_along,
    moved,
)
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.pelvic_bones import bony_scale, mirrored
from UterineSynthLib.phantom.polyline import Sheet, Tube, smooth_path, spread
from UterineSynthLib.phantom.spine import Spine
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

Edges = tuple[Sequence[tuple[int, int, int]], Sequence[tuple[int, int, int]]]
"""Two opposite edges of a flat muscle, nominal left side, LPS mm."""

_GLUTEUS_MAXIMUS = (
    ((40, 112, 34), (38, 112, 5), (26, 102, -28), (20, 88, -52)),
    ((84, 104, 52), (84, 112, 8), (74, 112, -40), (60, 92, -82)),
    ((120, 66, 34), (122, 66, -10), (118, 62, -60), (108, 56, -106)),
)
"""Three lines across the muscle, from the sacrum to the femur; each from above downwards."""
_PIRIFORMIS = ((20, 84, 4), (44, 82, 4), (74, 68, -2), (112, 40, -14))
_ILIAC_FOSSA = (
    ((62, 72, 58), (98, 40, 84), (116, 4, 80), (108, -34, 50)),
    ((64, 46, 28), (78, 18, 24), (86, -10, 20), (94, -36, 4)),
)
"""Upper and lower edge of the iliacus on the inside of the iliac wing, from behind forwards."""
_PSOAS = ((34, 22, 200), (38, 24, 140), (46, 16, 90), (60, -6, 44), (78, -38, 6), (94, -38, -34), (106, -4, -72))
_OUTER_ILIUM = (
    ((78, 108, 62), (116, 72, 88), (140, 14, 84), (136, -38, 54)),
    ((80, 76, 8), (98, 46, 2), (118, 18, -6), (132, 4, -20)),
)
"""Upper and lower edge of the gluteus medius and minimus on the outside of the iliac wing."""
_COCCYGEUS = (((55, 50, -38), (58, 52, -30)), ((12, 72, -50), (20, 86, -22)))
_OBTURATOR_EXTERNUS = ((34, -44, -72), (58, -20, -76), (92, 10, -62))
_ADDUCTORS = ((20, -42, -76), (48, -22, -130), (62, -8, -320))
_HAMSTRINGS = ((58, 26, -104), (84, 46, -180), (92, 50, -320))
_QUADRICEPS = ((112, -40, -64), (116, -26, -130), (112, -20, -320))
_ADDUCTOR_MAGNUS = ((48, 2, -90), (68, 18, -140), (84, 22, -320))
_TENSOR = ((132, -46, 36), (142, -34, -40), (138, -18, -120), (128, -8, -320))
_GRACILIS = ((14, -24, -84), (24, 4, -150), (40, 16, -320))


def build_muscles(landmarks: Landmarks, spine: Spine, rng: np.random.Generator) -> list[Solid]:
    """All muscles that are painted before the bones."""
    scale = bony_scale(landmarks)
    solids: list[Solid] = []
    for side in (1.0, -1.0):
        parts = [*_hip_muscles(side, scale), *_thigh_muscles(side, scale)]
        solids += [_muscle(part, rng) for part in parts]
        solids.append(_muscle(Union(tuple(_back_muscles(spine, side)), 3.0), rng))
    solids += [_muscle(part, rng) for part in _pelvic_floor(landmarks)]
    return solids


def _muscle(region: Region, rng: np.random.Generator) -> Solid:
    return Solid(Rough(region, 0.9, 30.0, int(rng.integers(2**31)), 3), Structure.MUSCLE, Tissue.MUSCLE, 3.0)


def _bundle(points: object, side: float, scale: float, radii: object) -> Tube:
    """A spindle along a smooth path."""
    path = smooth_path(mirrored(points, side, scale), 14.0)
    return Tube.along(path, spread(np.asarray(radii, dtype=float) * scale, len(path)))


def _plate(edges: Edges, side: float, scale: float, half_thickness_mm: float) -> Sheet:
    """A flat muscle between two edges."""
    first, second = (mirrored(edge, side, scale) for edge in edges)
    return Sheet.between(first, second, half_thickness_mm * scale)


def _hip_muscles(side: float, scale: float) -> list[Region]:
    inner, middle, outer = (mirrored(line, side, scale) for line in _GLUTEUS_MAXIMUS)
    maximus = Sheet(
        np.concatenate([Sheet.between(inner, middle, 1.0).triangles, Sheet.between(middle, outer, 1.0).triangles]),
        14.0 * scale,
    )
    obturator = Ellipsoid(as_point(mirrored((56, 3, -40), side, scale)), (11.0 * scale, 40.0 * scale, 29.0 * scale))
    return [
        maximus,
        Union(
            (
                _bundle(_PSOAS, side, scale, (20, 22, 23, 20, 17, 16, 9)),
                _plate(_ILIAC_FOSSA, side, scale, 8.0),
            ),
            4.0,
        ),
        _bundle(_PIRIFORMIS, side, scale, (7, 11, 11, 6)),
        _plate(_OUTER_ILIUM, side, scale, 10.0),
        _plate(_COCCYGEUS, side, scale, 2.5),
        obturator,
        _bundle(_OBTURATOR_EXTERNUS, side, scale, (10, 14, 7)),
    ]


def _thigh_muscles(side: float, scale: float) -> list[Region]:
    return [
        Union(
            (
                _bundle(_ADDUCTORS, side, scale, (10, 30, 36)),
                _bundle(_HAMSTRINGS, side, scale, (15, 28, 30)),
                _bundle(_QUADRICEPS, side, scale, (18, 38, 42)),
                _bundle(_ADDUCTOR_MAGNUS, side, scale, (12, 27, 30)),
                _bundle(_TENSOR, side, scale, (9, 13, 20, 26)),
                _bundle(_GRACILIS, side, scale, (5, 11, 11)),
            )
        )
    ]


def _back_muscles(spine: Spine, side: float) -> list[Region]:
    """Multifidus beside the spinous processes, from the sacrum upwards."""
    levels = (*spine.lumbar, *spine.sacral[:3])
    behind = (*(34.0,) * len(spine.lumbar), 27.0, 21.0, 15.0)
    points = np.array([v.at(side * 19.0, v.half_depth_mm + back, 0.0) for v, back in zip(levels, behind, strict=True)])
    radii = spread((17.0, 17.0, 17.0, 14.0, 10.0, 4.0), len(points))
    return [Tube.along(points, radii)]


def _pelvic_floor(landmarks: Landmarks) -> list[Region]:
    """Levator ani as a bowl with a hiatus, puborectal sling, anal sphincter and perineal body."""
    tip, bottom = np.array(landmarks.coccyx_tip), np.array(landmarks.symphysis_bottom)
    verge, introitus = np.array(landmarks.anal_verge), np.array(landmarks.introitus)
    junction = anorectal_junction(landmarks)
    middle = (tip + bottom) / 2
    half = float(tip[1] - bottom[1]) / 2
    bowl = Ellipsoid(as_point(moved(middle, 0, 0, 26.0)), (55.0, half + 2.0, 46.0))
    hollow = Ellipsoid(as_point(moved(middle, 0, 0, 29.0)), (52.0, half - 1.5, 46.0))
    hiatus = Tube.along([moved(bottom, 0, -6.0, 4.0), moved(bottom, 0, 8.0, -2.0), junction], (13.0, 11.0, 12.0))
    floor = HalfSpace(as_point(moved(middle, 0, 0, 20.0)), (0.0, 0.0, 1.0))
    levator = Difference(Intersection(Difference(bowl, hollow), floor), hiatus, 2.0)
    sling = smooth_path(
        [
            moved(bottom, 13, 4, 2),
            moved(junction, 15, -22, 1),
            moved(junction, 0, 15, 1),
            moved(junction, -15, -22, 1),
            moved(bottom, -13, 4, 2),
        ],
        8.0,
    )
    sphincter = Tube.along([junction + (verge - junction) * 0.25, verge + (junction - verge) * 0.06], (11.5, 13.0))
    body = moved((introitus + verge) / 2, 0.0, -6.0, 6.0)
    perineal = Ellipsoid(as_point(body), (12.0, 5.5, 7.5), frame_along(junction - verge))
    return [levator, Tube.along(sling, 3.8), sphincter, perineal]


def anorectal_junction(landmarks: Landmarks) -> Points:
    """Where the anal canal bends back into the rectum: above the verge, in front of the coccyx."""
    tip, verge = np.array(landmarks.coccyx_tip), np.array(landmarks.anal_verge)
    return np.array([0.0, 0.75 * verge[1] + 0.25 * tip[1], 0.32 * verge[2] + 0.68 * tip[2] - 2.0])
