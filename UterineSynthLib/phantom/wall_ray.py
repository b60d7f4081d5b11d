"""A straight line from the axis of the uterus through its wall: where lesions are placed along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.description.vocabulary import Level, Wall
from UterineSynthLib.phantom.implicit import as_point
from UterineSynthLib.phantom.landmarks import Point
from UterineSynthLib.phantom.uterine_fields import UterineFields

_STEP_MM = 0.25
_REACH_MM = 75.0
_FRONT_AND_LEFT = {
    Wall.ANTERIOR: (1.0, 0.0),
    Wall.POSTERIOR: (-1.0, 0.0),
    Wall.LEFT: (0.0, 1.0),
    Wall.RIGHT: (0.0, -1.0),
}
_CANAL_HALF_MM = 2.3


@dataclass(frozen=True)
class WallRay:
    """A ray through the wall.

    Attributes:
        start: LPS point on the axis at ``s``; outward: unit vector; front, left: its components across the axis.
        lining_mm: along the ray to the outer border of the endometrium (or of the cervical canal).
        serosa_mm: along the ray to the serosa.
    """

    start: Point
    outward: Point
    s: float
    front: float
    left: float
    lining_mm: float
    serosa_mm: float

    def point(self, along_mm: float) -> npt.NDArray[np.float64]:
        """LPS point on the ray."""
        return np.array(self.start) + along_mm * np.array(self.outward)

    @property
    def wall_mm(self) -> float:
        """Thickness of the wall along the ray."""
        return self.serosa_mm - self.lining_mm


def cast_ray(fields: UterineFields, level: Level, wall: Wall, rng: np.random.Generator, spread: float = 1.0) -> WallRay:
    """A ray through ``wall`` at ``level``; ``spread`` widens the random choice within them."""
    line, form = fields.form.line, fields.form
    front, left = _FRONT_AND_LEFT[wall]
    turn = np.deg2rad(np.clip(spread * rng.normal(0, 14), -45, 45))
    front, left = front * np.cos(turn) - left * np.sin(turn), front * np.sin(turn) + left * np.cos(turn)
    corpus = line.length_mm - line.internal_os_s
    along, s = 0.0, 0.0
    if level is Level.FUNDUS:
        along, s = float(rng.uniform(1.0, 1.7)), form.cavity_top_s - 3.0
    elif level is Level.CORPUS:
        along = float(np.clip(rng.normal(0, max(0.0, 0.3 * (spread - 0.7))), -0.5, 1.2))
        s = line.internal_os_s + corpus * float(np.clip(0.52 + spread * rng.normal(0, 0.06), 0.28, 0.78))
    elif level is Level.ISTHMUS:
        s = line.internal_os_s + corpus * float(rng.uniform(0.06, 0.16))
    else:
        s = line.internal_os_s * float(np.clip(0.5 + spread * rng.normal(0, 0.1), 0.25, 0.75))
    start, outward = line.point(s), line.direction(s, along, front, left)
    lining, serosa = _borders(fields, np.array(start), outward, level is Level.CERVIX)
    return WallRay(start, as_point(outward), s, float(front), float(left), lining, serosa)


def _borders(
    fields: UterineFields, start: npt.NDArray[np.float64], outward: npt.NDArray[np.float64], in_cervix: bool
) -> tuple[float, float]:
    along = np.arange(0.0, _REACH_MM, _STEP_MM)
    points = (start + along[:, None] * outward).astype(np.float32)
    zones = fields.at(points[:, 0], points[:, 1], points[:, 2])
    outside = np.flatnonzero(zones.serosa > 0)
    serosa = along[outside[0]] if outside.size else _REACH_MM
    inner = zones.canal - _CANAL_HALF_MM if in_cervix else zones.endometrium
    within = np.flatnonzero((inner < 0) & (along < serosa))
    return float(along[within[-1]] + _STEP_MM / 2) if within.size else 0.0, float(serosa)
