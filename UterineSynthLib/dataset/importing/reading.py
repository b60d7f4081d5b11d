"""A found case read and put right: volumes and one label map on one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.dataset.importing.found import FoundCase, LabelFile, Repair
from UterineSynthLib.dataset.importing.raters import Labels, majority, painted
from UterineSynthLib.dataset.importing.repairs import check_plausible, on_grid_of, structures_of, whole_numbers
from UterineSynthLib.dataset.importing.slices_beside import placed_by_slices
from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.dicom import read_series
from UterineSynthLib.volumes.files import read_as_stored
from UterineSynthLib.volumes.geometry import Geometry, right_handed

_GZIP_MAGIC = b"\x1f\x8b"
_SAME_PLACE_MM = 0.1


@dataclass(frozen=True)
class ReadCase:
    """A case in memory.

    Attributes:
        images: float32, right-handed, all on one grid.
        labels: uint8 on the same grid, or None.
        repairs: what was put right, in order.
        said: what else was decided.
    """

    images: tuple[sitk.Image, ...]
    labels: sitk.Image | None
    repairs: tuple[Repair, ...]
    said: tuple[str, ...]


def read_found(found: FoundCase) -> ReadCase:
    """Read, check and repair a case.

    Raises:
        VolumeError: what cannot be repaired, by the file's name and the reason.
    """
    repairs = list(found.repairs)
    said = list(found.said)
    images, image_repairs = _images(found)
    repairs += image_repairs
    labels = None
    if found.labels:
        merged, label_repairs, label_said = _labels(found.labels, images[0])
        labels = right_handed(Geometry.of_image(images[0]).image_of(merged))
        repairs += label_repairs
        said += label_said
    return ReadCase(tuple(right_handed(image) for image in images), labels, tuple(repairs), tuple(said))


def _images(found: FoundCase) -> tuple[list[sitk.Image], list[Repair]]:
    """The volumes as stored, on the first one's grid."""
    images: list[sitk.Image] = []
    repairs: list[Repair] = []
    for path in found.images:
        if path.is_dir():
            images.append(read_series(path, found.series_uid)[0])
            continue
        stored = list(read_as_stored(path))
        repairs += _container_repairs(path)
        if found.slices is not None:
            stored[0], placing = placed_by_slices(stored[0], found.slices, path.name)
            repairs.append(placing)
        images += stored
    first = Geometry.of_image(images[0])
    for number, image in enumerate(images):
        name = found.images[min(number, len(found.images) - 1)].name
        check_plausible(image, name)
        own = Geometry.of_image(image)
        if not own.matches(first, _SAME_PLACE_MM):
            raise VolumeError(name, f"lies on another grid than {found.images[0].name}; modalities must be registered")
        if not own.matches(first):
            images[number] = first.image_of(sitk.GetArrayFromImage(image))
            repairs.append(Repair("took the first image's geometry", f"{name} is off by less than {_SAME_PLACE_MM} mm"))
    return images, repairs


def _labels(files: Sequence[LabelFile], image: sitk.Image) -> tuple[Labels, list[Repair], list[str]]:
    """One label map of all masks, in the order of the stored image's voxels."""
    repairs: list[Repair] = []
    said: list[str] = []
    parts = []
    for part in dict.fromkeys(file.part for file in files):
        masks = [file for file in files if file.part == part]
        read = [_mask(file, image) for file in masks]
        repairs += [repair for _, found in read for repair in found]
        parts.append(majority([mask for mask, _ in read]))
        if len(masks) > 1:
            said.append(f"{part}: majority of {len(masks)} raters ({', '.join(str(file.rater) for file in masks)})")
    merged, covered = painted(parts)
    if covered:
        names = ", ".join(dict.fromkeys(file.part for file in files))
        said.append(f"{covered} voxels are marked as several of {names}; the later one counts")
    if not merged.any():
        said.append("the label map is empty")
    return merged, list(dict.fromkeys(repairs)), said


def _mask(file: LabelFile, image: sitk.Image) -> tuple[Labels, list[Repair]]:
    stored = read_as_stored(file.path)
    if len(stored) != 1:
        raise VolumeError(file.path.name, f"holds {len(stored)} volumes, expected one mask")
    whole, rounding = whole_numbers(stored[0], file.path.name)
    structures = structures_of(whole, file.table, file.path.name)
    placed, moving = on_grid_of(structures, image, file.path.name)
    array = np.asarray(sitk.GetArrayFromImage(placed), dtype=np.uint8)
    return array, [*_container_repairs(file.path), *rounding, *moving]


def _container_repairs(path: Path) -> list[Repair]:
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP_MAGIC
    if path.name.endswith(".gz") and not compressed:
        return [Repair("read as uncompressed NIfTI", "the file is named .gz and is not compressed")]
    return []
