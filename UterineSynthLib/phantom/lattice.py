"""Which part of a sampling lattice lies in a box: lets a solid of many pieces evaluate each piece near itself only."""

from __future__ import annotations

from collections.abc import Iterator
from types import EllipsisType

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.shape import Field

Window = tuple[slice, slice, slice] | EllipsisType
Points = npt.NDArray[np.float64]

REACH_MM = 9.0
"""Further out than this a piece is not evaluated; the field of the whole stays at this value."""


def windows(lattice: tuple[Field, Field, Field], lows: Points, highs: Points) -> Iterator[tuple[int, Window]]:
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
    shape = lattice[0].shape
    meets = np.ones((len(lows), shape[axis]), dtype=bool)
    at_corners = tuple(slice(None, None, None if n == axis else max(size - 1, 1)) for n, size in enumerate(shape))
    others = tuple(n for n in range(len(shape)) if n != axis)
    for coordinate, values in enumerate(lattice):
        corners = values[at_corners]
        meets &= corners.min(axis=others)[None] <= highs[:, coordinate, None]
        meets &= corners.max(axis=others)[None] >= lows[:, coordinate, None]
    start = meets.argmax(axis=1)
    stop = np.where(meets.any(axis=1), meets.shape[1] - meets[:, ::-1].argmax(axis=1), start)
    return start, stop
