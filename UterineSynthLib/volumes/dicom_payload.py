"""Are the DICOM files of a folder whole? The reader leaves out a cut slice in silence, so bytes are counted first.

Only the pixel data element, (7FE0,0010) in little endian, is looked at (DICOM PS3.5, sections 7.1 and A.4).
"""

from __future__ import annotations

import struct
from pathlib import Path

from UterineSynthLib.errors import VolumeError

_PIXEL_DATA = b"\xe0\x7f\x10\x00"
_LONG_VALUES = (b"OW\0\0", b"OB\0\0")
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_UNDEFINED_LENGTH = 0xFFFFFFFF
_MAGIC_AT, _META_BYTES = 128, 1024
_MR_IMAGE = b"1.2.840.10008.5.1.4.1.1.4"
"""SOP class MR Image Storage, and the beginning of those of enhanced MR."""


def check_folder(folder: Path) -> None:
    """Check every DICOM file of a folder; other files are passed over.

    Raises:
        VolumeError: names the first file that ends before its pixel data do.
    """
    for path in sorted(folder.iterdir()):
        if path.is_file():
            try:
                content = path.read_bytes()
            except OSError as error:
                raise VolumeError(path, f"cannot be read ({error.strerror or error})") from error
            if content[_MAGIC_AT : _MAGIC_AT + 4] == b"DICM":
                _check_content(path, content)


def _check_content(path: Path, content: bytes) -> None:
    start, length = _pixel_data(content)
    if start is None:
        if _MR_IMAGE in content[:_META_BYTES]:
            raise VolumeError(path, "is truncated: it is an MR image without pixel data")
    elif length == _UNDEFINED_LENGTH:
        if content.rfind(_SEQUENCE_END) < start:
            raise VolumeError(path, "is truncated: its compressed pixel data have no end")
    elif start + length > len(content):
        raise VolumeError(path, f"is truncated: {len(content) - start} of {length} bytes of pixel data are there")


def _pixel_data(content: bytes) -> tuple[int | None, int]:
    """First byte and announced length of the last pixel data element (an earlier one belongs to an icon)."""
    for form in _LONG_VALUES:
        at = content.rfind(_PIXEL_DATA + form)
        if at >= 0 and at + 12 <= len(content):
            return at + 12, int(struct.unpack_from("<I", content, at + 8)[0])
    at = content.rfind(_PIXEL_DATA)
    if at < 0 or at + 8 > len(content):
        return None, 0
    return at + 8, int(struct.unpack_from("<I", content, at + 4)[0])
