"""Several raters' masks of one case made one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.uint8]


def majority(masks: Sequence[Labels]) -> Labels:
    """Each voxel takes the label that more than half of the raters gave; without one it is background.

    Of two raters both must agree. All masks have one shape.
    """
    assert masks, "a vote needs a mask"
    if len(masks) == 1:
        return masks[0]
    stacked = np.stack(masks)
    winner = np.zeros(masks[0].shape, dtype=np.uint8)
    for label in np.unique(stacked).tolist():
        winner[(stacked == label).sum(axis=0) * 2 > len(masks)] = label
    return winner


def painted(parts: Sequence[Labels]) -> tuple[Labels, int]:
    """Parts laid over each other, later ones on top, and how many voxels were painted over."""
    assert parts, "there must be a part to paint"
    whole = parts[0].copy()
    covered = 0
    for part in parts[1:]:
        inside = part > 0
        covered += int(np.count_nonzero(inside & (whole > 0)))
        whole[inside] = part[inside]
    return whole, covered
