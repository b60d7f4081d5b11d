"""What is put right in a case, and where the line to a refusal runs. Every repair is handed back to be reported."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.dataset.importing.found import LabelTable, Repair
from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.resampling import resample_labels

ROUNDING = 0.01
"""A mask value this near a whole number is that number, written through a float; 1.5 is an interpolated border."""
SPACING_MM = (0.05, 50.0)
EXTENT_MM = (5.0, 2500.0)
"""What a scan of a body can have: smaller or larger numbers are other units or an unset header."""
_SAME_PLACE_MM = 0.1
_LEAST_INSIDE = 0.5


def check_plausible(image: sitk.Image, name: str) -> None:
    """Refuse a volume that no scanner makes.

    Raises:
        VolumeError: absurd voxel size or extent, one intensity throughout.
    """
    for spacing_mm, count in zip(image.GetSpacing(), image.GetSize(), strict=True):
        low, high = SPACING_MM
        if not low <= spacing_mm <= high:
            raise VolumeError(name, f"has voxels of {spacing_mm:g} mm; a scan has {low:g} to {high:g} mm")
        if not EXTENT_MM[0] <= spacing_mm * count <= EXTENT_MM[1] and count > 1:
            shown = f"{spacing_mm * count:g} mm"
            raise VolumeError(name, f"is {shown} across; a scan has {EXTENT_MM[0]:g} to {EXTENT_MM[1]:g} mm")
    values = sitk.GetArrayViewFromImage(image)
    if values.min() == values.max():
        raise VolumeError(name, f"holds {values.min():g} in every voxel")


def whole_numbers(mask: sitk.Image, name: str) -> tuple[sitk.Image, list[Repair]]:
    """The mask with values that are whole up to :data:`ROUNDING`, int32.

    Raises:
        VolumeError: a value that lies between two labels.
    """
    values = sitk.GetArrayFromImage(mask).astype(np.float64)
    rounded = np.round(values)
    away = np.abs(values - rounded)
    if away.max() > ROUNDING:
        worst = values.flat[int(away.argmax())]
        raise VolumeError(name, f"has the value {worst:g}, which is no label; it was interpolated or is an image")
    whole = Geometry.of_image(mask).image_of(rounded.astype(np.int32))
    if away.max() == 0.0:
        return whole, []
    count = int(np.count_nonzero(away))
    return whole, [Repair("rounded mask values", f"{count} voxels are off a whole number by up to {away.max():.2g}")]


def structures_of(mask: sitk.Image, table: LabelTable, name: str) -> sitk.Image:
    """The mask in labels of :class:`Structure`, uint8.

    Raises:
        VolumeError: a value that the table does not explain.
    """
    values = sitk.GetArrayFromImage(mask)
    present = np.unique(values).tolist()
    foreign = [value for value in present if value not in table]
    if foreign:
        told = ", ".join(f"{value}" for value in sorted(table) if value)
        raise VolumeError(name, f"has the value {foreign[0]}; what is explained are {told}")
    mapped = np.zeros(values.shape, dtype=np.uint8)
    for value in present:
        mapped[values == value] = table[value]
    return Geometry.of_image(mask).image_of(mapped)


def on_grid_of(mask: sitk.Image, image: sitk.Image, name: str) -> tuple[sitk.Image, list[Repair]]:
    """The mask (uint8) on the image's grid: the same voxels where only the header is off, else resampled by geometry.

    Raises:
        VolumeError: a mask without geometry that has another size, or one that lies beside the image.
    """
    own, wanted = Geometry.of_image(mask), Geometry.of_image(image)
    if own.matches(wanted):
        return wanted.image_of(sitk.GetArrayFromImage(mask)), []
    if own.matches(wanted, _SAME_PLACE_MM):
        why = f"the mask's header is off by less than {_SAME_PLACE_MM} mm"
        return wanted.image_of(sitk.GetArrayFromImage(mask)), [Repair("took the image's geometry", why)]
    if is_placeholder(own):
        if own.size != wanted.size:
            raise VolumeError(name, f"has no geometry and {own.size} voxels, the image {wanted.size}; which fit where?")
        why = "the mask's header says 1 x 1 x 1 mm, not turned: it was never set"
        return wanted.image_of(sitk.GetArrayFromImage(mask)), [Repair("took the image's geometry", why)]
    return _resampled(mask, wanted, name)


def is_placeholder(geometry: Geometry) -> bool:
    """Whether a header's geometry was left unset: 1 mm voxels along the axes."""
    direction = np.abs(np.array(geometry.direction).reshape(3, 3))
    return bool(np.allclose(geometry.spacing_mm, 1.0, atol=1e-6) and np.allclose(direction, np.eye(3), atol=1e-6))


def _resampled(mask: sitk.Image, wanted: Geometry, name: str) -> tuple[sitk.Image, list[Repair]]:
    before_mm3 = np.count_nonzero(sitk.GetArrayViewFromImage(mask)) * Geometry.of_image(mask).voxel_volume_mm3
    moved = resample_labels(mask, wanted)
    after_mm3 = np.count_nonzero(sitk.GetArrayViewFromImage(moved)) * wanted.voxel_volume_mm3
    if before_mm3 and after_mm3 < _LEAST_INSIDE * before_mm3:
        share = 100 * after_mm3 / before_mm3
        raise VolumeError(name, f"lies beside the image: {share:.0f} % of what it marks is within it")
    own = Geometry.of_image(mask)
    why = f"it was drawn on another grid ({_shown(own)}; the image has {_shown(wanted)})"
    return moved, [Repair("resampled the mask by geometry", why)]


def _shown(geometry: Geometry) -> str:
    size, spacing = (" x ".join(f"{n:.3g}" for n in triple) for triple in (geometry.size, geometry.spacing_mm))
    return f"{size} of {spacing} mm"
