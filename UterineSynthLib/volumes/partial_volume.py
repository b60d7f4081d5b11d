"""Partial volume: what a voxel holds besides the structure that its label map names.

A slice some millimetres thick cuts borders at an angle, so that many voxels hold two structures. A label map names one;
this tells the other and its share. More than two are rare, and the others count as the second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.structures import without_parts

WHOLE = 255
"""A share of one."""


@dataclass(frozen=True)
class PartialVolume:
    """Beside a label map ``[D, H, W]``.

    Attributes:
        second: uint8 ``[D, H, W]``, another structure in each voxel; 0 where there is none.
        share: uint8 alike, how much of the voxel is not the structure of the label map, of :data:`WHOLE`.
    """

    second: npt.NDArray[np.uint8]
    share: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.second.shape != self.share.shape:
            raise VolumeError("partial volume", f"labels {self.second.shape} and shares {self.share.shape} differ")

    def folded(self, fold: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]) -> PartialVolume:
        """Beside a label map folded by ``fold``."""
        return PartialVolume(fold(self.second), self.share)

    def within(self, labels: npt.NDArray[np.uint8]) -> PartialVolume:
        """That of voxels of ``labels`` whose second structure lies within the first, or both within one."""
        is_within = without_parts(self.second) == without_parts(labels)
        return PartialVolume(self.second * is_within, self.share * is_within)

    def __getitem__(self, slices: slice | npt.NDArray[np.integer]) -> PartialVolume:
        """That of some slices."""
        return PartialVolume(self.second[slices], self.share[slices])

    def mixed(self, labels: npt.NDArray[np.uint8], values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A value ``[256]`` of each structure as voxels ``[D, H, W]``, mixed by their shares."""
        first: npt.NDArray[np.float32] = values[labels]
        return first + (values[self.second] - first) * (self.share * np.float32(1 / WHOLE))
