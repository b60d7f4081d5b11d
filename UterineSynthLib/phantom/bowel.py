"""Small bowel: folded loops that fill the space above bladder and uterus."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.phantom.implicit import Difference, Grown, Region, Remembered, Rough, Solid, plane_waves
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.polyline import Tube
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_WALL_MM = 1.7
_PITCH_MM = 19.5
_STEP_MM = 13.0
_REACH_MM = 190.0
_CLEARANCE_MM = 3.5
"""Of the middle of a loop from its neighbours: less than its radius, so that they flatten it."""
_FLUID = (Structure.BOWEL_FLUID, Tissue.BOWEL_FLUID)
_CHYME = (Structure.BOWEL_CHYME, Tissue.STOOL)
_GAS = (Structure.BOWEL_GAS, Tissue.GAS)
_GROUPS = ((_FLUID, 0.25), (_CHYME, 0.24), (_FLUID, 0.25), (_GAS, 0.08), (_FLUID, 0.18))
"""Content and share of the loops, in painting order: loops of one group flow together where they touch, so that the
commonest content comes in three."""


def build_bowel(
    landmarks: Landmarks, cavity: Region, taken: list[Region], uterus: Region, rng: np.random.Generator
) -> list[Solid]:
    """Loops of small bowel in the cavity, out of the way of the regions in ``taken`` and of the uterus."""
    runs = _free_runs(_folded_path(rng), landmarks, cavity, [*taken, uterus])
    solids: list[Solid] = []
    content = rng.choice(len(_GROUPS), size=len(runs), p=[share for _, share in _GROUPS])
    for n, (inside, _) in enumerate(_GROUPS):
        tubes = [_loop(run, rng) for run, kind in zip(runs, content, strict=True) if kind == n]
        if tubes:
            solids += _filled(Tube.joined(tubes), *inside, uterus, int(rng.integers(2**31)))
    return solids


def _filled(loops: Tube, content: Structure, tissue: Tissue, uterus: Region, seed: int) -> list[Solid]:
    wall = Remembered(Difference(Rough(loops, 0.6, 16.0, seed, 3), Grown(uterus, 0.8), 2.0))
    return [
        Solid(wall, Structure.BOWEL, Tissue.BOWEL_WALL, 2.5),
        Solid(Grown(wall, -_WALL_MM), content, tissue, 2.5),
    ]


def _folded_path(rng: np.random.Generator) -> Points:
    """One path that snakes through a cube, layer by layer, bent by smooth noise and turned at random: ``[n, 3]``."""
    steps = np.arange(-_REACH_MM, _REACH_MM, _STEP_MM)
    rows = np.arange(-_REACH_MM, _REACH_MM, _PITCH_MM)
    lines = []
    for n, (w, v) in enumerate((w, v) for w in rows for v in rows):
        along = steps if n % 2 else steps[::-1]
        lines.append(np.stack([along, np.full_like(along, v), np.full_like(along, w)], axis=1))
    path = np.concatenate(lines).astype(np.float32)
    bend = [plane_waves(path[:, 0], path[:, 1], path[:, 2], 12.0, 75.0, int(rng.integers(2**31))) for _ in range(3)]
    bent = path + np.stack(bend, axis=1) + rng.normal(0.0, 1.5, path.shape)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    return np.asarray(bent @ turn + rng.uniform(-10, 10, 3), dtype=np.float64)


def _free_runs(path: Points, landmarks: Landmarks, cavity: Region, taken: list[Region]) -> list[Points]:
    """Stretches of the path that lie in the cavity, above the pelvic floor and clear of what is there."""
    path = path + np.array([0.0, landmarks.promontory[1] - 75.0, landmarks.promontory[2] + 30.0])
    x, y, z = (np.ascontiguousarray(column, dtype=np.float32) for column in path.T)
    free = (z > landmarks.external_os[2] + 14.0) & (z < 235.0) & (cavity.distance(x, y, z) < -10.0)
    free &= (y < landmarks.promontory[1] - 14.0) | (z < landmarks.promontory[2] - 30.0)
    for region in taken:
        low, high = np.array(region.bounds_mm) + np.array([[-_CLEARANCE_MM], [_CLEARANCE_MM]])
        near = np.flatnonzero(free & ((path > low) & (path < high)).all(axis=1))
        free[near] = region.distance(x[near], y[near], z[near]) > _CLEARANCE_MM
    stretches = np.split(np.arange(len(path)), np.flatnonzero(np.diff(free.astype(np.int8))) + 1)
    return [path[stretch] for stretch in stretches if free[stretch[0]] and len(stretch) >= 2]


def _loop(run: Points, rng: np.random.Generator) -> Tube:
    """A tube along a run with a calibre that waxes and wanes."""
    mean = rng.uniform(8.0, 10.5)
    wave = 1.0 + 0.13 * np.sin(np.arange(len(run)) * rng.uniform(0.7, 1.3) + rng.uniform(0, 6.0))
    return Tube(run, np.asarray(mean * wave, dtype=np.float64))
