"""From a study's grid to a model's grid and back.

Images are interpolated after a Gaussian that removes what the coarser grid cannot hold; label maps are put to a vote of
linearly interpolated masks, so that borders do not jump by whole voxels. Nothing here is done behind the caller's
back: every function takes the target grid.
"""

from __future__ import annotations

import itertools
import math
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.roi import Region, crop

_FWHM_PER_SIGMA = math.sqrt(8.0 * math.log(2.0))
_LEAST_BSPLINE_SIZE = 4
_TAIL_SIGMAS = 4.0


class Interpolation(StrEnum):
    """How an image is interpolated between voxels. B-splines are cubic: sharper, with slight overshoot at edges."""

    LINEAR = "linear"
    BSPLINE = "bspline"


def model_geometry(
    reference: Geometry,
    size: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    centre_mm: tuple[float, float, float] | None = None,
) -> Geometry:
    """The grid of a model, turned as ``reference`` is.

    Args:
        reference: gives the directions, and the centre unless ``centre_mm`` does.
        size: columns, rows, slices; spacing_mm: along i, j, k. Both in the order of :class:`Geometry`.
        centre_mm: LPS position of the middle of the grid.
    """
    direction = np.array(reference.direction).reshape(3, 3)
    half_mm = (np.array(size) - 1) / 2 * np.array(spacing_mm)
    origin = np.array(reference.centre_mm if centre_mm is None else centre_mm) - direction @ half_mm
    return Geometry(size, spacing_mm, (float(origin[0]), float(origin[1]), float(origin[2])), reference.direction)


def resample_image(
    image: sitk.Image,
    target: Geometry,
    interpolation: Interpolation = Interpolation.LINEAR,
    outside: float | None = None,
) -> sitk.Image:
    """A float32 image on ``target``.

    Args:
        image: 3D scalar image; one that lies on ``target`` already keeps its values.
        target: the grid of the result.
        interpolation: linear or cubic B-spline.
        outside: value where ``target`` reaches beyond the image; None takes the image's minimum (air).

    Raises:
        VolumeError: fewer than four voxels along an axis with B-splines.
    """
    source = Geometry.of_image(image)
    image = sitk.Cast(image, sitk.sitkFloat32)
    if source.matches(target):
        return target.image_of(sitk.GetArrayFromImage(image))
    if interpolation is Interpolation.BSPLINE and min(source.size) < _LEAST_BSPLINE_SIZE:
        raise VolumeError("image", f"has size {source.size}; B-splines need 4 voxels along each axis, use linear")
    if outside is None:
        outside = float(sitk.GetArrayViewFromImage(image).min())
    interpolator = sitk.sitkLinear if interpolation is Interpolation.LINEAR else sitk.sitkBSpline
    return _resampled(_prefiltered(image, target), target, interpolator, outside)


def resample_labels(labels: sitk.Image, target: Geometry) -> sitk.Image:
    """A uint8 label map on ``target``: each voxel takes the label with the largest share there.

    Shares are linearly interpolated masks, prefiltered like an image; a tie goes to the smaller label. Outside the
    label map all is background.
    """
    if Geometry.of_image(labels).matches(target):
        return target.image_of(sitk.GetArrayFromImage(sitk.Cast(labels, sitk.sitkUInt8)))
    source = Geometry.of_image(labels)
    array = sitk.GetArrayViewFromImage(labels)
    winner = np.zeros(target.shape, dtype=np.uint8)
    most = np.zeros(target.shape, dtype=np.float32)
    for label in np.unique(array).tolist():
        near = _grown_box(array == label, source, target)
        reach = _reach(near.geometry_in(source), target)
        if reach is None:
            continue
        part = reach.geometry_in(target)
        mask = sitk.Cast(crop(labels, near) == label, sitk.sitkFloat32)
        share = sitk.GetArrayFromImage(_resampled(_prefiltered(mask, part), part, sitk.sitkLinear, 0.0))
        box = tuple(slice(reach.start[a], reach.start[a] + reach.size[a]) for a in (2, 1, 0))
        wins = share > most[box]
        winner[box][wins], most[box][wins] = label, share[wins]
    return target.image_of(winner)


def prefilter_sigma_mm(source: Geometry, target: Geometry) -> tuple[float, float, float]:
    """Standard deviation along i, j, k of ``source`` of the Gaussian that goes before resampling; 0 is none.

    A voxel is taken as a Gaussian point spread of its own size at half maximum, so the widths add in squares:
    sigma = sqrt(target^2 - source^2) / 2.355 (Cardoso et al., MICCAI 2015, "Scale factor point spread function
    matching").
    """
    turn = np.abs(np.array(source.direction).reshape(3, 3).T @ np.array(target.direction).reshape(3, 3))
    sigmas = []
    for axis, spacing_mm in enumerate(source.spacing_mm):
        wanted_mm = target.spacing_mm[int(np.argmax(turn[axis]))]
        sigmas.append(math.sqrt(max(wanted_mm**2 - spacing_mm**2, 0.0)) / _FWHM_PER_SIGMA)
    return sigmas[0], sigmas[1], sigmas[2]


def _grown_box(mask: npt.NDArray[np.bool_], source: Geometry, target: Geometry) -> Region:
    """The box of a mask ``[D, H, W]`` with room for the prefilter's tails, as far as the grid reaches."""
    sigma_mm = prefilter_sigma_mm(source, target)
    start, size = [], []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != 2 - axis)))
        room = math.ceil(_TAIL_SIGMAS * sigma_mm[axis] / source.spacing_mm[axis]) + 1
        start.append(max(int(used[0]) - room, 0))
        size.append(min(int(used[-1]) + room, source.size[axis] - 1) - start[-1] + 1)
    return Region((start[0], start[1], start[2]), (size[0], size[1], size[2]))


def _reach(part: Geometry, target: Geometry) -> Region | None:
    """The box of ``target`` that holds all of its voxels within ``part``; None where there is none."""
    corners = [[i, j, k, 1.0] for i, j, k in itertools.product(*((-0.5, n - 0.5) for n in part.size))]
    index = np.array(corners) @ (np.linalg.inv(target.index_to_lps) @ part.index_to_lps).T
    first = np.maximum(np.floor(index.min(axis=0)[:3]).astype(int), 0)
    last = np.minimum(np.ceil(index.max(axis=0)[:3]).astype(int), np.array(target.size) - 1)
    if (last < first).any():
        return None
    size = (last - first + 1).tolist()
    return Region((int(first[0]), int(first[1]), int(first[2])), (size[0], size[1], size[2]))


def _prefiltered(image: sitk.Image, target: Geometry) -> sitk.Image:
    source = Geometry.of_image(image)
    for axis, sigma_mm in enumerate(prefilter_sigma_mm(source, target)):
        if sigma_mm > 0.0 and source.size[axis] > 1:
            variance = [0.0, 0.0, 0.0]
            variance[axis] = sigma_mm**2
            image = sitk.DiscreteGaussian(image, variance, maximumKernelWidth=64)
    return image


def _resampled(image: sitk.Image, target: Geometry, interpolator: int, outside: float) -> sitk.Image:
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize(target.size)
    resampler.SetOutputSpacing(target.spacing_mm)
    resampler.SetOutputOrigin(target.origin_mm)
    resampler.SetOutputDirection(target.direction)
    resampler.SetInterpolator(interpolator)
    resampler.SetDefaultPixelValue(outside)
    return resampler.Execute(image)
