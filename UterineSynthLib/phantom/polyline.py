"""Tubes along polylines and sheets of triangles: distance fields of many small pieces, each evaluated near itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import EllipsisType

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.implicit import Box, as_box
from UterineSynthLib.phantom.shape import Field

Window = tuple[slice, slice, slice] | EllipsisType
Points = npt.NDArray[np.float64]

_REACH_MM = 9.0
"""Further out than this a piece is not evaluated; the field stays at this value."""


@dataclass(frozen=True, eq=False)
class Tube:
    """Round tube along a polyline.

    Attributes:
        points: LPS mm, ``[n, 3]``.
        radii: radius at each point, mm; linear in between.
    """

    points: Points
    radii: npt.NDArray[np.float64]

    @classmethod
    def along(cls, points: npt.ArrayLike, radii: npt.ArrayLike) -> Tube:
        """A tube through ``points``; one radius for all or one per point."""
        path = np.asarray(points, dtype=float)
        return cls(path, np.broadcast_to(np.asarray(radii, dtype=float), len(path)))

    @property
    def bounds_mm(self) -> Box:
        """Box of all balls along the way."""
        radii = self.radii[:, None]
        return as_box((self.points - radii).min(axis=0), (self.points + radii).max(axis=0))

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the nearest segment less the radius there; no more than ``_REACH_MM`` far from all."""
        total = np.full_like(x, _REACH_MM)
        thick = np.maximum(self.radii[:-1], self.radii[1:])[:, None] + _REACH_MM
        lows = np.minimum(self.points[:-1], self.points[1:]) - thick
        highs = np.maximum(self.points[:-1], self.points[1:]) + thick
        for n, window in _windows((x, y, z), lows, highs):
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
        """Distance to the nearest triangle less half the thickness; no more than ``_REACH_MM`` far from all."""
        total = np.full_like(x, _REACH_MM)
        thick = self.half_thickness_mm + _REACH_MM
        lows, highs = self.triangles.min(axis=1) - thick, self.triangles.max(axis=1) + thick
        for n, window in _windows((x, y, z), lows, highs):
            near = _triangle_distance((x[window], y[window], z[window]), self.triangles[n])
            np.minimum(total[window], near - np.float32(self.half_thickness_mm), out=total[window])
        return total


def smooth_path(points: npt.ArrayLike, step_mm: float) -> Points:
    """A cubic spline through ``points`` ``[n, 3]``, sampled about every ``step_mm``: ``[m, 3]``."""
    from scipy.interpolate import CubicSpline

    knots = np.asarray(points, dtype=float)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    count = max(2, int(np.ceil(chord[-1] / step_mm)) + 1)
    return np.asarray(CubicSpline(chord, knots)(np.linspace(0.0, chord[-1], count)), dtype=np.float64)


def spread(values: npt.ArrayLike, count: int) -> npt.NDArray[np.float64]:
    """``values`` interpolated linearly to ``count`` points: radii along a smooth path."""
    given = np.asarray(values, dtype=float)
    return np.interp(np.linspace(0, len(given) - 1, count), np.arange(len(given)), given)


def _windows(lattice: tuple[Field, Field, Field], lows: Points, highs: Points) -> Iterator[tuple[int, Window]]:
    """For each box that meets the lattice: its number and the part of the lattice that may lie in it."""
    if lattice[0].ndim != 3:
        yield from ((n, ...) for n in range(len(lows)))
        return
    spans = [_span(lattice, axis, lows, highs) for axis in range(3)]
    for n in range(len(lows)):
        window = tuple(slice(int(start[n]), int(stop[n])) for start, stop in spans)
        if all(part.start < part.stop for part in window):
            yield n, (window[0], window[1], window[2])


def _span(
    lattice: tuple[Field, Field, Field], axis: int, lows: Points, highs: Points
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First and one past the last index along ``axis`` whose plane meets each box; a lattice plane's extremes are
    at its corners."""
    meets = np.ones((len(lows), lattice[0].shape[axis]), dtype=bool)
    for coordinate, values in enumerate(lattice):
        plane = np.moveaxis(values, axis, 0)
        corners = np.stack([plane[:, 0, 0], plane[:, 0, -1], plane[:, -1, 0], plane[:, -1, -1]])
        meets &= corners.min(axis=0)[None] <= highs[:, coordinate, None]
        meets &= corners.max(axis=0)[None] >= lows[:, coordinate, None]
    start = meets.argmax(axis=1)
    stop = np.where(meets.any(axis=1), meets.shape[1] - meets[:, ::-1].argmax(axis=1), start)
    return start, stop


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
