"""Anal canal, rectum and sigmoid colon with stool and gas."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.phantom.implicit import Difference, Grown, Intersection, Region, Remembered, Rough, Solid, moved
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.muscles import anorectal_junction
from UterineSynthLib.phantom.polyline import Tube, smooth_path
from UterineSynthLib.phantom.spine import Spine
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_WALL_MM, _MUSCLE_MM = 3.4, 2.2
_STEP_MM = 8.0


def build_rectum(landmarks: Landmarks, spine: Spine, uterus: Region, rng: np.random.Generator) -> list[Solid]:
    """Wall, mucosa, stool and gas of the rectum with the sigmoid, then of the descending colon.

    The uterus indents them.
    """
    path = rectal_path(landmarks, spine, rng)
    radii = _calibre(path, landmarks, rng)
    middle = int(np.argmax(path[:, 0] > 74.0))
    colon = _filled(Tube.along(path[middle:], radii[middle:]), uterus, rng)
    return [*_filled(Tube.along(path[: middle + 1], radii[: middle + 1]), uterus, rng), *colon]


def _filled(tube: Tube, uterus: Region, rng: np.random.Generator) -> list[Solid]:
    """Layers of one stretch of bowel from outside to inside."""
    wall = Remembered(Difference(Rough(tube, 0.8, 28.0, int(rng.integers(2**31)), 3), Grown(uterus, 1.5), 3.0))
    lumen = Difference(Grown(wall, -_WALL_MM), Grown(uterus, 5.0), 2.0)
    return [
        Solid(wall, Structure.RECTUM, Tissue.RECTAL_WALL, 2.0),
        Solid(Grown(wall, -_MUSCLE_MM), Structure.RECTAL_MUCOSA, Tissue.RECTAL_MUCOSA, 2.0),
        Solid(lumen, Structure.RECTAL_CONTENT, Tissue.STOOL, 2.0),
        Solid(Intersection(lumen, _bubbles(tube, rng), 1.0), Structure.RECTAL_GAS, Tissue.GAS, 2.0),
    ]


def _bubbles(tube: Tube, rng: np.random.Generator) -> Tube:
    """Gas in stretches along the front of a tube; between them the radius is negative, so there is none."""
    rise = np.array([0.0, -1.0, 0.0]) * tube.radii[:, None] * rng.uniform(0.4, 1.1)
    along = np.arange(len(tube.points)) * _STEP_MM
    filled = np.sin(along * 2 * np.pi / rng.uniform(60.0, 130.0) + rng.uniform(0, 2 * np.pi)) + rng.uniform(-0.6, 0.5)
    return Tube.along(tube.points + rise, tube.radii * np.clip(2.0 * filled, -0.4, 0.85))


def rectal_path(landmarks: Landmarks, spine: Spine, rng: np.random.Generator) -> Points:
    """From the anal verge up in front of the sacrum, then forward and to the left into the iliac fossa."""
    verge, junction = np.array(landmarks.anal_verge), anorectal_junction(landmarks)
    fifth, fourth, third = (
        np.array(v.at(0.0, -v.half_depth_mm - gap, 0.0))
        for v, gap in zip(spine.sacral[:1:-1], (28.0, 25.0, 21.0), strict=True)
    )
    wander = rng.normal(0.0, 5.0, (3, 3))
    sway = float(np.clip(rng.normal(0.0, 3.0), -5.0, 5.0))
    sigmoid = np.array([[20.0, 24.0, 40.0], [44.0, 2.0, 34.0], [66.0, 6.0, 52.0]]) + wander
    colon = [[88.0, 22.0, 92.0], [98.0, 30.0, 150.0], [100.0, 32.0, 260.0]]
    knots = [
        verge,
        junction,
        moved(fifth, sway, 0, 0),
        moved(fourth, -sway, 0, 0),
        moved(third, 4.0, 0, 0),
        *sigmoid,
        *colon,
    ]
    return smooth_path(knots, _STEP_MM)


def _calibre(path: Points, landmarks: Landmarks, rng: np.random.Generator) -> Points:
    """Outer radius: narrow in the anal canal, an ampulla above it, then the colon with its haustra."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    canal = float(np.linalg.norm(np.subtract(landmarks.anal_verge, anorectal_junction(landmarks))))
    ampulla, tight = rng.uniform(11.0, 19.0), rng.uniform(8.5, 11.0)
    knots = (0.0, canal * 0.9, canal + 30.0, canal + 70.0, canal + 105.0, canal + 150.0, canal + 230.0, canal + 420.0)
    smooth = np.interp(arc, knots, (5.5, 6.5, ampulla, ampulla * 0.9, tight, tight + 2.0, 14.0, 19.0))
    haustra = 1.0 + 0.10 * np.sin(arc / 6.5 + rng.uniform(0, 6.0)) * np.clip((arc - canal - 30.0) / 60.0, 0, 1)
    return np.asarray(smooth * haustra, dtype=np.float64)
