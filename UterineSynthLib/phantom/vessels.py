"""Iliac vessels, the venous plexus beside the uterus, and the ligaments that hold it."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.phantom.implicit import Solid, between, moved
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.pelvic_bones import bony_scale, mirrored
from UterineSynthLib.phantom.polyline import Tube, smooth_path
from UterineSynthLib.phantom.pose import UterusPose
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_COMMON_AND_EXTERNAL = (
    (6, 16, 96),
    (28, 20, 62),
    (48, 2, 32),
    (62, -36, 4),
    (72, -62, -30),
    (78, -66, -80),
)
_INTERNAL = ((28, 20, 62), (42, 38, 42), (50, 46, 18), (51, 34, -8), (50, 22, -24))
_FEMORAL = (_COMMON_AND_EXTERNAL[-1], (76, -58, -140), (70, -36, -320))
_GLUTEAL = ((50, 42, 30), (56, 66, 14), (66, 92, 8), (80, 106, 20))
_OBTURATOR = ((50, 40, 18), (53, 6, -10), (48, -34, -34))
_PAIRED: tuple[tuple[tuple[tuple[int, int, int], ...], tuple[float, float]], ...] = (
    (_COMMON_AND_EXTERNAL, (5.2, 4.3)),
    (_FEMORAL, (4.3, 3.4)),
    (_INTERNAL, (4.0, 2.4)),
    (_GLUTEAL, (2.6, 1.5)),
    (_OBTURATOR, (1.7, 1.2)),
)
_BESIDE_MM = (-7.0, 5.0, -2.0)
"""From an artery to its vein: to the middle, to the back, downwards."""
_PLEXUS_VESSELS = 9
_SLOW, _FAST = (Structure.SLOW_VESSEL, Tissue.SLOW_BLOOD), (Structure.VESSEL, Tissue.FLOWING_BLOOD)


def build_vessels(landmarks: Landmarks, uterus: UterusPose, rng: np.random.Generator) -> list[Solid]:
    """Arteries and veins of the pelvic wall and the plexus; veins flow slowly in one study of three."""
    scale = bony_scale(landmarks)
    arteries = [_vessel([(2, 12, 250), (3, 10, 150), (2, 14, 104), (4, 16, 96)], 1.0, scale, (8.5, 7.5), rng)]
    veins = [_vessel([(-20, 16, 250), (-19, 14, 150), (-16, 18, 96), (-12, 20, 88)], 1.0, scale, (11, 9), rng)]
    for side in (1.0, -1.0):
        for course, radii in _PAIRED:
            arteries.append(_vessel(course, side, scale, radii, rng))
            beside = np.array(course, dtype=float) + np.array(_BESIDE_MM)
            veins.append(_vessel(beside, side, scale, np.array(radii) * 1.25, rng))
    venous = _SLOW if rng.random() < 1 / 3 else _FAST
    return [
        *(Solid(vein, *venous, 2.0) for vein in veins),
        *(Solid(artery, *_FAST, 2.0) for artery in arteries),
        *_plexus(uterus, rng),
    ]


def _vessel(course: object, side: float, scale: float, radii: object, rng: np.random.Generator) -> Tube:
    """A vessel along a smooth course that wanders by a few millimetres."""
    knots = mirrored(course, side, scale) + rng.normal(0.0, 1.8, (len(np.asarray(course)), 3))
    path = smooth_path(knots, 10.0)
    first, last = np.asarray(radii, dtype=float)
    return Tube.along(path, np.linspace(first, last, len(path)))


def _plexus(uterus: UterusPose, rng: np.random.Generator) -> list[Solid]:
    """Thin winding vessels beside cervix and corpus: mostly bright slow veins, some flow voids."""
    line = np.array(uterus.centre_line)
    slow: list[Tube] = []
    fast: list[Tube] = []
    for side in (1.0, -1.0):
        for n in range(_PLEXUS_VESSELS):
            tube = _winding(line, uterus, side, rng)
            (fast if n % 4 == 0 else slow).append(tube)
    return [
        Solid(Tube.joined(slow), *_SLOW, 1.5),
        Solid(Tube.joined(fast), *_FAST, 1.5),
    ]


def _winding(line: Points, uterus: UterusPose, side: float, rng: np.random.Generator) -> Tube:
    """One vessel that climbs beside the uterus, just outside its lateral wall."""
    share = np.sort(rng.uniform(0.05, 0.9, 2))
    at = np.linspace(share[0], max(share[1], share[0] + 0.25), 9).clip(0, 1) * (len(line) - 1)
    spine = np.stack([np.interp(at, np.arange(len(line)), line[:, axis]) for axis in range(3)], axis=1)
    width = np.interp(
        at / (len(line) - 1),
        (0.0, 0.35, 0.75, 1.0),
        (uterus.cervix_radius_mm, uterus.cervix_radius_mm, uterus.corpus_radii_mm[1], uterus.corpus_radii_mm[1] * 0.8),
    )
    out = width + rng.uniform(2.5, 13.0)
    path = spine + np.stack([side * out, np.zeros(9), np.zeros(9)], axis=1) + rng.normal(0.0, 3.0, (9, 3))
    return Tube.along(smooth_path(path, 4.0), rng.uniform(0.9, 2.1))


def build_ligaments(landmarks: Landmarks, uterus: UterusPose) -> list[Solid]:
    """Round ligaments to the groin and uterosacral ligaments to the sacrum: thin dark bands."""
    scale = bony_scale(landmarks)
    bands: list[Tube] = []
    for side in (1.0, -1.0):
        horn = moved(between(uterus.fundus, uterus.corpus_centre), side * uterus.corpus_radii_mm[1], 0, 0)
        groin = mirrored((62, -66, -8), side, scale)
        arch = moved(between(horn, groin), side * 10, -6, 6)
        bands.append(Tube.along(smooth_path([horn, arch, groin], 10.0), 2.0))
        neck = moved(between(uterus.internal_os, uterus.external_os), side * uterus.cervix_radius_mm, 4, 0)
        sacral = moved(landmarks.sacrum_middle, side * 26.0, -6.0, 0.0)
        arch = moved(between(neck, sacral), side * 9, 0, -4)
        bands.append(Tube.along(smooth_path([neck, arch, sacral], 10.0), 1.1))
    return [Solid(Tube.joined(bands), Structure.MUSCLE, Tissue.FASCIA, 1.5)]
