"""The label map of a volume: from the shape model, or a mask that was given."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import VolumeError
from UterineSynthLib.phantom.acquire import sampling_grid
from UterineSynthLib.phantom.anatomy import Anatomy, build_anatomy
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.inclusions import Inclusions
from UterineSynthLib.phantom.mixing import partial_volume_of, texture_of_labels
from UterineSynthLib.phantom.one_thread import in_one_thread
from UterineSynthLib.phantom.population import complete_and_grow
from UterineSynthLib.phantom.rasterise import layers_of, paint_labels
from UterineSynthLib.phantom.shape import SamplingGrid
from UterineSynthLib.volumes.files import as_labels
from UterineSynthLib.volumes.geometry import Geometry, right_handed, sagittal_geometry
from UterineSynthLib.volumes.partial_volume import PartialVolume
from UterineSynthLib.volumes.resampling import model_geometry, resample_labels
from UterineSynthLib.volumes.roi import uterine_region
from UterineSynthLib.volumes.structures import ORGAN_COUNT, UTERUS

Point = tuple[float, float, float]
_PELVIC_CENTRE_MM: Point = (0.0, 0.0, 0.0)
_LARGEST_TILT_DEG = 20.0
_SPACING_TOLERANCE_MM = 0.01


def grid_geometry(grid: ModelGrid, centre_mm: Point = _PELVIC_CENTRE_MM) -> Geometry:
    """The sagittal grid of a model around a point of the body frame."""
    return sagittal_geometry(grid.shape[0], grid.shape[1], grid.spacing_mm[0], grid.spacing_mm[1], centre_mm)


def mask_on_grid(mask: sitk.Image, grid: ModelGrid, resample: bool = False, source: str = "mask") -> sitk.Image:
    """A given label map, checked, on a grid of the model's size and spacing.

    Args:
        mask: whole-numbered label map.
        grid: the model's.
        resample: allow another grid, which is then resampled around the uterus; around the middle of the mask where it
            shows none, or where the model's grid lies around the study.
        source: what to call the mask in errors.

    Raises:
        VolumeError: foreign labels, values that are no whole numbers, an empty mask, another grid.
    """
    labels = right_handed(as_labels(mask, source))
    if not sitk.GetArrayViewFromImage(labels).any():
        raise VolumeError(source, "is empty: every voxel is background, so there is no anatomy to draw")
    geometry = Geometry.of_image(labels)
    fault = _misfit(geometry, grid)
    if fault is None:
        return labels
    if not resample:
        raise VolumeError(
            source,
            f"{fault}; this model works on sagittal {grid}. Resample the mask to that grid, or allow it to be "
            "resampled (--resample-mask)",
        )
    return resample_labels(labels, _target_of(labels, geometry, grid))


def _misfit(geometry: Geometry, grid: ModelGrid) -> str | None:
    """What keeps a geometry from being the model's, in words; where it lies in the patient is free."""
    if geometry.shape != grid.shape:
        return f"has {' x '.join(map(str, geometry.shape))} voxels (slices, rows, columns)"
    spacing_mm = geometry.spacing_mm[::-1]
    if not np.allclose(spacing_mm, grid.spacing_mm, atol=_SPACING_TOLERANCE_MM):
        return f"has voxels of {' x '.join(f'{s:g}' for s in spacing_mm)} mm (slices, rows, columns)"
    if not _is_sagittal(geometry, grid):
        return "is not a sagittal stack with the front of the body at the left and the head at the top"
    return None


def _is_sagittal(geometry: Geometry, grid: ModelGrid) -> bool:
    wanted = np.array(grid_geometry(grid).direction).reshape(3, 3)
    cosines = (np.array(geometry.direction).reshape(3, 3) * wanted).sum(axis=0)
    return bool(cosines.min() >= np.cos(np.radians(_LARGEST_TILT_DEG)))


def _target_of(labels: sitk.Image, geometry: Geometry, grid: ModelGrid) -> Geometry:
    around_uterus = grid.centre != "study" and bool(np.isin(sitk.GetArrayViewFromImage(labels), UTERUS).any())
    centre_mm = uterine_region(labels, 0.0).centre_mm(geometry) if around_uterus else geometry.centre_mm
    reference = geometry if _is_sagittal(geometry, grid) else grid_geometry(grid)
    slices, rows, columns = grid.shape
    return model_geometry(reference, (columns, rows, slices), grid.spacing_mm[::-1], centre_mm)


class ShapedAnatomy(NamedTuple):
    """An anatomy of the shape model on a model's grid.

    Attributes:
        labels: the label map; partial_volume: of its voxels, where it was asked for.
        description: with nothing left open.
    """

    labels: sitk.Image
    partial_volume: PartialVolume | None
    description: UterusDescription


@in_one_thread()
def anatomy_of(
    description: UterusDescription,
    grid: ModelGrid,
    seed: int,
    index: int,
    is_mixed: bool = False,
    is_textured: bool = True,
) -> ShapedAnatomy:
    """The anatomy of volume ``index`` of a run; with its partial volume if it ``is_mixed``.

    If it ``is_textured``, too, that tells what tissues hold besides themselves.

    Raises:
        InputError: the shape model cannot build what is asked for.
    """
    from UterineSynthLib.diffusion.seeds import stream_seed

    stream = stream_seed(seed, index, "anatomy")
    whole, grown = complete_and_grow(description, stream)
    anatomy = build_anatomy(whole, stream, grown)
    geometry = _around_uterus(grid, anatomy) if grid.centre == "uterus" else grid_geometry(grid)
    thickness = whole.acquisition.slice_thickness_mm
    assert thickness is not None, "the description is complete"
    sampling = sampling_grid(geometry, thickness) if is_mixed else SamplingGrid(geometry)
    layers = list(layers_of(anatomy.shapes, sampling))
    inclusions = Inclusions(geometry, stream, is_textured)
    labels = paint_labels(layers, sampling, inclusions)
    partial = partial_volume_of(layers, sampling, labels, thickness, inclusions) if is_mixed else None
    return ShapedAnatomy(geometry.image_of(labels), partial, whole)


def texture_of_mask(mask: sitk.Image, seed: int, index: int) -> PartialVolume | None:
    """What tissues of a mask hold besides themselves in volume ``index`` of a run: septa in fat, gas in stool.

    None for a map that tells no parts apart: its structures are painted as they are with all that they hold.
    """
    from UterineSynthLib.diffusion.seeds import stream_seed

    labels = sitk.GetArrayFromImage(mask)
    if int(labels.max()) < ORGAN_COUNT:
        return None
    return texture_of_labels(labels, Inclusions(Geometry.of_image(mask), stream_seed(seed, index, "anatomy")))


def _around_uterus(grid: ModelGrid, anatomy: Anatomy) -> Geometry:
    field = UterineField(grid.shape[0], grid.shape[1], grid.spacing_mm[0], grid.spacing_mm[1])
    return field.around(anatomy.pose)
