"""From a case to what a model learns from: the uterus in the middle of the model's grid, intensities in [-1, 1].

Every study is turned to the project's sagittal frame first (i to the back, j to the feet, k to the right), whatever
the order it is stored in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.dataset.cache import ArrayCache, entry_key
from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.centring import Centre, CentredOn, Middle, middle_of
from UterineSynthLib.dataset.manifest import Manifest
from UterineSynthLib.errors import ConfigError, VolumeError
from UterineSynthLib.records import record
from UterineSynthLib.volumes.bias_field import BiasCorrection, correct_bias
from UterineSynthLib.volumes.files import read_image, read_labels
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.intensity import IntensityMapping, to_unit
from UterineSynthLib.volumes.partial_volume import WHOLE, PartialVolume
from UterineSynthLib.volumes.resampling import Interpolation, model_geometry, resample_image, resample_labels

SAGITTAL_FRAME = "PIR"
_COARSEST = 2.0
"""A study may be this many times coarser in plane than the model's grid; beyond, detail would be made up."""
_SOURCES = tuple(CentredOn)
_NOT_MIXED = np.zeros(0, dtype=np.uint8)
"""Kept for a case whose partial volume is not known on the model's grid."""


@record("uterinesynth.preprocessing")
@dataclass(frozen=True)
class Preprocessing:
    """The model's grid and how a study is brought there.

    Attributes:
        size: columns, rows, slices; spacing_mm: along i, j, k. Both in the order of :class:`Geometry`.
        centre: what lies in the middle.
        interpolation: for the image; label maps are always put to a vote.
        bias_correction: of the shading of MR coils (N4), before anything is resampled; None leaves it out.
        window: intensities that become -1 and 1, such as Hounsfield units of CT; None takes each volume's own robust
            range, the rule for MR.
    """

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    centre: Centre = Centre.UTERUS
    interpolation: Interpolation = Interpolation.LINEAR
    bias_correction: BiasCorrection | None = None
    window: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if min(self.size) < 1 or min(self.spacing_mm) <= 0:
            raise ConfigError(f"model grid {self.size} of {self.spacing_mm} mm: all numbers must be above zero")
        if self.window is not None and self.window[0] >= self.window[1]:
            raise ConfigError(f"window {self.window[0]:g} to {self.window[1]:g}: must ascend")
        if self.window is not None and self.bias_correction is not None:
            raise ConfigError("window and bias_correction: N4 is for MR, which has no fixed window; set one of them")


@dataclass(frozen=True)
class PreprocessedCase:
    """A case on the model's grid.

    Attributes:
        image: ``float32 [C, D, H, W]`` in [-1, 1], one channel a modality; read-only where it comes from a cache.
        labels: ``uint8 [D, H, W]``, likewise, or None where the case has none.
        centred_on: what the middle of the grid was taken from.
        partial_volume: beside the labels, likewise; None where the case has none, or lies on another grid.
    """

    image: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8] | None
    centred_on: CentredOn
    partial_volume: PartialVolume | None = None


@dataclass(frozen=True)
class Study:
    """What is preprocessed: the modalities of a case on one grid, and its label map.

    ``mixed`` holds the second label of each voxel and its share; none for a study that does not know them.
    """

    images: tuple[sitk.Image, ...]
    labels: sitk.Image | None
    mixed: tuple[sitk.Image, ...] = ()

    @property
    def geometry(self) -> Geometry:
        """The grid."""
        return Geometry.of_image(self.images[0])


def preprocess(
    image: sitk.Image, labels: sitk.Image | None, config: Preprocessing, further: Sequence[sitk.Image] = ()
) -> PreprocessedCase:
    """Bring a study, its further modalities and its label map to the model's grid.

    Raises:
        VolumeError: images and label map lie on different grids, no uterus to centre on, or a study much coarser in
            plane than the model's grid (a stack acquired in another plane).
    """
    return _preprocessed(Study((image, *further), labels), config)


def _preprocessed(study: Study, config: Preprocessing) -> PreprocessedCase:
    placed, middle = on_grid(bias_corrected(turned(study), config), config)
    labels = None if placed.labels is None else _whole_numbers(placed.labels)
    partial = PartialVolume(*map(_whole_numbers, placed.mixed)) if placed.mixed else None
    return PreprocessedCase(standardised(placed, config), labels, middle.taken_from, partial)


def _whole_numbers(image: sitk.Image) -> npt.NDArray[np.uint8]:
    return np.asarray(sitk.GetArrayFromImage(image), np.uint8)


def turned(study: Study) -> Study:
    """The study in the sagittal frame.

    Raises:
        VolumeError: not all of it lies on one grid.
    """
    if study.labels is not None and not Geometry.of_image(study.labels).matches(study.geometry):
        raise VolumeError("label map", "lies on another grid than its image")
    for number, image in enumerate(study.images[1:], start=2):
        if not Geometry.of_image(image).matches(study.geometry):
            raise VolumeError(f"image {number}", f"lies on another grid than the first of {len(study.images)}")
    for image in study.mixed:
        if not Geometry.of_image(image).matches(study.geometry):
            raise VolumeError("second label or its share", "lies on another grid than the label map")
    labels = None if study.labels is None else sitk.DICOMOrient(study.labels, SAGITTAL_FRAME)
    images, mixed = (
        tuple(sitk.DICOMOrient(image, SAGITTAL_FRAME) for image in those) for those in (study.images, study.mixed)
    )
    return Study(images, labels, mixed)


def bias_corrected(study: Study, config: Preprocessing) -> Study:
    """The study without coil shading; unchanged where the config leaves N4 out."""
    if config.bias_correction is None:
        return study
    return replace(study, images=tuple(correct_bias(image, config.bias_correction) for image in study.images))


def on_grid(study: Study, config: Preprocessing) -> tuple[Study, Middle]:
    """A turned study on the model's grid, and what its middle was taken from.

    What voxels hold besides their label is known on the study's own grid alone.
    """
    _check_in_plane(study.geometry, config)
    middle = middle_of(study.images[0], study.labels, config.centre)
    target = model_geometry(study.geometry, config.size, config.spacing_mm, middle.place_mm)
    images = tuple(resample_image(image, target, config.interpolation) for image in study.images)
    labels = None if study.labels is None else resample_labels(study.labels, target)
    return Study(images, labels, study.mixed if study.geometry.matches(target) else ()), middle


def standardised(study: Study, config: Preprocessing) -> npt.NDArray[np.float32]:
    """``[C, D, H, W]`` in [-1, 1]: each modality by its own robust range, or all by the window."""
    values = [sitk.GetArrayFromImage(image) for image in study.images]
    window = None if config.window is None else IntensityMapping(*config.window)
    return np.stack([to_unit(one) if window is None else window.to_unit(one) for one in values])


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
    kept = cache.get(*_entry(manifest, case, config), lambda: _named_arrays(_made(manifest, case, config)))
    labels = np.asarray(kept["labels"], dtype=np.uint8) if "labels" in kept else None
    partial = None
    if kept.get("share", _NOT_MIXED).size:
        partial = PartialVolume(np.asarray(kept["second"], np.uint8), np.asarray(kept["share"], np.uint8))
    told = {Centre.UTERUS: CentredOn.LABELS, Centre.STUDY: CentredOn.STUDY}.get(config.centre)
    return PreprocessedCase(
        np.asarray(kept["image"], dtype=np.float32), labels, told or _SOURCES[int(kept["centred-on"][0])], partial
    )


def is_prepared(manifest: Manifest, case: Case, config: Preprocessing, cache: ArrayCache) -> bool:
    """Whether :func:`preprocess_case` finds a case in the cache.

    Raises:
        VolumeError: a file of the case cannot be read.
    """
    return cache.holds(*_entry(manifest, case, config))


def _entry(manifest: Manifest, case: Case, config: Preprocessing) -> tuple[str, list[str]]:
    """Key and names of a case's arrays in a cache."""
    labels_path = manifest.labels_path(case)
    mixed = manifest.partial_volume_paths(case) or ()
    files = [*manifest.image_paths(case), *([] if labels_path is None else [labels_path]), *mixed]
    names = ["image", *([] if labels_path is None else ["labels"]), *(["second", "share"] if mixed else [])]
    if config.centre is Centre.FOUND:
        names.append("centred-on")
    return entry_key(files, config), names


def _named_arrays(made: PreprocessedCase) -> dict[str, npt.NDArray[np.generic]]:
    source = np.array([_SOURCES.index(made.centred_on)], dtype=np.uint8)
    arrays: dict[str, npt.NDArray[np.generic]] = {"image": made.image, "centred-on": source}
    partial = made.partial_volume or PartialVolume(_NOT_MIXED, _NOT_MIXED)
    arrays |= {"second": partial.second, "share": partial.share}
    return arrays if made.labels is None else {**arrays, "labels": made.labels}


def _made(manifest: Manifest, case: Case, config: Preprocessing) -> PreprocessedCase:
    study = read_study(manifest, case)
    try:
        return _preprocessed(study, config)
    except VolumeError as error:
        raise VolumeError(f"case '{case.id}'", str(error)) from error


def read_study(manifest: Manifest, case: Case) -> Study:
    """All volumes of a case as they lie on disk.

    Raises:
        VolumeError: a file cannot be used (:mod:`UterineSynthLib.volumes.files`).
    """
    labels_path = manifest.labels_path(case)
    labels = None if labels_path is None else read_labels(labels_path)
    second_and_share = manifest.partial_volume_paths(case)
    mixed = () if second_and_share is None else (read_labels(second_and_share[0]), _read_share(second_and_share[1]))
    return Study(tuple(read_image(path) for path in manifest.image_paths(case)), labels, mixed)


def _read_share(path: Path) -> sitk.Image:
    share = read_image(path)
    values = sitk.GetArrayViewFromImage(share)
    wrong = values[(values < 0) | (values > WHOLE) | (values != np.round(values))]
    if wrong.size:
        reason = f"has the value {wrong[0]:g}; a share is a whole number from 0 to {WHOLE}, which is all of a voxel"
        raise VolumeError(path, reason)
    return share


def _check_in_plane(study: Geometry, config: Preprocessing) -> None:
    for axis in (0, 1):
        if study.spacing_mm[axis] > _COARSEST * config.spacing_mm[axis]:
            got, wanted = study.spacing_mm[axis], config.spacing_mm[axis]
            reason = f"has {got:g} mm between pixels in the sagittal plane, the model {wanted:g} mm"
            raise VolumeError("study", f"{reason}; it was acquired too coarsely or in another plane")
