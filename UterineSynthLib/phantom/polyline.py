"""Tubes along polylines and sheets of triangles: distance fields of many small pieces, each evaluated near itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.implicit import Box, as_box
from UterineSynthLib.phantom.lattice import REACH_MM, Points, windows
from UterineSynthLib.phantom.shape import Field


@dataclass(frozen=True, eq=False)
class Tube:
    """Round tube along a polyline.

    Attributes:
        points: LPS mm, ``[n, 3]``.
        radii: radius at each point, mm; linear in between.
        ends: numbers of points that no segment starts from, where several tubes are held in one.
    """

    points: Points
    radii: npt.NDArray[np.float64]
    ends: tuple[int, ...] = ()

    @classmethod
    def along(cls, points: npt.ArrayLike, radii: npt.ArrayLike) -> Tube:
        """A tube through ``points``; one radius for all or one per point."""
        path = np.asarray(points, dtype=float)
        return cls(path, np.broadcast_to(np.asarray(radii, dtype=float), len(path)))

    @classmethod
    def joined(cls, tubes: Sequence[Tube]) -> Tube:
        """Several tubes as one region."""
        lengths = np.cumsum([len(tube.points) for tube in tubes])
        points, radii = (np.concatenate([getattr(tube, name) for tube in tubes]) for name in ("points", "radii"))
        return cls(points, radii, tuple((lengths - 1).tolist()))

    @property
    def bounds_mm(self) -> Box:
        """Box of all balls along the way."""
        radii = self.radii[:, None]
        return as_box((self.points - radii).min(axis=0), (self.points + radii).max(axis=0))

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the nearest segment less the radius there; no more than ``REACH_MM`` far from all."""
        total = np.full_like(x, REACH_MM)
        thick = np.maximum(self.radii[:-1], self.radii[1:])[:, None] + REACH_MM
        lows = np.minimum(self.points[:-1], self.points[1:]) - thick
        highs = np.maximum(self.points[:-1], self.points[1:]) + thick
        for n, window in windows((x, y, z), lows, highs):
            if n in self.ends:
                continue
            near = _segment_distance(
                (x[window], y[window], z[window]), self.points[n], self.points[n + 1], self.radii[n], self.radii[n + 1]
            )
            np.minimum(total[window], near, out=total[window])
        return total


@dataclass(frozen=True, eq=False)
class Sheet:
    """A surface of triangles, thickened: muscle plates and flat bones.

    Attributes:
        triangles: corners, LPS mm, ``[n, 3 corners, 3]``.
        half_thickness_mm: half the thickness of the sheet; edges are round.
    """

    triangles: Points
    half_thickness_mm: float

    @classmethod
    def between(cls, first: npt.ArrayLike, second: npt.ArrayLike, half_thickness_mm: float) -> Sheet:
        """The surface spanned by two polylines with equally many points."""
        a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
        triangles = [[a[n], a[n + 1], b[n]] for n in range(len(a) - 1)]
        triangles += [[a[n + 1], b[n + 1], b[n]] for n in range(len(a) - 1)]
        return cls(np.array(triangles), half_thickness_mm)

    @property
    def bounds_mm(self) -> Box:
        """Box of all corners with the thickness."""
        corners = self.triangles.reshape(-1, 3)
        return as_box(corners.min(axis=0) - self.half_thickness_mm, corners.max(axis=0) + self.half_thickness_mm)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the nearest triangle less half the thickness; no more than ``REACH_MM`` far from all."""
        total = np.full_like(x, REACH_MM)
        thick = self.half_thickness_mm + REACH_MM
        lows, highs = self.triangles.min(axis=1) - thick, self.triangles.max(axis=1) + thick
        for n, window in windows((x, y, z), lows, highs):
            near = _triangle_distance((x[window], y[window], z[window]), self.triangles[n])
            np.minimum(total[window], near - np.float32(self.half_thickness_mm), out=total[window])
        return total


def smooth_path(points: npt.ArrayLike, step_mm: float) -> Points:
    """A cubic spline through ``points`` ``[n, 3]``, sampled about every ``step_mm``: ``[m, 3]``."""
    from scipy.interpolate import CubicSpline

    knots = np.asarray(points, dtype=float)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    count = max(2, int(np.ceil(chord[-1] / step_mm)) + 1)
    path: Points = np.asarray(CubicSpline(chord, knots)(np.linspace(0.0, chord[-1], count)), dtype=np.float64)
    return path


def spread(values: npt.ArrayLike, count: int) -> npt.NDArray[np.float64]:
    """``values`` interpolated linearly to ``count`` points: radii along a smooth path."""
    given = np.asarray(values, dtype=float)
    return np.asarray(np.interp(np.linspace(0, len(given) - 1, count), np.arange(len(given)), given), dtype=np.float64)


def _segment_distance(
    at: tuple[Field, Field, Field], start: Points, stop: Points, first_radius: float, last_radius: float
) -> Field:
    """Distance to one segment less its radius."""
    way = stop - start
    dx, dy, dz = (values - np.float32(origin) for values, origin in zip(at, start, strict=True))
    a, b, c = way.astype(np.float32)
    along = np.clip((a * dx + b * dy + c * dz) / np.float32(max(float(way @ way), 1e-9)), 0, 1)
    squared = np.square(dx - a * along) + np.square(dy - b * along) + np.square(dz - c * along)
    return np.asarray(
        np.sqrt(squared) - np.float32(first_radius) - along * np.float32(last_radius - first_radius), dtype=np.float32
    )


def _triangle_distance(at: tuple[Field, Field, Field], corners: Points) -> Field:
    """Unsigned distance to one triangle: to its plane above it, to the nearest edge elsewhere."""
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    normal = normal / max(float(np.linalg.norm(normal)), 1e-9)
    edges = [(corners[n], corners[(n + 1) % 3]) for n in range(3)]
    distance = _smallest([_segment_distance(at, start, stop, 0.0, 0.0) for start, stop in edges])
    above = np.ones(at[0].shape, dtype=bool)
    for start, stop in edges:
        inward = np.cross(normal, stop - start)
        above &= _dot(at, start, inward) >= 0
    return np.where(above, np.abs(_dot(at, corners[0], normal)), distance)


def _smallest(fields: list[Field]) -> Field:
    """Smallest of several fields."""
    total = fields[0]
    for values in fields[1:]:
        total = np.minimum(total, values)
    return total


def _dot(at: tuple[Field, Field, Field], origin: Points, vector: Points) -> Field:
    """Scalar product of the vectors from ``origin`` with ``vector``."""
    parts = (np.float32(v) * (a - np.float32(o)) for v, a, o in zip(vector, at, origin, strict=True))
    return np.asarray(sum(parts), dtype=np.float32)
