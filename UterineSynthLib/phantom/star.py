"""A slightly lobulated solid seen from its middle: lesions, cysts, follicles."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.implicit import BODY_AXES, Axes, Box, box_around
from UterineSynthLib.phantom.landmarks import Point
from UterineSynthLib.phantom.shape import Field

_PROBES = 500


@dataclass(frozen=True)
class Star:
    """A star-shaped solid: an ellipsoid with lobes, whose greatest diameter is exactly ``diameter_mm``.

    Attributes:
        axes: its own axes in LPS; proportions: half-axes along them, the greatest being 1.
        lobes: height of the lobes as a share of the radius; seed: which lobes.
        shrink_mm: moves the surface inwards (a filling inside its rim).
    """

    centre: Point
    diameter_mm: float
    axes: Axes = BODY_AXES
    proportions: Point = (1.0, 1.0, 1.0)
    lobes: float = 0.0
    seed: int = 0
    shrink_mm: float = 0.0
    _waves: npt.NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _scale_mm: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        waves = np.concatenate([rng.normal(0, 2.2, (4, 3)), rng.uniform(0, 2 * np.pi, (4, 1))], axis=1)
        object.__setattr__(self, "_waves", waves)
        object.__setattr__(self, "_scale_mm", 1.0)
        object.__setattr__(self, "_scale_mm", self.diameter_mm / self._unit_diameter())

    def _unit_diameter(self) -> float:
        """Greatest distance of two surface points at scale 1."""
        if not self.lobes and self.proportions == (1.0, 1.0, 1.0):
            return 2.0
        directions = even_directions(_PROBES)
        points = directions * self._reach(*directions.T.astype(np.float32))[:, None]
        squares = (points**2).sum(axis=1)
        return float(np.sqrt((squares[:, None] + squares - 2 * points @ points.T).max()))

    @property
    def bounds_mm(self) -> Box:
        """Box around its surface."""
        points = self.surface(240)
        middle, half = (points.max(axis=0) + points.min(axis=0)) / 2, (points.max(axis=0) - points.min(axis=0)) / 2
        return box_around(middle, half + 0.03 * self.diameter_mm)

    def surface(self, count: int) -> npt.NDArray[np.float64]:
        """``count`` points spread over the surface, LPS mm ``[count, 3]``."""
        directions = even_directions(count)
        reach = self._reach(*directions.T.astype(np.float32)) - self.shrink_mm
        return np.asarray(np.array(self.centre) + directions * reach[:, None])

    def reach_mm(self, direction: npt.NDArray[np.float64]) -> float:
        """From the centre to the surface in a direction (unit vector in LPS)."""
        x, y, z = direction.astype(np.float32)[:, None]
        return float(self._reach(x, y, z)[0]) - self.shrink_mm

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to first order along the ray from the centre."""
        dx, dy, dz = (axis - np.float32(value) for axis, value in zip((x, y, z), self.centre, strict=True))
        radius = np.sqrt(dx * dx + dy * dy + dz * dz) + np.float32(1e-4)
        return np.asarray(radius - self._reach(dx / radius, dy / radius, dz / radius) + np.float32(self.shrink_mm))

    def _reach(self, x: Field, y: Field, z: Field) -> Field:
        """Distance of the surface from the centre in directions (unit vectors in LPS)."""
        own = [np.float32(a) * x + np.float32(b) * y + np.float32(c) * z for a, b, c in self.axes]
        square = sum(np.square(value / np.float32(share)) for value, share in zip(own, self.proportions, strict=True))
        reach = 1 / np.sqrt(square)
        if self.lobes:
            total = sum(
                np.cos(np.float32(a) * own[0] + np.float32(b) * own[1] + np.float32(c) * own[2] + np.float32(phase))
                for a, b, c, phase in self._waves
            )
            reach = reach * (1 + np.float32(self.lobes / 2) * total)
        return np.asarray(reach * np.float32(self._scale_mm), dtype=np.float32)


@dataclass(frozen=True)
class Cap:
    """A ball cut by a plane: the part whose height along ``normal`` above the centre is below ``height_mm``."""

    centre: Point
    radius_mm: float
    normal: Point
    height_mm: float

    @property
    def bounds_mm(self) -> Box:
        """Box of the whole ball."""
        return box_around(self.centre, (self.radius_mm,) * 3)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Larger of the distances to ball and plane."""
        dx, dy, dz = (axis - np.float32(value) for axis, value in zip((x, y, z), self.centre, strict=True))
        a, b, c = (np.float32(value) for value in self.normal)
        ball = np.sqrt(dx * dx + dy * dy + dz * dz) - np.float32(self.radius_mm)
        if self.height_mm >= self.radius_mm:
            return np.asarray(ball, dtype=np.float32)
        return np.asarray(np.maximum(ball, a * dx + b * dy + c * dz - np.float32(self.height_mm)), dtype=np.float32)


def even_directions(count: int) -> npt.NDArray[np.float64]:
    """``count`` unit vectors spread evenly over the sphere (Fibonacci lattice)."""
    index = np.arange(count) + 0.5
    polar = np.arccos(1 - 2 * index / count)
    turn = np.pi * (1 + 5**0.5) * index
    return np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], axis=1)
