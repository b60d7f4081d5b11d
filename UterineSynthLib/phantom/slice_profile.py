"""What a slice sees through its thickness."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.phantom.shape import Field

_EDGE_POWER = 8


def sub_slice_offsets(slice_thickness_mm: float, depths: int = 3) -> tuple[float, ...]:
    """Depths (mm from the slice centre) at the middles of ``depths`` equal parts of the slice.

    ``depths`` is odd, so that the middle one is the slice centre.
    """
    assert depths % 2 == 1
    part = slice_thickness_mm / depths
    return tuple(float((index - depths // 2) * part) for index in range(depths))


def profile_weights(offsets_mm: tuple[float, ...], slice_thickness_mm: float) -> Field:
    """Weight of each depth, summing to one: a box with rounded edges, half as high at half the thickness.

    Depths in the gap between slices have almost no weight: 1 / (1 + (2 x / thickness)^8).
    """
    relative = 2 * np.abs(np.array(offsets_mm)) / slice_thickness_mm
    height = 1 / (1 + relative**_EDGE_POWER)
    return np.asarray(height / height.sum(), dtype=np.float32)
