"""What the anatomy is made of: shapes that know their signed distance, and the grid they are sampled on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.landmarks import Point
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.structures import Structure

Field = npt.NDArray[np.float32]


class Shape(Protocol):
    """An implicit solid in the body frame, painted over whatever was painted before it.

    Attributes:
        structure: its label; tissue: what it is made of.
        bounds_mm: lowest and highest LPS corner of a box that holds it.
        sampling_mm: the distance field may be sampled this coarsely in the slice plane and interpolated.
    """

    @property
    def structure(self) -> Structure:
        """Its label."""
        ...

    @property
    def tissue(self) -> Tissue:
        """What it is made of."""
        ...

    @property
    def bounds_mm(self) -> tuple[Point, Point]:
        """Lowest and highest LPS corner of a box that holds it."""
        ...

    @property
    def sampling_mm(self) -> float:
        """How coarsely its distance may be sampled."""
        ...

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Signed distance in mm at LPS points of one shape, negative inside; exact near the surface."""
        ...


@dataclass(frozen=True)
class SamplingGrid:
    """A stack sampled at several depths within each slice.

    Attributes:
        geometry: grid of the stack.
        offsets_mm: depths along the slice normal, relative to the slice centre; an odd number, the middle one 0.
    """

    geometry: Geometry
    offsets_mm: tuple[float, ...] = (0.0,)

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(K, H, W)`` with ``K`` = slices x depths, depth running fastest."""
        slices, rows, columns = self.geometry.shape
        return slices * len(self.offsets_mm), rows, columns

    @property
    def depth_positions(self) -> npt.NDArray[np.float64]:
        """Slice coordinate k (fractional) of each of the ``K`` planes."""
        slices = np.arange(self.geometry.size[2], dtype=np.float64)
        return (slices[:, None] + np.array(self.offsets_mm) / self.geometry.spacing_mm[2]).ravel()


@dataclass(frozen=True)
class Layer:
    """A shape on a grid: ``coverage`` (0 to 1) of the voxels inside ``box`` (slices into ``[K, H, W]``)."""

    structure: Structure
    tissue: Tissue
    box: tuple[slice, slice, slice]
    coverage: Field
