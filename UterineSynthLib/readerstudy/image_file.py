"""The file of a blinded image: raw NRRD of which nothing differs between images but the voxels.

Uncompressed, so that the size says nothing; one header for all; one modification time for all. A few random bytes after
the voxels give each file a digest of its own, so that two files with the same image are not known by it.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import OutputError, VolumeError
from UterineSynthLib.volumes.payload import check_payload

SUFFIX = ".nrrd"
TAIL_BYTES = 16
FILE_TIME_S = 946_684_800
"""Modification time of every file: 1 January 2000, UTC."""
_HEADER = """NRRD0004
type: short
dimension: 3
space: left-posterior-superior
sizes: {columns} {rows} {slices}
space directions: (0,{spacing[0]:g},0) (0,0,{down:g}) ({right:g},0,0)
kinds: domain domain domain
endian: little
encoding: raw
space origin: (0,0,0)

"""


def write_blinded_image(
    path: Path, array: npt.NDArray[np.int16], spacing_mm: tuple[float, float, float], tail: bytes
) -> None:
    """Write voxels ``int16 [D, H, W]`` as a sagittal volume at the origin.

    Args:
        spacing_mm: along columns, rows, slices.
        tail: the random bytes; :data:`TAIL_BYTES` of them.

    Raises:
        OutputError: the file could not be written.
    """
    assert len(tail) == TAIL_BYTES
    slices, rows, columns = array.shape
    header = _HEADER.format(
        columns=columns, rows=rows, slices=slices, spacing=spacing_mm, down=-spacing_mm[1], right=-spacing_mm[2]
    )
    try:
        path.write_bytes(header.encode("ascii") + array.astype("<i2").tobytes() + tail)
        os.utime(path, (FILE_TIME_S, FILE_TIME_S))
    except OSError as error:
        raise OutputError(path, error.strerror or str(error)) from error


def read_blinded_image(path: Path) -> npt.NDArray[np.int16]:
    """The voxels ``int16 [D, H, W]``, slices from left to right of the patient.

    Raises:
        VolumeError: the file is missing, cut short, or not an image.
    """
    check_payload(path)
    raw = path.read_bytes()
    header, separator, voxels = raw.partition(b"\n\n")
    sizes = next((line for line in header.decode("ascii", "replace").splitlines() if line.startswith("sizes:")), None)
    if not separator or sizes is None or b"type: short" not in header:
        raise VolumeError(path, "is not an image of a reader study")
    columns, rows, slices = (int(n) for n in sizes.split()[1:4])
    count = columns * rows * slices
    return np.frombuffer(voxels, dtype="<i2", count=count).reshape(slices, rows, columns).astype(np.int16)
