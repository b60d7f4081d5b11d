"""The one rule that maps the intensities of a study to [-1, 1] and back.

MR intensities have no unit and differ between scanners, so each volume is scaled by its own robust range: the 0.5th
percentile becomes -1, the 99.5th becomes 1, and what lies outside is clipped. The rule does not change when a volume
is multiplied by a positive number or shifted. Tensors are ``float32 [C, D, H, W]``. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import VolumeError

LOW_PERCENTILE = 0.5
HIGH_PERCENTILE = 99.5


@dataclass(frozen=True)
class IntensityMapping:
    """An affine map of ``[low, high]`` to [-1, 1] with clipping.

    Attributes:
        low: intensity that becomes -1.
        high: intensity that becomes 1; equal to ``low`` for a constant volume, which becomes -1 throughout.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high)) or self.high < self.low:
            raise VolumeError("intensity mapping", f"range {self.low:g} to {self.high:g} must be finite and ascending")

    @classmethod
    def of_array(cls, array: npt.NDArray[np.generic]) -> IntensityMapping:
        """The mapping of a volume of any shape, from its own percentiles.

        Raises:
            VolumeError: the array is empty or holds NaN or infinite values.
        """
        values = np.asarray(array, dtype=np.float64)
        if values.size == 0:
            raise VolumeError("array", "is empty, there is no intensity range to take")
        strange = int(values.size - np.isfinite(values).sum())
        if strange:
            raise VolumeError("array", f"has {strange} NaN or infinite values of {values.size}")
        low, high = np.percentile(values, (LOW_PERCENTILE, HIGH_PERCENTILE))
        return cls(float(low), float(high))

    def to_unit(self, array: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        """Map intensities of any shape to float32 in [-1, 1]; values outside the range are clipped."""
        width = self.high - self.low
        if width == 0.0:
            return np.full(array.shape, -1.0, dtype=np.float32)
        scaled = (np.asarray(array, dtype=np.float64) - self.low) / width
        return (np.clip(scaled, 0.0, 1.0) * 2.0 - 1.0).astype(np.float32)

    def from_unit(self, array: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        """Map [-1, 1] back to intensities; the inverse of :meth:`to_unit` where nothing was clipped."""
        scaled = (np.asarray(array, dtype=np.float64) + 1.0) / 2.0
        return (self.low + scaled * (self.high - self.low)).astype(np.float32)

    def clipped_share(self, array: npt.NDArray[np.generic]) -> float:
        """Share (0-1) of the values that :meth:`to_unit` clips."""
        values = np.asarray(array)
        return float(np.mean((values < self.low) | (values > self.high)))


def to_unit(array: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """A volume of any shape, scaled to [-1, 1] by its own robust range.

    Raises:
        VolumeError: the array is empty or holds NaN or infinite values.
    """
    return IntensityMapping.of_array(array).to_unit(array)


def as_tensor_array(volume: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """A ``[D, H, W]`` volume as a contiguous ``float32 [1, D, H, W]`` array, values unchanged."""
    if volume.ndim != 3:
        raise VolumeError("array", f"has shape {volume.shape}, expected three axes (slices, rows, columns)")
    return np.ascontiguousarray(volume[np.newaxis], dtype=np.float32)
