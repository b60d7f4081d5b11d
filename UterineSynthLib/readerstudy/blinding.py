"""One form for every image: what is left to tell real from synthetic is the image itself.

All go through the same steps, whatever they are: axes turned to one sagittal frame, one grid inside every image's field
of view (so that no border has to be invented), one interpolation at a random phase (an image that happens to lie on the
grid is interpolated like any other), one noise floor where the design asks for it, one intensity rule, 16-bit integers,
an origin that says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.readerstudy.design import Appearance
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.intensity import IntensityMapping
from UterineSynthLib.volumes.resampling import Interpolation, model_geometry, resample_image

INTENSITY_TOP = 1000
"""Intensities are whole numbers from 0 to this."""
_SAGITTAL = "PIR"
_LEAST_SPLINE_SIZE = 4
_SAME_SPACING = 0.01
_MAD_TO_SIGMA = 1.4826
_MASK_NORM = 6.0
"""Root of the sum of squares of the mask (1, -2, 1) x (1, -2, 1)."""


@dataclass(frozen=True)
class CommonGrid:
    """Grid that every image is brought to.

    Attributes:
        size: columns, rows, slices; spacing_mm: along the same axes.
        keeps_slices: all images have slices as far apart as the grid has; then no slice is mixed with its neighbour.
        interpolation: the same for all.
    """

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    keeps_slices: bool
    interpolation: Interpolation


def to_sagittal(image: sitk.Image) -> sitk.Image:
    """The same volume with its axes ordered back, feet, right; oblique stacks keep their obliquity."""
    return sitk.DICOMOrient(image, _SAGITTAL)


def common_grid(geometries: Sequence[Geometry], appearance: Appearance, names: Sequence[str] = ()) -> CommonGrid:
    """The grid for images of these geometries (sagittal frame).

    What the design leaves open is taken from the images: the coarsest voxel and the smallest field of view along each
    axis, less the voxel that the random phase needs.

    Raises:
        VolumeError: a grid the design fixes reaches beyond one of the images; names it.
    """
    spacing = np.array(appearance.spacing_mm or [max(g.spacing_mm[a] for g in geometries) for a in range(3)])
    keeps = all(abs(g.spacing_mm[2] / spacing[2] - 1.0) < _SAME_SPACING for g in geometries)
    spare = np.array([1.0, 1.0, 0.0 if keeps else 1.0])
    room = np.array([_room(g, spacing) for g in geometries]) - spare
    size = np.array(appearance.size or np.maximum(np.floor(room.min(axis=0) + 1e-6) + 1, 1), dtype=int)
    for index, (geometry, free) in enumerate(zip(geometries, room, strict=True)):
        if (size - 1 > free + 1e-6).any():
            name = names[index] if names else f"image {index + 1}"
            extent = " x ".join(f"{n * s:.0f}" for n, s in zip(geometry.size, geometry.spacing_mm, strict=True))
            wanted = " x ".join(f"{n * s:.0f}" for n, s in zip(size, spacing, strict=True))
            raise VolumeError(name, f"shows {extent} mm, the study's grid needs {wanted} mm; leave the size open")
    splines = min(min(g.size) for g in geometries) >= _LEAST_SPLINE_SIZE
    interpolation = Interpolation.BSPLINE if splines else Interpolation.LINEAR
    return CommonGrid((int(size[0]), int(size[1]), int(size[2])), _triple(spacing), keeps, interpolation)


def blinded(image: sitk.Image, grid: CommonGrid, noise: float, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """The voxels of an image (sagittal frame) in the common form: ``int16 [D, H, W]`` from 0 to 1000.

    Args:
        noise: noise floor that all images are raised to, as a share of the intensity range; 0 adds none.
        rng: draws the phase of the grid and the noise; nothing else.
    """
    source = Geometry.of_image(image)
    target = _placed(source, grid, rng)
    array = sitk.GetArrayFromImage(resample_image(image, target, grid.interpolation))
    if noise > 0.0:
        array = _with_noise_floor(array, noise, rng)
    unit = IntensityMapping.of_array(array).to_unit(array)
    return np.round((unit.astype(np.float64) + 1.0) / 2.0 * INTENSITY_TOP).astype(np.int16)


def noise_floor(array: npt.NDArray[np.floating]) -> float:
    """Standard deviation of white noise in the slices of ``[D, H, W]``, in the unit of the array.

    Immerkaer's mask (CVIU 1996;64:300), the second difference along both axes, with the median of the absolute
    response in place of its mean, so that edges count little. 0 for slices smaller than the mask.
    """
    if min(array.shape[1:]) < 3:
        return 0.0
    response = np.diff(np.diff(array.astype(np.float32), 2, axis=1), 2, axis=2)
    return float(np.median(np.abs(response))) * _MAD_TO_SIGMA / _MASK_NORM


def _with_noise_floor(
    array: npt.NDArray[np.floating], floor: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """The image with noise added until its floor is ``floor`` of its range, in magnitude, as a scanner's noise is."""
    mapping = IntensityMapping.of_array(array)
    width = (mapping.high - mapping.low) or 1.0
    signal = np.maximum((array.astype(np.float64) - mapping.low) / width, 0.0)
    missing = math.sqrt(max(floor**2 - noise_floor(signal) ** 2, 0.0))
    draws = missing * rng.standard_normal((2, *array.shape))
    return np.asarray(np.hypot(signal + draws[0], draws[1]), dtype=np.float64)


def _room(geometry: Geometry, spacing_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Distance between the outermost voxel centres, in voxels of the grid."""
    extent_mm = (np.array(geometry.size) - 1) * np.array(geometry.spacing_mm)
    return np.asarray(extent_mm / spacing_mm, dtype=np.float64)


def _placed(source: Geometry, grid: CommonGrid, rng: np.random.Generator) -> Geometry:
    """The grid in the middle of an image, moved by up to half a voxel; along kept slices by whole slices only."""
    shift = rng.uniform(-0.5, 0.5, size=3) * np.array(grid.spacing_mm)
    if grid.keeps_slices:
        odd = (source.size[2] - grid.size[2]) % 2
        shift[2] = odd * source.spacing_mm[2] / 2.0
    spacing = (
        grid.spacing_mm[0],
        grid.spacing_mm[1],
        source.spacing_mm[2] if grid.keeps_slices else grid.spacing_mm[2],
    )
    centre = np.array(source.centre_mm) + np.array(source.direction).reshape(3, 3) @ shift
    return model_geometry(source, grid.size, spacing, _triple(centre))


def _triple(values: npt.NDArray[np.generic]) -> tuple[float, float, float]:
    first, second, third = (float(v) for v in values)
    return first, second, third
