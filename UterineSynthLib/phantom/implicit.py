"""Solids as signed distance fields: primitives, ways to combine them, and the shape that gives one a tissue.

A *region* is pure geometry: a box that holds it and a signed distance in mm (negative inside), right to first order
near the surface. A :class:`Solid` is a region with a label and a tissue. Tubes and sheets are in ``polyline``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.landmarks import Point
from UterineSynthLib.phantom.lattice import REACH_MM, Points, windows
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

Box = tuple[Point, Point]
Axes = tuple[Point, Point, Point]
"""Three orthonormal LPS vectors: the directions of a primitive's own first, second and third axis."""

BODY_AXES: Axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

_TINY = 1e-4


class Region(Protocol):
    """A solid in the body frame, without tissue."""

    @property
    def bounds_mm(self) -> Box:
        """Lowest and highest LPS corner of a box that holds it."""
        ...

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Signed distance in mm at LPS points, negative inside. Arrays of three dimensions must be a lattice."""
        ...


@dataclass(frozen=True)
class Solid:
    """A region made of one tissue: the ``Shape`` that is painted."""

    region: Region
    structure: Structure
    tissue: Tissue
    sampling_mm: float = 3.0

    @property
    def bounds_mm(self) -> Box:
        """Box of the region."""
        return self.region.bounds_mm

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Signed distance of the region in mm."""
        return self.region.distance(x, y, z)


@dataclass(frozen=True)
class Ellipsoid:
    """Ellipsoid with half-axes ``radii`` (mm) along ``axes``."""

    centre: Point
    radii: Point
    axes: Axes = BODY_AXES

    @property
    def bounds_mm(self) -> Box:
        """Tight box of the turned ellipsoid."""
        half = np.sqrt((np.square(np.array(self.axes) * np.array(self.radii)[:, None])).sum(axis=0))
        return box_around(self.centre, half)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to first order: |q| (|q| - 1) / |grad|, with q the point in units of the half-axes."""
        local = own_frame(x, y, z, self.centre, self.axes)
        unit = np.zeros_like(local[0])
        slope = np.zeros_like(local[0])
        for value, radius in zip(local, self.radii, strict=True):
            square = np.square(value / np.float32(radius))
            unit += square
            slope += square / np.float32(radius * radius)
        np.sqrt(unit, out=unit)
        np.sqrt(slope, out=slope)
        return (unit + _TINY) * (unit - 1) / (slope + np.float32(_TINY / min(self.radii)))


@dataclass(frozen=True)
class RoundedBox:
    """Box with half-sizes ``half_mm`` along ``axes`` and edges rounded by ``rounding_mm``."""

    centre: Point
    half_mm: Point
    axes: Axes = BODY_AXES
    rounding_mm: float = 4.0

    @property
    def bounds_mm(self) -> Box:
        """Box of the turned box."""
        half = np.abs(np.array(self.axes) * np.array(self.half_mm)[:, None]).sum(axis=0)
        return box_around(self.centre, half)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Exact distance."""
        local = own_frame(x, y, z, self.centre, self.axes)
        gaps = [
            np.abs(value) - np.float32(half - self.rounding_mm) for value, half in zip(local, self.half_mm, strict=True)
        ]
        inner = np.minimum(np.maximum(np.maximum(gaps[0], gaps[1]), gaps[2]), 0)
        outer = np.sqrt(sum(np.square(np.maximum(gap, 0)) for gap in gaps))
        return np.asarray(outer + inner - np.float32(self.rounding_mm), dtype=np.float32)


@dataclass(frozen=True)
class HalfSpace:
    """Everything behind a plane: ``normal`` (unit vector) points out of it. Has no box of its own."""

    point: Point
    normal: Point

    @property
    def bounds_mm(self) -> Box:
        """A box larger than any body."""
        return (-1e4, -1e4, -1e4), (1e4, 1e4, 1e4)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Exact distance."""
        a, b, c = self.normal
        offset = float(np.dot(self.point, self.normal))
        return np.asarray(a * x + b * y + c * z - np.float32(offset), dtype=np.float32)


@dataclass(frozen=True)
class Grown:
    """A region with its surface moved outwards by ``by_mm`` (inwards if negative; the box then stays the same)."""

    region: Region
    by_mm: float

    @property
    def bounds_mm(self) -> Box:
        """The region's box, larger where it grows."""
        low, high = np.array(self.region.bounds_mm)
        grow = max(self.by_mm, 0.0)
        return as_box(low - grow, high + grow)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance of the region less ``by_mm``."""
        return self.region.distance(x, y, z) - np.float32(self.by_mm)


@dataclass(frozen=True)
class Union:
    """All of the parts, their meeting edges filled to a fillet of about ``blend_mm``."""

    parts: tuple[Region, ...]
    blend_mm: float = 0.0

    @property
    def bounds_mm(self) -> Box:
        """Box of all parts."""
        corners = np.array([part.bounds_mm for part in self.parts])
        return as_box(corners[:, 0].min(axis=0), corners[:, 1].max(axis=0))

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Smallest distance to a part, smoothed; no more than ``REACH_MM`` far from all."""
        corners = np.array([part.bounds_mm for part in self.parts])
        margin = REACH_MM + self.blend_mm
        total = np.full_like(x, REACH_MM)
        for n, window in windows((x, y, z), corners[:, 0] - margin, corners[:, 1] + margin):
            near = self.parts[n].distance(x[window], y[window], z[window])
            total[window] = smooth_minimum(total[window], near, self.blend_mm)
        return total


@dataclass(frozen=True)
class Difference:
    """What is left of ``region`` when ``taken`` is removed, the new edge rounded by ``blend_mm``."""

    region: Region
    taken: Region
    blend_mm: float = 0.0

    @property
    def bounds_mm(self) -> Box:
        """Box of the region."""
        return self.region.bounds_mm

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Largest of the distance and the negated distance of what is taken, smoothed."""
        return -smooth_minimum(-self.region.distance(x, y, z), self.taken.distance(x, y, z), self.blend_mm)


@dataclass(frozen=True)
class Intersection:
    """What ``region`` and ``other`` share, edges rounded by ``blend_mm``."""

    region: Region
    other: Region
    blend_mm: float = 0.0

    @property
    def bounds_mm(self) -> Box:
        """Where both boxes overlap."""
        first, second = np.array(self.region.bounds_mm), np.array(self.other.bounds_mm)
        return as_box(np.maximum(first[0], second[0]), np.minimum(first[1], second[1]))

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Largest of both distances, smoothed."""
        return -smooth_minimum(-self.region.distance(x, y, z), -self.other.distance(x, y, z), self.blend_mm)


@dataclass(frozen=True)
class Rough:
    """A region whose surface is displaced by smooth noise: a few plane waves in random directions.

    Attributes:
        amplitude_mm: standard deviation of the displacement.
        wavelength_mm: typical wavelength; the correlation length is about a third of it.
        seed: which noise.
    """

    region: Region
    amplitude_mm: float
    wavelength_mm: float
    seed: int
    waves: int = 4

    @property
    def bounds_mm(self) -> Box:
        """The region's box with room for the displacement."""
        low, high = np.array(self.region.bounds_mm)
        return as_box(low - 2 * self.amplitude_mm, high + 2 * self.amplitude_mm)

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance of the region plus the noise."""
        return self.region.distance(x, y, z) + plane_waves(x, y, z, self.amplitude_mm, self.wavelength_mm, self.seed)


@dataclass
class Remembered:
    """A region that keeps the field it computed last, so that a shell and its filling cost one evaluation.

    The filling must be asked for on the same lattice, which ``Grown`` by a negative amount sees to.
    """

    region: Region
    _key: tuple[object, ...] = field(default=(), init=False, repr=False)
    _field: Field | None = field(default=None, init=False, repr=False)

    @property
    def bounds_mm(self) -> Box:
        """Box of the region."""
        return self.region.bounds_mm

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance of the region; computed only if the lattice differs from the last one."""
        if x.ndim != 3:
            return self.region.distance(x, y, z)
        ends = [(float(axis[0, 0, 0]), float(axis[-1, -1, -1])) for axis in (x, y, z)]
        key = (x.shape, *ends)
        if self._field is None or key != self._key:
            self._field, self._key = self.region.distance(x, y, z), key
        return self._field.copy()


@dataclass(frozen=True)
class Described:
    """A region given by a formula and a box, where no primitive fits."""

    formula: Callable[[Field, Field, Field], Field]
    bounds_mm: Box

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """The formula at these points."""
        return self.formula(x, y, z)


def smooth_minimum(first: Field, second: Field, blend_mm: float) -> Field:
    """Minimum of two fields, rounded over ``blend_mm`` (quadratic polynomial); plain minimum for 0."""
    if blend_mm <= 0:
        return np.minimum(first, second)
    near = np.maximum(np.float32(blend_mm) - np.abs(first - second), 0)
    return np.asarray(np.minimum(first, second) - np.square(near) * np.float32(0.25 / blend_mm), dtype=np.float32)


def plane_waves(
    x: Field, y: Field, z: Field, amplitude: float, wavelength_mm: float, seed: int, waves: int = 4
) -> Field:
    """Smooth noise with standard deviation ``amplitude``: a sum of sine waves in random directions."""
    rng = np.random.default_rng(seed)
    steepness, starts = [], []
    for _ in range(waves):
        direction = rng.standard_normal(3)
        length = wavelength_mm * rng.uniform(0.7, 1.4)
        steepness.append(2 * np.pi / length * direction / np.linalg.norm(direction))
        starts.append(rng.uniform(0, 2 * np.pi))
    summed = _sines_on_lattice if x.ndim == 3 else _sines
    return summed((x, y, z), np.array(steepness), np.array(starts)) * np.float32(amplitude * np.sqrt(2 / waves))


def _sines(at: tuple[Field, Field, Field], steepness: Points, starts: Points) -> Field:
    """Sum over waves of ``sin(steepness . point + start)``."""
    phases = np.tensordot(steepness, np.stack(at), axes=1) + starts.reshape(-1, *[1] * at[0].ndim)
    return np.asarray(np.sin(phases).sum(axis=0), dtype=np.float32)


def _sines_on_lattice(at: tuple[Field, Field, Field], steepness: Points, starts: Points) -> Field:
    """The same on a lattice, where a phase is a sum of one number for each plane, row and column.

    With ``sin(p + q) = sin p cos q + cos p sin q`` sines are taken of planes by rows and of columns only.
    """
    lines = [np.stack([axis[line] for axis in at]) for line in (np.s_[:, 0, 0], np.s_[0, :, 0], np.s_[0, 0, :])]
    corner = lines[0][:, :1]
    planes, rows, columns = (steepness @ (line - corner) for line in lines)
    first = (steepness @ corner + starts[:, None] + planes)[:, :, None] + rows[:, None]
    left = np.concatenate([np.sin(first), np.cos(first)]).transpose(1, 2, 0).astype(np.float32)
    right = np.concatenate([np.cos(columns), np.sin(columns)]).astype(np.float32)
    return np.asarray(left @ right, dtype=np.float32)


def own_frame(x: Field, y: Field, z: Field, centre: Point, axes: Axes) -> list[Field]:
    """Coordinates of points along ``axes`` from ``centre``, as new arrays."""
    dx, dy, dz = (axis - np.float32(value) for axis, value in zip((x, y, z), centre, strict=True))
    if axes == BODY_AXES:
        return [dx, dy, dz]
    return [np.asarray(a * dx + b * dy + c * dz, dtype=np.float32) for a, b, c in axes]


def frame_along(direction: npt.ArrayLike) -> Axes:
    """Axes whose third is ``direction`` and whose first lies as near to the body's left-right axis as can be."""
    third = np.asarray(direction, dtype=float)
    third = third / np.linalg.norm(third)
    helper = np.array([1.0, 0.0, 0.0]) if abs(third[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
    first = helper - third * float(helper @ third)
    first /= np.linalg.norm(first)
    return as_point(first), as_point(np.cross(third, first)), as_point(third)


def moved(point: npt.ArrayLike, left_mm: float, back_mm: float, up_mm: float) -> npt.NDArray[np.float64]:
    """A point, or each of several, moved along the axes of the body."""
    place: npt.NDArray[np.float64] = np.asarray(point, dtype=np.float64) + np.array([left_mm, back_mm, up_mm])
    return place


def between(first: npt.ArrayLike, second: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The point halfway between two."""
    middle: npt.NDArray[np.float64] = (np.asarray(first, dtype=np.float64) + np.asarray(second)) / 2
    return middle


def box_around(centre: npt.ArrayLike, half: npt.ArrayLike) -> Box:
    """Box of half-size ``half`` around ``centre``."""
    return as_box(np.subtract(centre, half), np.add(centre, half))


def as_box(low: npt.ArrayLike, high: npt.ArrayLike) -> Box:
    """Two corners as points."""
    return as_point(low), as_point(high)


def as_point(values: npt.ArrayLike) -> Point:
    """Three numbers as a point."""
    x, y, z = np.asarray(values, dtype=float).tolist()
    return x, y, z


def region_volume_ml(region: Region, spacing_mm: float) -> float:
    """Volume of a region, sampled on a lattice with partial cells at its surface."""
    low, high = region.bounds_mm
    axes = [np.arange(a, b + spacing_mm, spacing_mm, dtype=np.float32) for a, b in zip(low, high, strict=True)]
    x, y, z = (np.ascontiguousarray(axis) for axis in np.meshgrid(*axes, indexing="ij"))
    part = np.clip(0.5 - region.distance(x, y, z) / np.float32(spacing_mm), 0.0, 1.0)
    return float(part.sum()) * spacing_mm**3 / 1000.0
