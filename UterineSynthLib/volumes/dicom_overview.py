"""Which DICOM series lie below a folder, from their headers alone: to choose one before any pixel is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.errors import InputError
from UterineSynthLib.volumes.itk_warnings import itk_warnings_off

_PATIENT, _STUDY, _DESCRIPTION, _MODALITY = "0010|0020", "0020|000d", "0008|103e", "0008|0060"
_ORIENTATION, _ECHO_TIME, _REPETITION_TIME = "0020|0037", "0018|0081", "0018|0080"
_PLANES = (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)
"""By the body axis (x, y, z) that the slices are stacked along."""
_SAME_DIRECTION = 1e-2


@dataclass(frozen=True)
class SeriesOverview:
    """One series as its headers tell it. ``patient`` and ``study_uid`` may identify a person.

    Attributes:
        folder: holds the files; files: its slices.
        plane: that its slices lie nearest to; None where they are turned against each other or say nothing.
        echo_time_ms, repetition_time_ms: None where the header is silent.
    """

    folder: Path
    files: tuple[Path, ...]
    series_uid: str
    study_uid: str
    patient: str
    description: str
    modality: str
    plane: Plane | None
    echo_time_ms: float | None
    repetition_time_ms: float | None


def series_below(root: Path) -> list[SeriesOverview]:
    """All series in all folders below ``root``, in a fixed order.

    Raises:
        InputError: no such folder.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder")
    found = []
    with itk_warnings_off():
        for folder, folders, _ in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
            for uid in sorted(sitk.ImageSeriesReader.GetGDCMSeriesIDs(folder)):
                overview = _overview(Path(folder), uid)
                if overview is not None:
                    found.append(overview)
    return found


def _overview(folder: Path, uid: str) -> SeriesOverview | None:
    names = [Path(name) for name in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid)]
    headers = [header for path in names if not path.name.startswith("._") and (header := _header(path)) is not None]
    if not headers:
        return None
    first = headers[0]
    return SeriesOverview(
        folder,
        tuple(names),
        uid,
        first.get(_STUDY, ""),
        first.get(_PATIENT, ""),
        first.get(_DESCRIPTION, ""),
        first.get(_MODALITY, ""),
        _plane([header.get(_ORIENTATION, "") for header in headers]),
        _number(first.get(_ECHO_TIME, "")),
        _number(first.get(_REPETITION_TIME, "")),
    )


def _header(path: Path) -> dict[str, str] | None:
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetImageIO("GDCMImageIO")
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None
    wanted = (_PATIENT, _STUDY, _DESCRIPTION, _MODALITY, _ORIENTATION, _ECHO_TIME, _REPETITION_TIME)
    return {key: str(reader.GetMetaData(key)).strip() for key in wanted if reader.HasMetaDataKey(key)}


def _plane(orientations: list[str]) -> Plane | None:
    try:
        turns = np.array([[float(part) for part in text.split("\\")] for text in orientations])
    except ValueError:
        return None
    if turns.ndim != 2 or turns.shape[1] != 6 or np.abs(turns - turns[0]).max() > _SAME_DIRECTION:
        return None
    normal = np.cross(turns[0][:3], turns[0][3:])
    return _PLANES[int(np.abs(normal).argmax())]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
