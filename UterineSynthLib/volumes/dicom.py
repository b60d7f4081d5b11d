"""Reading one DICOM series as a volume.

Slices are ordered by where they lie, never by name or number, and a series whose slices do not form an even stack is
refused with the numbers: a missing slice must not become a thicker one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.dicom_payload import check_folder
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.itk_warnings import itk_warnings_off

_POSITION, _ORIENTATION, _PIXEL_SPACING = "0020|0032", "0020|0037", "0028|0030"
_DESCRIPTION, _MODALITY, _FIELD_STRENGTH = "0008|103e", "0008|0060", "0018|0087"
_THICKNESS, _ECHO_TIME, _REPETITION_TIME = "0018|0050", "0018|0081", "0018|0080"
_EVEN_SHARE = 0.02
"""Spacings within 2 % of their median are even: scanners write positions in rounded millimetres."""
_SAME_DIRECTION = 1e-3
_SAME_LINE_MM = 0.5


@dataclass(frozen=True)
class SeriesFacts:
    """What the headers say of a series; None where they are silent. Nothing here identifies the patient."""

    series_uid: str
    description: str
    modality: str
    slice_count: int
    field_strength_t: float | None = None
    slice_thickness_mm: float | None = None
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None


@dataclass(frozen=True)
class _Slice:
    path: str
    position_mm: npt.NDArray[np.float64]
    orientation: npt.NDArray[np.float64]
    spacing_mm: tuple[float, float]
    size: tuple[int, int]
    tags: dict[str, str]


def read_series(folder: str | Path, series_uid: str | None = None) -> tuple[sitk.Image, SeriesFacts]:
    """Read the series of a folder as a float32 volume on a right-handed grid.

    Args:
        folder: holds the files of the series, side by side.
        series_uid: which series, needed where there are several.

    Raises:
        VolumeError: no DICOM file, several series and none chosen (they are listed), the chosen one is not there,
            a cut file, multi-frame files, slices of different size or direction, missing slices or uneven spacing.
    """
    folder = Path(folder)
    uid = _chosen_series(folder, series_uid)
    slices = [_read_header(path) for path in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid)]
    _check_alike(folder, slices)
    normal = _normal(slices[0])
    slices.sort(key=lambda s: float(s.position_mm @ normal))
    spacing_mm = _slice_spacing_mm(folder, slices, normal)
    geometry = _geometry(slices, normal, spacing_mm)
    stack = np.stack([_read_pixels(s.path) for s in slices])
    return geometry.image_of(stack), _facts(uid, slices)


def _chosen_series(folder: Path, series_uid: str | None) -> str:
    if not folder.is_dir():
        raise VolumeError(folder, "no such folder")
    check_folder(folder)
    with itk_warnings_off():
        found: tuple[str, ...] = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if not found:
        raise VolumeError(folder, "holds no DICOM image")
    if series_uid is None and len(found) == 1:
        return found[0]
    if series_uid in found and series_uid is not None:
        return series_uid
    listed = "; ".join(_listed(folder, uid) for uid in found)
    wanted = "holds several series, choose one" if series_uid is None else f"holds no series {series_uid}"
    raise VolumeError(folder, f"{wanted}: {listed}")


def _listed(folder: Path, uid: str) -> str:
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid)
    reader = _header_reader(names[0])
    return f"{uid} '{_tag(reader, _DESCRIPTION)}' ({len(names)} files)"


def _header_reader(path: str) -> sitk.ImageFileReader:
    reader = sitk.ImageFileReader()
    reader.SetFileName(path)
    reader.SetImageIO("GDCMImageIO")
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise VolumeError(path, "is not a readable DICOM image") from error
    return reader


def _tag(reader: sitk.ImageFileReader, key: str) -> str:
    return str(reader.GetMetaData(key)).strip() if reader.HasMetaDataKey(key) else ""


def _read_header(path: str) -> _Slice:
    reader = _header_reader(path)
    width, height, *rest = reader.GetSize()
    if rest and rest[0] != 1:
        raise VolumeError(path, f"is a multi-frame file of {rest[0]} frames; export it as one file per slice")
    if reader.GetNumberOfComponents() > 1:
        raise VolumeError(path, "is a colour image (a screenshot or a report), expected one number per pixel")
    position = _numbers(path, reader, _POSITION, 3)
    orientation = _numbers(path, reader, _ORIENTATION, 6)
    rows_mm, columns_mm = _numbers(path, reader, _PIXEL_SPACING, 2)
    wanted = (_DESCRIPTION, _MODALITY, _FIELD_STRENGTH, _THICKNESS, _ECHO_TIME, _REPETITION_TIME)
    tags = {key: _tag(reader, key) for key in wanted}
    return _Slice(path, position, orientation, (float(columns_mm), float(rows_mm)), (width, height), tags)


def _numbers(path: str, reader: sitk.ImageFileReader, key: str, count: int) -> npt.NDArray[np.float64]:
    text = _tag(reader, key)
    try:
        values = np.array([float(part) for part in text.split("\\")])
    except ValueError:
        values = np.array([])
    if values.size != count or not np.isfinite(values).all():
        raise VolumeError(path, f"has no usable geometry: tag ({key.replace('|', ',')}) is '{text}'")
    return values


def _normal(one: _Slice) -> npt.NDArray[np.float64]:
    return np.cross(one.orientation[:3], one.orientation[3:])


def _check_alike(folder: Path, slices: list[_Slice]) -> None:
    first = slices[0]
    for other in slices[1:]:
        name = Path(other.path).name
        if other.size != first.size or other.spacing_mm != first.spacing_mm:
            raise VolumeError(
                folder, f"{name} has {other.size} pixels of {other.spacing_mm} mm, the others {first.size}"
            )
        if np.abs(other.orientation - first.orientation).max() > _SAME_DIRECTION:
            raise VolumeError(folder, f"{name} is turned against the other slices; a localiser is no volume")


def _slice_spacing_mm(folder: Path, slices: list[_Slice], normal: npt.NDArray[np.float64]) -> float:
    """Distance of slice centres, after checking that it is the same all along a straight line."""
    if len(slices) == 1:
        thickness_mm = _number(slices[0].tags[_THICKNESS])
        if not thickness_mm:
            raise VolumeError(folder, "has one slice and its header gives no slice thickness")
        return thickness_mm
    steps = np.diff([s.position_mm for s in slices], axis=0)
    gaps_mm = steps @ normal
    usual_mm = float(np.median(gaps_mm))
    if usual_mm <= 0 or gaps_mm.min() <= _EVEN_SHARE * usual_mm:
        raise VolumeError(folder, "has several slices at one place; a series of several echoes or times is no volume")
    uneven = np.flatnonzero(np.abs(gaps_mm - usual_mm) > _EVEN_SHARE * usual_mm)
    if uneven.size:
        at = int(uneven[0])
        reason = f"{gaps_mm[at]:.2f} mm lie between slices {at + 1} and {at + 2}, elsewhere {usual_mm:.2f} mm"
        missing = round(float(gaps_mm[at]) / usual_mm) - 1
        hint = f"; {missing} seem to be missing" if missing > 0 else ""
        raise VolumeError(folder, f"has {len(slices)} slices that are not evenly spaced: {reason}{hint}")
    sideways_mm = float(np.linalg.norm(steps - np.outer(gaps_mm, normal), axis=1).max())
    if sideways_mm > _SAME_LINE_MM:
        raise VolumeError(folder, f"has slices shifted sideways by {sideways_mm:.2f} mm; a sheared stack is no volume")
    return float(gaps_mm.mean())


def _geometry(slices: list[_Slice], normal: npt.NDArray[np.float64], spacing_mm: float) -> Geometry:
    first = slices[0]
    frame = np.stack([first.orientation[:3], first.orientation[3:], normal], axis=1)
    frame /= np.linalg.norm(frame, axis=0)
    x, y, z = (float(v) for v in first.position_mm)
    return Geometry(
        (*first.size, len(slices)),
        (*first.spacing_mm, spacing_mm),
        (x, y, z),
        tuple(float(v) for v in frame.ravel()),
    )


def _read_pixels(path: str) -> npt.NDArray[np.float32]:
    try:
        image = sitk.ReadImage(path, sitk.sitkFloat32, imageIO="GDCMImageIO")
    except RuntimeError as error:
        raise VolumeError(path, "holds pixels that cannot be decoded, or one with several values per pixel") from error
    array = np.asarray(sitk.GetArrayFromImage(image), dtype=np.float32)
    return array.reshape(array.shape[-2:])


def _facts(uid: str, slices: list[_Slice]) -> SeriesFacts:
    tags = slices[0].tags
    return SeriesFacts(
        uid,
        tags[_DESCRIPTION],
        tags[_MODALITY],
        len(slices),
        _number(tags[_FIELD_STRENGTH]),
        _number(tags[_THICKNESS]),
        _number(tags[_ECHO_TIME]),
        _number(tags[_REPETITION_TIME]),
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
