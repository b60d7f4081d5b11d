"""Removing the slow shading of a receive coil from an MR volume: N4 (Tustison et al., IEEE TMI 2010;29:1310-20)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.errors import ConfigError, VolumeError
from UterineSynthLib.volumes.geometry import Geometry


@dataclass(frozen=True)
class BiasCorrection:
    """Settings of N4.

    Attributes:
        working_spacing_mm: the field is fitted on every n-th voxel, about this far apart; finer axes are thinned.
        iterations: at most, on each of the fitting levels; every level halves the distance of the control points.
        convergence: relative change of the field that ends a level.
    """

    working_spacing_mm: float = 4.0
    iterations: tuple[int, ...] = (50, 50, 30)
    convergence: float = 1e-3

    def __post_init__(self) -> None:
        if self.working_spacing_mm <= 0 or not self.iterations or min(self.iterations) < 1:
            raise ConfigError(
                f"bias correction: working spacing {self.working_spacing_mm:g} mm and iterations"
                f" {list(self.iterations)} must be above zero"
            )


def correct_bias(image: sitk.Image, settings: BiasCorrection | None = None) -> sitk.Image:
    """The volume divided by its shading field, float32; the mean within the body stays.

    The field is fitted within the body (Otsu's threshold) and laid over the whole volume.

    Raises:
        VolumeError: fewer than 4 voxels along an axis after thinning, or no contrast between body and air.
    """
    settings = settings or BiasCorrection()
    image = sitk.Cast(image, sitk.sitkFloat32)
    thinned = sitk.Shrink(image, _thinning(image, settings.working_spacing_mm))
    if min(thinned.GetSize()) < 4:
        raise VolumeError("image", f"has {image.GetSize()} voxels, too few to fit a shading field; leave N4 out")
    body = sitk.OtsuThreshold(thinned, 0, 1)
    if not sitk.GetArrayViewFromImage(body).any():
        raise VolumeError("image", "is constant, so there is no shading to remove")
    fitter = sitk.N4BiasFieldCorrectionImageFilter()
    fitter.SetMaximumNumberOfIterations(settings.iterations)
    fitter.SetConvergenceThreshold(settings.convergence)
    fitter.Execute(thinned, body)
    field = np.exp(sitk.GetArrayFromImage(fitter.GetLogBiasFieldAsImage(image)))
    values = sitk.GetArrayViewFromImage(image)
    inside = values > np.median(sitk.GetArrayViewFromImage(thinned))
    even = values / field
    even *= values[inside].mean() / even[inside].mean() if inside.any() else 1.0
    return Geometry.of_image(image).image_of(even.astype(np.float32))


def _thinning(image: sitk.Image, spacing_mm: float) -> list[int]:
    """How many voxels along each axis become one, leaving four where there are as many."""
    wanted = [max(1, math.floor(spacing_mm / own_mm + 0.5)) for own_mm in image.GetSpacing()]
    return [min(factor, max(1, count // 4)) for factor, count in zip(wanted, image.GetSize(), strict=True)]
