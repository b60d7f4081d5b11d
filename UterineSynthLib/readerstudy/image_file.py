"""The file of a blinded image: raw NRRD of which nothing differs between images but the voxels.

Uncompressed, so that the size says nothing; one header for all; one modification time for all. A few random bytes after
the voxels give each file a digest of its own, so that two files with the same image are not known by it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
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


_NUMBER = r"([0-9.e+-]+?)"
_SHAPE = re.compile(
    rf"type: short\n.*sizes: (\d+) (\d+) (\d+)\n"
    rf"space directions: \(0,{_NUMBER},0\) \(0,0,-{_NUMBER}\) \(-{_NUMBER},0,0\)\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class BlindedImage:
    """Voxels ``int16 [D, H, W]``, columns to the back, rows to the feet, slices to the right of the patient.

    ``spacing_mm`` is along columns, rows, slices; the first voxel lies at the origin.
    """

    array: npt.NDArray[np.int16]
    spacing_mm: tuple[float, float, float]


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


def read_blinded_image(path: Path) -> BlindedImage:
    """Voxels and spacing; quick, and without ITK.

    Raises:
        VolumeError: the file is missing, cut short, or not an image of a reader study.
    """
    check_payload(path)
    header, _, voxels = path.read_bytes().partition(b"\n\n")
    found = _SHAPE.search(header.decode("ascii", "replace"))
    if found is None:
        raise VolumeError(path, "is not an image of a reader study")
    columns, rows, slices = (int(found.group(i)) for i in (1, 2, 3))
    spacing = float(found.group(4)), float(found.group(5)), float(found.group(6))
    array = np.frombuffer(voxels, dtype="<i2", count=columns * rows * slices).reshape(slices, rows, columns)
    return BlindedImage(array.astype(np.int16), spacing)
