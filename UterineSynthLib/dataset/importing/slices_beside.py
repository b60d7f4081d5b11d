"""DICOM slices beside a converted volume: they say where it lies when its own header does not.

A series is believed only where its voxels are the volume's; converters turn the order of rows, columns and slices, so
every turn is compared.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.dataset.importing.found import Repair
from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.dicom import read_series
from UterineSynthLib.volumes.dicom_overview import SeriesOverview, series_below
from UterineSynthLib.volumes.geometry import Geometry

_SAME_VOXELS = 0.999
"""Correlation: converters round and rescale, neighbouring slices of one patient stay well below."""
_UNSET = "1 x 1 x 1 mm, not turned"


def placed_by_slices(image: sitk.Image, folder: Path, name: str) -> tuple[sitk.Image, Repair]:
    """The image, whose header was never set, on the grid of the series at or below ``folder`` with the same voxels.

    Raises:
        VolumeError: no series there, or none that holds these voxels; says why for each.
    """
    values = sitk.GetArrayFromImage(image)
    faults = []
    for series in series_below(folder):
        try:
            geometry, turned = _geometry_in(series, values)
        except VolumeError as error:
            faults.append(str(error))
            continue
        same = f"the series {_shown(series)} holds the same voxels{turned}"
        why = f"the image's header says {_UNSET}: it was never set; {same}"
        return geometry.image_of(values), Repair("took the DICOM's geometry", why)
    there = "; ".join(faults) or "no DICOM image lies beside it"
    raise VolumeError(name, f"has no geometry ({_UNSET}), and no series says where it lies ({there})")


def _geometry_in(series: SeriesOverview, values: npt.NDArray[np.float32]) -> tuple[Geometry, str]:
    """Geometry of ``values`` ``[D, H, W]`` as the series has it, and how their order differs, in words.

    Raises:
        VolumeError: the series is no volume, or another one.
    """
    stack = read_series(series.folder, series.series_uid)[0]
    geometry = Geometry.of_image(stack)
    if geometry.shape != values.shape:
        raise VolumeError(_shown(series), f"has {geometry.shape} voxels (slices, rows, columns), not {values.shape}")
    own = sitk.GetArrayFromImage(stack)
    likeness = {turn: _correlation(_flipped(own, turn), values) for turn in product((False, True), repeat=3)}
    best = max(likeness, key=lambda turn: likeness[turn])
    if likeness[best] < _SAME_VOXELS:
        raise VolumeError(_shown(series), f"holds other voxels (correlation {likeness[best]:.2f} at best)")
    axes = ", ".join(axis for axis, is_turned in zip(("columns", "rows", "slices"), best, strict=True) if is_turned)
    return geometry.reversed_along(best), f", their {axes} the other way round" if axes else ""


def _shown(series: SeriesOverview) -> str:
    return f"'{series.description or 'no description'}' ({len(series.files)} slices)"


def _flipped(values: npt.NDArray[np.float32], turn: tuple[bool, ...]) -> npt.NDArray[np.float32]:
    """``[D, H, W]`` with the index axes (i, j, k) reversed where ``turn`` says so."""
    return np.flip(values, tuple(2 - axis for axis, is_turned in enumerate(turn) if is_turned))


def _correlation(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    deviations = [array.astype(np.float64) - array.mean(dtype=np.float64) for array in (one, other)]
    size = float(np.sqrt(np.prod([np.square(array).sum() for array in deviations])))
    return float((deviations[0] * deviations[1]).sum() / size) if size else 0.0
