"""Is an image file whole? Looks at the header and counts the bytes of voxels, before any reader is let near it.

Readers answer a damaged file with a trace, a page of warnings or, worse, zeros. This tells the plain reason first.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Literal, cast

import numpy as np

from UterineSynthLib.errors import VolumeError

_GZIP_MAGIC = b"\x1f\x8b"
_NIFTI1_BYTES, _NIFTI2_BYTES = 348, 540
_NIFTI1_LAYOUT = (("h", 70), ("h", 72), ("8h", 40), ("8f", 76), ("f", 108))
_NIFTI2_LAYOUT = (("h", 12), ("h", 14), ("8q", 16), ("8d", 104), ("q", 168))
"""Format and byte position of datatype, bits per voxel, dim, pixdim and vox_offset in the two headers."""
_NIFTI_FLOATS = {16: "f4", 64: "f8"}
_ORDERS: tuple[Literal["<", ">"], ...] = ("<", ">")
_CHUNK = 1 << 20
_LONGEST_LINE = 1 << 16
_NRRD_BYTES = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), 2),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), 2),
    **dict.fromkeys(
        ("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t", "float"), 4
    ),
    **dict.fromkeys(("long long", "int64", "int64_t", "unsigned long long", "uint64", "uint64_t", "double"), 8),
}


def check_payload(path: Path) -> None:
    """Check that ``path`` is a NIfTI or NRRD file that holds all the voxels its header announces, all finite.

    A NIfTI that is named ``.gz`` but is not compressed passes. NaN is looked for here because the NIfTI reader turns
    it into zero in silence.

    Raises:
        VolumeError: missing, empty, truncated, not an image, without a usable voxel size, NaN or infinite voxels.
    """
    if path.is_dir():
        raise VolumeError(path, "is a folder, expected an image file")
    if not path.exists():
        raise VolumeError(path, "no such file")
    try:
        with path.open("rb") as raw:
            _check_stream(path, raw)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise VolumeError(path, f"is truncated or damaged ({error})") from error
    except OSError as error:
        raise VolumeError(path, f"cannot be read ({error.strerror or error})") from error


def _check_stream(path: Path, raw: BinaryIO) -> None:
    magic = raw.read(2)
    if not magic:
        raise VolumeError(path, "is empty (0 bytes)")
    raw.seek(0)
    compressed = magic == _GZIP_MAGIC
    stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if compressed else raw
    if path.name.endswith(".nrrd"):
        _check_nrrd(path, stream)
    elif compressed and path.suffix == ".nii":
        raise VolumeError(path, "is compressed although its name ends in .nii; rename it to .nii.gz")
    else:
        _check_nifti(path, stream)


def _check_nifti(path: Path, stream: BinaryIO) -> None:
    header = stream.read(_NIFTI1_BYTES)
    order: Literal["<", ">"] | None = next(
        (o for o in _ORDERS if header[:4] in (struct.pack(o + "i", 348), struct.pack(o + "i", 540))), None
    )
    if order is None:
        raise VolumeError(path, "is not a NIfTI file (its first bytes are not a NIfTI header)")
    wide = struct.unpack(order + "i", header[:4])[0] == _NIFTI2_BYTES
    header += stream.read(_NIFTI2_BYTES - _NIFTI1_BYTES) if wide else b""
    if len(header) < (_NIFTI2_BYTES if wide else _NIFTI1_BYTES):
        raise VolumeError(path, f"is truncated: {len(header)} bytes, less than a NIfTI header")
    layout = _NIFTI2_LAYOUT if wide else _NIFTI1_LAYOUT
    kind, bits, sizes, spacing, offset = (struct.unpack_from(order + form, header, at) for form, at in layout)
    used = sizes[1 : max(sizes[0], 0) + 1]
    if not 1 <= sizes[0] <= 7 or any(n < 1 for n in used):
        raise VolumeError(path, f"announces the impossible size {' x '.join(map(str, used)) or 0}")
    _check_spacing(path, spacing[1 : min(sizes[0], 3) + 1])
    if not len(header) <= offset[0] < math.inf:
        raise VolumeError(path, f"announces that its voxels begin at byte {offset[0]:g}")
    stream.read(int(offset[0]) - len(header))
    _check_voxels(path, stream, math.prod(used) * bits[0] // 8, _NIFTI_FLOATS.get(kind[0], ""), order)


def _check_spacing(path: Path, spacing_mm: tuple[float, ...]) -> None:
    if any(not math.isfinite(s) or s <= 0 for s in spacing_mm):
        shown = " x ".join(f"{s:g}" for s in spacing_mm)
        raise VolumeError(path, f"has a voxel size of {shown} mm; every side must be above zero")


def _check_voxels(path: Path, stream: BinaryIO, expected: int, float_type: str, order: Literal["<", ">"]) -> None:
    found = strange = 0
    while chunk := stream.read(_CHUNK):
        found += len(chunk)
        if float_type:
            whole = len(chunk) - len(chunk) % np.dtype(float_type).itemsize
            values = np.frombuffer(chunk[:whole], dtype=np.dtype(float_type).newbyteorder(order))
            strange += int(values.size - np.isfinite(values).sum())
    if found < expected:
        raise VolumeError(path, f"is truncated: {found} of {expected} bytes of voxels are there")
    if strange:
        raise VolumeError(path, f"has {strange} NaN or infinite voxels")


def _check_nrrd(path: Path, stream: BinaryIO) -> None:
    if not stream.readline(_LONGEST_LINE).startswith(b"NRRD"):
        raise VolumeError(path, "is not an NRRD file (it does not begin with NRRD)")
    fields = {}
    while (line := stream.readline(_LONGEST_LINE).strip()) != b"":
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon and not value.startswith("="):
            fields[name.strip().lower()] = value.strip()
    if "sizes" not in fields or "type" not in fields:
        raise VolumeError(path, "has an NRRD header without 'type' and 'sizes'")
    if "data file" in fields or "datafile" in fields:
        raise VolumeError(path, "keeps its voxels in another file; store header and voxels in one .nrrd")
    _check_nrrd_voxels(path, stream, fields)


def _check_nrrd_voxels(path: Path, stream: BinaryIO, fields: dict[str, str]) -> None:
    encoding, kind = fields.get("encoding", "raw").lower(), fields["type"].lower()
    try:
        count = math.prod(int(n) for n in fields["sizes"].split())
    except ValueError as error:
        raise VolumeError(path, f"announces the impossible size '{fields['sizes']}'") from error
    if kind not in _NRRD_BYTES:
        raise VolumeError(path, f"has voxels of type '{fields['type']}'; expected numbers such as short or float")
    if encoding in ("gzip", "gz"):
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    elif encoding != "raw":
        raise VolumeError(path, f"is encoded as '{encoding}'; expected raw or gzip")
    float_type = {"float": "f4", "double": "f8"}.get(kind, "")
    order: Literal["<", ">"] = ">" if fields.get("endian", "little").lower() == "big" else "<"
    _check_voxels(path, stream, count * _NRRD_BYTES[kind], float_type, order)
