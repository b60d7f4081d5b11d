"""From implicit shapes to layers on a grid, and from layers to a label map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.inclusions import Inclusions
from UterineSynthLib.phantom.shape import Field, Layer, SamplingGrid, Shape


def layers_of(shapes: Iterable[Shape], grid: SamplingGrid) -> Iterator[Layer]:
    """Layers in painting order; shapes outside the grid are left out."""
    for shape in shapes:
        layer = rasterise(shape, grid)
        if layer is not None:
            yield layer


def rasterise(shape: Shape, grid: SamplingGrid) -> Layer | None:
    """Coverage of the voxels by one shape, from its distance field sampled coarsely and interpolated in-plane."""
    box = _index_box(shape, grid)
    if box is None:
        return None
    planes, rows, columns = box
    spacing = grid.geometry.spacing_mm[0]
    step = max(1, int(shape.sampling_mm / spacing))
    row_nodes, row_weights = _nodes(rows, step)
    column_nodes, column_weights = _nodes(columns, step)
    depths = grid.depth_positions[planes]
    coarse = shape.distance(*_points(grid, column_nodes, row_nodes, depths))
    depth = coarse * np.float32(-1.0 / spacing)
    coverage = row_weights @ depth @ column_weights.T if step > 1 else depth
    coverage += np.float32(0.5)
    np.clip(coverage, 0.0, 1.0, out=coverage)
    return Layer(shape.structure, shape.tissue, box, coverage)


def paint_labels(
    layers: Iterable[Layer], grid: SamplingGrid, inclusions: Inclusions | None = None
) -> npt.NDArray[np.uint8]:
    """Label map ``[D, H, W]``: at each slice centre the last structure that covers at least half of the voxel.

    ``inclusions`` are those of the study, to be told apart.
    """
    labels = np.zeros(grid.geometry.shape, dtype=np.uint8)
    depths = len(grid.offsets_mm)
    for layer in layers:
        start, stop = layer.box[0].start, layer.box[0].stop
        first = -(-(start - depths // 2) // depths)
        centres = np.arange(first, grid.geometry.size[2]) * depths + depths // 2
        centres = centres[centres < stop]
        if not centres.size:
            continue
        box = slice(int(centres[0]) // depths, int(centres[-1]) // depths + 1), layer.box[1], layer.box[2]
        covered = layer.coverage[centres - start] >= 0.5
        labels[box][covered] = layer.structure
        included = None if inclusions is None else inclusions.areas_of(layer.tissue, box)
        if included is not None:
            labels[box][covered & included[1]] = included[0]
    return labels


def _index_box(shape: Shape, grid: SamplingGrid) -> tuple[slice, slice, slice] | None:
    """Slices into [K, H, W] that hold the shape's box with a margin of two voxels; None where they do not meet."""
    to_index = np.linalg.inv(grid.geometry.index_to_lps)
    corners = np.array([[*corner, 1.0] for corner in product(*zip(*shape.bounds_mm, strict=True))])
    index = corners @ to_index.T[:, :3]
    low, high = index.min(axis=0), index.max(axis=0)
    spans = []
    for axis in (1, 0):
        start = max(0, int(np.floor(low[axis])) - 2)
        stop = min(grid.geometry.size[axis], int(np.ceil(high[axis])) + 3)
        spans.append(slice(start, stop))
    inside = np.flatnonzero((grid.depth_positions >= low[2]) & (grid.depth_positions <= high[2]))
    if not inside.size or any(span.start >= span.stop for span in spans):
        return None
    return slice(int(inside[0]), int(inside[-1]) + 1), spans[0], spans[1]


def _nodes(span: slice, step: int) -> tuple[npt.NDArray[np.float64], Field]:
    """Coarse sample positions along one axis and the linear weights ``[n, nodes]`` that bring them to each voxel."""
    positions = np.arange(span.start, span.stop, dtype=np.float64)
    count = -(-(len(positions) - 1) // step) + 1
    nodes = span.start + step * np.arange(count, dtype=np.float64)
    weights = np.clip(1.0 - np.abs(positions[:, None] - nodes[None]) / step, 0.0, 1.0)
    return nodes, weights.astype(np.float32)


def _points(
    grid: SamplingGrid, i: npt.NDArray[np.float64], j: npt.NDArray[np.float64], k: npt.NDArray[np.float64]
) -> tuple[Field, Field, Field]:
    """LPS coordinates ``[K, H, W]`` of a lattice of index positions."""
    matrix = grid.geometry.index_to_lps
    shape = (len(k), len(j), len(i))
    along = ((2, k[:, None, None]), (1, j[None, :, None]), (0, i[None, None, :]))
    axes = []
    for row in range(3):
        value = np.full((1, 1, 1), matrix[row, 3])
        for column, positions in along:
            if matrix[row, column] != 0:  # Of a grid along the body's axes few are: the rest is spared.
                value = value + matrix[row, column] * positions
        axes.append(np.ascontiguousarray(np.broadcast_to(value.astype(np.float32), shape)))
    return axes[0], axes[1], axes[2]
