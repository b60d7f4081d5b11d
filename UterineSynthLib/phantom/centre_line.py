"""The curved axis of the uterus and the coordinates that follow it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from UterineSynthLib.phantom.landmarks import Landmarks, Point
from UterineSynthLib.phantom.shape import Field

Array = npt.NDArray[np.float64]

_STEP_MM = 0.5
_BEYOND_MM = 160.0
_TABLE_STEP_MM = 1.0
_TABLE_MARGIN_MM = 110.0


@dataclass(frozen=True)
class CentreLine:
    """Axis of the uterus: a smooth curve through external os, internal os and fundus, in a sagittal plane.

    Its chords are the cervix axis and the corpus axis, so that version and flexion hold by their definition however
    the curve bends between them. Coordinates that follow it are ``s`` (mm from the external os), ``u`` (mm towards the
    anterior wall) and ``w`` (mm to the left).

    Attributes:
        cervix_mm, corpus_mm: chord lengths; length_mm: external os to fundus along the curve.
        internal_os_s: ``s`` of the internal os.
        lean_mm: how far the fundus lies to the left of the external os.
    """

    external_os: tuple[float, float]
    cervix_axis: tuple[float, float]
    corpus_axis: tuple[float, float]
    cervix_mm: float
    corpus_mm: float
    lean_mm: float = 0.0
    samples: Array = field(init=False, repr=False, compare=False)
    tangents: Array = field(init=False, repr=False, compare=False)
    start_s: float = field(init=False, repr=False, compare=False)
    internal_os_s: float = field(init=False, repr=False, compare=False)
    length_mm: float = field(init=False, repr=False, compare=False)
    _table: tuple[Array, npt.NDArray[np.float32], npt.NDArray[np.float32]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        points, internal_os_s, length = self._curve()
        first, last = points[1] - points[0], points[-1] - points[-2]
        steps = np.arange(_STEP_MM, _BEYOND_MM, _STEP_MM)[:, None]
        before = points[0] - steps[::-1] * first / np.linalg.norm(first)
        after = points[-1] + steps * last / np.linalg.norm(last)
        samples = np.concatenate([before, points, after])
        tangents = np.gradient(samples, axis=0)
        values = {
            "samples": samples,
            "tangents": tangents / np.linalg.norm(tangents, axis=1, keepdims=True),
            "start_s": -_STEP_MM * len(before),
            "internal_os_s": internal_os_s,
            "length_mm": length,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_table", self._tabulate(points))

    @property
    def internal_os(self) -> Array:
        """(y, z) of the internal os."""
        return np.asarray(np.add(self.external_os, np.multiply(self.cervix_axis, self.cervix_mm)))

    @property
    def fundus(self) -> Array:
        """(y, z) of the middle of the fundal serosa."""
        return np.asarray(self.internal_os + np.multiply(self.corpus_axis, self.corpus_mm))

    def coordinates(self, x: Field, y: Field, z: Field) -> tuple[Field, Field, Field]:
        """``(s, u, w)`` in mm at LPS points of any one shape."""
        corner, table_s, table_u = self._table
        at = np.stack([(y.ravel() - corner[0]) / _TABLE_STEP_MM, (z.ravel() - corner[1]) / _TABLE_STEP_MM])
        s, u = (
            map_coordinates(table, at, order=1, mode="nearest", output=np.float32).reshape(x.shape)
            for table in (table_s, table_u)
        )
        return s, u, np.asarray(x - self._lean(s), dtype=np.float32)

    def point(self, s: float, u: float = 0.0, w: float = 0.0) -> Point:
        """LPS position of coordinates."""
        x, y, z = self.points(s, u, w)[0].tolist()
        return x, y, z

    def points(self, s: npt.ArrayLike, u: npt.ArrayLike = 0.0, w: npt.ArrayLike = 0.0) -> Array:
        """LPS positions ``[n, 3]`` of coordinates that broadcast to one axis."""
        s, u, w = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=float)) for v in (s, u, w)))
        index = (s - self.start_s) / _STEP_MM
        low = np.clip(np.floor(index).astype(int), 0, len(self.samples) - 2)
        tangent = self.tangents[low]
        front = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
        plane = self.samples[low] + (index - low)[:, None] * _STEP_MM * tangent + u[:, None] * front
        return np.column_stack([w + self._lean(s), plane])

    def direction(self, s: float, along: float, front: float, left: float) -> Array:
        """Unit vector (LPS) with components along the axis, to the anterior wall and to the left, at ``s``."""
        tangent = self._tangent(s)
        plane = along * tangent + front * anterior_of(tangent)
        vector = np.array([left, *plane])
        return np.asarray(vector / np.linalg.norm(vector))

    def _lean(self, s: npt.ArrayLike) -> npt.NDArray[np.float32]:
        share = np.clip(np.asarray(s, dtype=np.float32) / np.float32(self.length_mm), 0, 1.3)
        return np.asarray(self.lean_mm * share * share, dtype=np.float32)

    def _tangent(self, s: float) -> Array:
        index = (s - self.start_s) / _STEP_MM
        return np.asarray(self.tangents[int(np.clip(np.floor(index), 0, len(self.samples) - 2))])

    def _curve(self) -> tuple[Array, float, float]:
        """Points every half millimetre from the external os to the fundus, ``s`` of the internal os, length."""
        cervix, corpus = np.array(self.cervix_axis), np.array(self.corpus_axis)
        middle = cervix + corpus
        middle = middle / np.linalg.norm(middle)
        knots = np.array([self.external_os, self.internal_os, self.fundus])
        at = np.array([0.0, self.cervix_mm, self.cervix_mm + self.corpus_mm])
        curve = CubicHermiteSpline(at, knots, np.stack([cervix, middle, corpus]))
        fine = np.linspace(0, at[-1], 600)
        points = curve(fine)
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        even = np.arange(0.0, arc[-1], _STEP_MM)
        return (
            np.stack([np.interp(even, arc, points[:, axis]) for axis in (0, 1)], axis=1),
            float(np.interp(self.cervix_mm, fine, arc)),
            float(arc[-1]),
        )

    def _tabulate(self, points: Array) -> tuple[Array, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """``s`` and ``u`` on a grid around the curve, from the nearest sample and its tangent."""
        low, high = points.min(axis=0) - _TABLE_MARGIN_MM, points.max(axis=0) + _TABLE_MARGIN_MM
        y, z = (np.arange(a, b, _TABLE_STEP_MM) for a, b in zip(low, high, strict=True))
        grid = np.stack(np.meshgrid(y, z, indexing="ij"), axis=-1)
        _, index = cKDTree(self.samples).query(grid.reshape(-1, 2))
        offset = grid.reshape(-1, 2) - self.samples[index]
        tangent = self.tangents[index]
        s = self.start_s + _STEP_MM * index + (offset * tangent).sum(axis=1)
        u = -offset[:, 0] * tangent[:, 1] + offset[:, 1] * tangent[:, 0]
        shape = grid.shape[:2]
        return low, s.reshape(shape).astype(np.float32), u.reshape(shape).astype(np.float32)


def anterior_of(axis: npt.ArrayLike) -> Array:
    """The direction (y, z) of the anterior wall for an axis (y, z) directed cranially."""
    y, z = np.asarray(axis, dtype=float)
    return np.array([-z, y])


def turned_forward(axis: npt.ArrayLike, angle_deg: float) -> tuple[float, float]:
    """An axis (y, z) turned towards the front of the body by an angle."""
    angle = np.deg2rad(angle_deg)
    turned = np.cos(angle) * np.asarray(axis, dtype=float) + np.sin(angle) * anterior_of(axis)
    return float(turned[0]), float(turned[1])


def centre_line(
    landmarks: Landmarks, version_deg: float, flexion_deg: float, cervix_mm: float, corpus_mm: float, lean_mm: float
) -> CentreLine:
    """The centre line of a uterus that hangs at the external os of ``landmarks``.

    The angles are those of :mod:`UterineSynthLib.description.position`; the lengths are chords.
    """
    vagina = landmarks.vagina_axis[1:]
    cervix = turned_forward(vagina, version_deg)
    corpus = turned_forward(cervix, flexion_deg)
    return CentreLine(landmarks.external_os[1:], cervix, corpus, cervix_mm, corpus_mm, lean_mm)
