"""Likeness of images: PSNR and SSIM of an image and its copy, MS-SSIM of images of one description.

Volumes are ``[D, H, W]`` in [-1, 1]; SSIM is taken slice by slice, because slices are acquired one by one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from UterineSynthLib.errors import InputError

Volume = npt.NDArray[np.float32]
_RANGE = 2.0
_SCALE_KERNEL = 7
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Five scales as published (Wang et al., 2003), under a window of 7 pixels so that 128 pixels suffice."""
LEAST_PIXELS = _SCALE_KERNEL * 2 ** (len(_SCALE_WEIGHTS) - 1)


def psnr_db(original: Volume, copy: Volume) -> float:
    """Peak signal-to-noise ratio over the range of 2; infinite for equal volumes."""
    error = float(np.mean(np.square(original.astype(np.float64) - copy.astype(np.float64))))
    return float("inf") if error == 0 else float(10 * np.log10(_RANGE**2 / error))


def ssim(original: Volume, copy: Volume) -> float:
    """Mean structural similarity of the slices, Gaussian window of 11 pixels and deviation 1.5."""
    from monai.metrics.regression import SSIMMetric

    metric = SSIMMetric(spatial_dims=2, data_range=_RANGE)
    return float(metric(_slices(original), _slices(copy)).mean())


def ms_ssim(first: Volume, second: Volume) -> float:
    """Mean multi-scale structural similarity of the slices.

    Raises:
        InputError: slices of fewer than 112 pixels, too small for five scales.
    """
    from monai.metrics.regression import MultiScaleSSIMMetric

    if min(first.shape[1:]) < LEAST_PIXELS:
        raise InputError(f"slices of {first.shape[1:]} pixels are too small for {len(_SCALE_WEIGHTS)} scales")
    metric = MultiScaleSSIMMetric(2, data_range=_RANGE, kernel_size=_SCALE_KERNEL, weights=_SCALE_WEIGHTS)
    return float(metric(_slices(first), _slices(second)).mean())


def _slices(volume: Volume) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(volume, dtype=np.float32))[:, None]
