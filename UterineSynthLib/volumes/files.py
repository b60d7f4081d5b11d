"""Reading and writing volumes: NIfTI (.nii, .nii.gz) and NRRD (.nrrd).

What is read is always one 3D scalar volume on a right-handed grid (:func:`geometry.right_handed`); anything else is
refused with the file's name and the reason. What is written appears whole or not at all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.errors import OutputError, VolumeError
from UterineSynthLib.records import partial_of
from UterineSynthLib.volumes.geometry import Geometry, right_handed
from UterineSynthLib.volumes.itk_warnings import itk_warnings_off
from UterineSynthLib.volumes.payload import check_payload
from UterineSynthLib.volumes.structures import Structure

SUFFIXES = (".nii", ".nii.gz", ".nrrd")
SYNTHETIC_MARK = "SYNTHETIC (UterineSynth)"
_NIFTI_NOTE = "ITK_FileNotes"
_NIFTI_NOTE_LENGTH = 79
_NRRD_NOTE = "content"
_RESERVE_BLOCK = 1 << 20


def read_image(path: str | Path) -> sitk.Image:
    """Read a volume as float32.

    Raises:
        VolumeError: names the file and why it cannot be used (missing, empty, truncated, not an image, 2D, 4D,
            several components, NaN or infinite values, degenerate geometry).
    """
    path = Path(path)
    image = sitk.Cast(_read(path), sitk.sitkFloat32)
    _check_finite(path, image)
    return right_handed(image)


def read_as_stored(path: str | Path) -> tuple[sitk.Image, ...]:
    """Read the volume of a 3D file or the volumes of a 4D one, as float32 in the order of their voxels.

    The grid may be left-handed: this is for comparing files voxel by voxel. Everything else takes
    :func:`read_image`.

    Raises:
        VolumeError: as :func:`read_image`, but for 4D.
    """
    path = Path(path)
    image = _read(path, most_axes=4)
    volumes = [image]
    if image.GetDimension() == 4:
        *size, count = image.GetSize()
        volumes = [sitk.Extract(image, [*size, 0], [0, 0, 0, number]) for number in range(count)]
    for volume in volumes:
        _check_finite(path, volume)
    return tuple(sitk.Cast(volume, sitk.sitkFloat32) for volume in volumes)


def read_geometry(path: str | Path) -> Geometry:
    """The grid that the header of a 3D file gives, in the order of its voxels; no voxel is read.

    Raises:
        VolumeError: as :func:`read_image`, but for what only the voxels tell.
    """
    path = Path(path)
    with _told_as_volume_error(path), itk_warnings_off():
        reader = _reader(path, most_axes=3)
    return Geometry(reader.GetSize(), reader.GetSpacing(), reader.GetOrigin(), reader.GetDirection())


def read_labels(path: str | Path) -> sitk.Image:
    """Read a label map as uint8, labels as in :class:`Structure`.

    Raises:
        VolumeError: as :func:`read_image`; also values that are not whole numbers and labels not in the table.
    """
    path = Path(path)
    image = _read(path)
    _check_finite(path, image)
    return right_handed(as_labels(image, path))


def as_labels(image: sitk.Image, source: str | Path = "label map") -> sitk.Image:
    """An image in memory as a uint8 label map, its values checked against the label table.

    Raises:
        VolumeError: names ``source`` and the first value that is no label.
    """
    values = np.unique(sitk.GetArrayViewFromImage(image))
    broken = values[values != np.round(values)]
    if broken.size:
        raise VolumeError(source, f"has the value {broken[0]:g}; a label map holds whole numbers only")
    foreign = values[~np.isin(values, [int(s) for s in Structure])]
    if foreign.size:
        known = f"{min(Structure):d} to {max(Structure):d}"
        raise VolumeError(source, f"has the label {foreign[0]:g}; known labels are {known}")
    return sitk.Cast(image, sitk.sitkUInt8)


def write_image(
    image: sitk.Image,
    path: str | Path,
    description: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a 3D volume, compressed, beside its final name first.

    Args:
        image: what to write; its geometry is kept (NIfTI holds it in single precision).
        path: ends in one of :data:`SUFFIXES`.
        description: one line kept in the header (NIfTI ``descrip``, 79 characters; NRRD ``content``).
        metadata: further keys; NRRD holds them, NIfTI has no place for them.

    Raises:
        OutputError: unknown suffix, folder not writable, disk full.
    """
    path = Path(path)
    check_suffix(path)
    if path.is_dir():
        raise OutputError(path, "is a folder")
    Geometry.of_image(image)
    partial = partial_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _reserve(partial, image)
        _write(_annotated(image, path, description, metadata), partial, path)
        partial.replace(path)
    except OSError as error:
        raise OutputError(path, error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def check_suffix(path: Path) -> None:
    """Raise :class:`OutputError` unless ``path`` ends as a volume file does."""
    if not path.name.endswith(SUFFIXES):
        raise OutputError(path, f"unknown kind of volume; the name must end in {', '.join(SUFFIXES)}")


def _read(path: Path, most_axes: int = 3) -> sitk.Image:
    if path.exists() and not path.is_dir() and not path.name.endswith(SUFFIXES):
        raise VolumeError(path, f"unknown kind of volume; the name must end in {', '.join(SUFFIXES)}")
    check_payload(path)
    with _told_as_volume_error(path), itk_warnings_off():
        return _reader(path, most_axes).Execute()


def _reader(path: Path, most_axes: int) -> sitk.ImageFileReader:
    """A reader that has read the header of a volume."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetImageIO("NrrdImageIO" if path.name.endswith(".nrrd") else "NiftiImageIO")
    reader.ReadImageInformation()
    _check_kind(path, reader, most_axes)
    return reader


@contextlib.contextmanager
def _told_as_volume_error(path: Path) -> Iterator[None]:
    """Raise ITK's errors in one line, with the file's name."""
    try:
        yield
    except RuntimeError as error:
        if "orthonormal" in str(error):
            raise VolumeError(path, "has sheared axes, expected three at right angles; resample it first") from error
        raise VolumeError(path, f"cannot be read ({_last_line(error)})") from error


def _check_kind(path: Path, reader: sitk.ImageFileReader, most_axes: int) -> None:
    size = reader.GetSize()
    if len(size) < 3:
        raise VolumeError(path, f"is a {len(size)}D image ({' x '.join(map(str, size))}), expected a 3D volume")
    if len(size) > most_axes:
        count = int(np.prod(size[3:]))
        raise VolumeError(path, f"is {len(size)}D and holds {count} volumes, expected one 3D volume")
    if "complex" in sitk.GetPixelIDValueAsString(reader.GetPixelID()):
        raise VolumeError(path, "has complex voxels, expected one real number per voxel; export the magnitude")
    if reader.GetNumberOfComponents() > 1:
        raise VolumeError(path, f"has {reader.GetNumberOfComponents()} components per voxel, expected one number")
    if not np.isfinite([*reader.GetSpacing(), *reader.GetOrigin(), *reader.GetDirection()]).all():
        raise VolumeError(path, "has a geometry that is not finite")


def _check_finite(path: Path, image: sitk.Image) -> None:
    array = sitk.GetArrayViewFromImage(image)
    strange = array.size - int(np.isfinite(array).sum())
    if strange:
        raise VolumeError(path, f"has {strange} NaN or infinite voxels of {array.size}")


def _reserve(partial: Path, image: sitk.Image) -> None:
    """Fill the place of the file to come, so that a full disk is met here, where it is reported, not in the writer."""
    voxel_bytes = int(sitk.GetArrayViewFromImage(image).nbytes)
    block = bytes(_RESERVE_BLOCK)
    with partial.open("wb") as stream:
        for _ in range(voxel_bytes // _RESERVE_BLOCK + 1):
            stream.write(block)


def _annotated(
    image: sitk.Image, path: Path, description: str | None, metadata: Mapping[str, str] | None
) -> sitk.Image:
    annotated = sitk.Image(image)
    for key in annotated.GetMetaDataKeys():
        annotated.EraseMetaData(key)
    nrrd = path.name.endswith(".nrrd")
    for key, value in (metadata or {}).items() if nrrd else ():
        annotated.SetMetaData(key, value)
    if description is not None:
        annotated.SetMetaData(_NRRD_NOTE if nrrd else _NIFTI_NOTE, _note(description, nrrd))
    return annotated


def _note(description: str, nrrd: bool) -> str:
    line = " ".join(description.split())
    return line if nrrd else line.encode("ascii", "replace").decode()[:_NIFTI_NOTE_LENGTH]


def _write(image: sitk.Image, partial: Path, path: Path) -> None:
    try:
        sitk.WriteImage(image, str(partial), useCompression=True)
        check_payload(partial)
    except (RuntimeError, VolumeError) as error:
        reason = "the disk is full or the file could not be completed" if partial.exists() else _last_line(error)
        raise OutputError(path, reason) from error


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
