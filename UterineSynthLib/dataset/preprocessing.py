"""From a case to what a model learns from: the uterus in the middle of the model's grid, intensities in [-1, 1].

Every study is turned to the project's sagittal frame first (i to the back, j to the feet, k to the right), whatever
the order it is stored in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.dataset.cache import ArrayCache, entry_key
from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.manifest import Manifest
from UterineSynthLib.errors import ConfigError, VolumeError
from UterineSynthLib.records import record
from UterineSynthLib.volumes.files import read_image, read_labels
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.intensity import as_tensor_array, to_unit
from UterineSynthLib.volumes.resampling import Interpolation, model_geometry, resample_image, resample_labels
from UterineSynthLib.volumes.roi import uterine_region

SAGITTAL_FRAME = "PIR"
_COARSEST = 2.0
"""A study may be this many times coarser in plane than the model's grid; beyond, detail would be made up."""


class Centre(StrEnum):
    """What lies in the middle of the model's grid: the uterus of the label map, or the middle of the study."""

    UTERUS = "uterus"
    STUDY = "study"


@record("uterinesynth.preprocessing")
@dataclass(frozen=True)
class Preprocessing:
    """The model's grid and how a study is brought there.

    Attributes:
        size: columns, rows, slices; spacing_mm: along i, j, k. Both in the order of :class:`Geometry`.
        centre: what lies in the middle.
        interpolation: for the image; label maps are always put to a vote.
    """

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    centre: Centre = Centre.UTERUS
    interpolation: Interpolation = Interpolation.LINEAR

    def __post_init__(self) -> None:
        if min(self.size) < 1 or min(self.spacing_mm) <= 0:
            raise ConfigError(f"model grid {self.size} of {self.spacing_mm} mm: all numbers must be above zero")


@dataclass(frozen=True)
class PreprocessedCase:
    """A case on the model's grid.

    Attributes:
        image: ``float32 [1, D, H, W]`` in [-1, 1]; read-only where it comes from a cache.
        labels: ``uint8 [D, H, W]``, likewise, or None where the case has none.
    """

    image: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8] | None


def preprocess(image: sitk.Image, labels: sitk.Image | None, config: Preprocessing) -> PreprocessedCase:
    """Bring a study and its label map to the model's grid.

    Raises:
        VolumeError: image and label map lie on different grids, no uterus to centre on, or a study much coarser in
            plane than the model's grid (a stack acquired in another plane).
    """
    if labels is not None and not Geometry.of_image(labels).matches(Geometry.of_image(image)):
        raise VolumeError("label map", "lies on another grid than its image")
    image = sitk.DICOMOrient(image, SAGITTAL_FRAME)
    labels = None if labels is None else sitk.DICOMOrient(labels, SAGITTAL_FRAME)
    study = Geometry.of_image(image)
    _check_in_plane(study, config)
    target = model_geometry(study, config.size, config.spacing_mm, _centre_mm(study, labels, config))
    values = sitk.GetArrayFromImage(resample_image(image, target, config.interpolation))
    kept = None if labels is None else np.asarray(sitk.GetArrayFromImage(resample_labels(labels, target)), np.uint8)
    return PreprocessedCase(as_tensor_array(to_unit(values)), kept)


def preprocess_case(
    manifest: Manifest, case: Case, config: Preprocessing, cache: ArrayCache | None = None
) -> PreprocessedCase:
    """Read a case and bring it to the model's grid, or take it from ``cache``.

    Raises:
        VolumeError: a file cannot be used (:mod:`UterineSynthLib.volumes.files`), or as :func:`preprocess`; names
            the case.
    """
    if cache is None:
        return _made(manifest, case, config)
    labels_path = manifest.labels_path(case)
    files = [manifest.image_path(case), *([] if labels_path is None else [labels_path])]
    names = ("image",) if labels_path is None else ("image", "labels")
    kept = cache.get(entry_key(files, config), names, lambda: _named_arrays(_made(manifest, case, config)))
    labels = None if labels_path is None else np.asarray(kept["labels"], dtype=np.uint8)
    return PreprocessedCase(np.asarray(kept["image"], dtype=np.float32), labels)


def _named_arrays(made: PreprocessedCase) -> dict[str, npt.NDArray[np.generic]]:
    return {"image": made.image} if made.labels is None else {"image": made.image, "labels": made.labels}


def _made(manifest: Manifest, case: Case, config: Preprocessing) -> PreprocessedCase:
    labels_path = manifest.labels_path(case)
    labels = None if labels_path is None else read_labels(labels_path)
    image = read_image(manifest.image_path(case))
    try:
        return preprocess(image, labels, config)
    except VolumeError as error:
        raise VolumeError(f"case '{case.id}'", str(error)) from error


def _centre_mm(study: Geometry, labels: sitk.Image | None, config: Preprocessing) -> tuple[float, float, float]:
    if config.centre is Centre.STUDY:
        return study.centre_mm
    if labels is None:
        raise VolumeError("study", "has no label map to find the uterus in; centre on the study instead")
    return uterine_region(labels, margin_mm=0.0).centre_mm(study)


def _check_in_plane(study: Geometry, config: Preprocessing) -> None:
    for axis in (0, 1):
        if study.spacing_mm[axis] > _COARSEST * config.spacing_mm[axis]:
            got, wanted = study.spacing_mm[axis], config.spacing_mm[axis]
            reason = f"has {got:g} mm between pixels in the sagittal plane, the model {wanted:g} mm"
            raise VolumeError("study", f"{reason}; it was acquired too coarsely or in another plane")
