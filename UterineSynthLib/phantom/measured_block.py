"""A piece of anatomy on a fine isotropic grid, for measuring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.implicit import Box
from UterineSynthLib.phantom.rasterise import layers_of, paint_labels
from UterineSynthLib.phantom.shape import Field, SamplingGrid, Shape
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.structures import without_parts

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Block:
    """Labels ``[z, y, x]``, without parts, on an isotropic grid whose voxel (0, 0, 0) lies at ``origin_mm`` (LPS)."""

    labels: npt.NDArray[np.uint8]
    origin_mm: tuple[float, float, float]
    spacing_mm: float

    def points(self, mask: npt.NDArray[np.bool_]) -> tuple[Field, Field, Field]:
        """LPS coordinates of the voxels of a mask."""
        z, y, x = np.nonzero(mask)
        axes = [
            np.asarray(origin + index * self.spacing_mm, dtype=np.float32)
            for origin, index in zip(self.origin_mm, (x, y, z), strict=True)
        ]
        return axes[0], axes[1], axes[2]

    def at(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
        """Label of the nearest voxel at LPS points ``[n, 3]``; 0 outside the grid."""
        index = np.rint((points - np.array(self.origin_mm)) / self.spacing_mm).astype(int)[:, ::-1]
        inside = ((index >= 0) & (index < self.labels.shape)).all(axis=1)
        found = np.zeros(len(points), dtype=np.uint8)
        found[inside] = self.labels[tuple(index[inside].T)]
        return found


def label_block(shapes: Iterable[Shape], box: Box, spacing_mm: float) -> Block:
    """Paint shapes on an isotropic grid that covers ``box``."""
    low, high = np.array(box)
    size = np.maximum(np.ceil((high - low) / spacing_mm).astype(int) + 1, 2)
    origin = (float(low[0]), float(low[1]), float(low[2]))
    grid = SamplingGrid(Geometry((int(size[0]), int(size[1]), int(size[2])), (spacing_mm,) * 3, origin, _IDENTITY))
    return Block(without_parts(paint_labels(layers_of(shapes, grid), grid)), origin, spacing_mm)
