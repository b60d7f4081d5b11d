"""The small picture of a case in the report of an import."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk

from UterineSynthLib.volumes.contact_sheet import middle_slice, write_contact_sheet

THUMBNAIL_PX = 160


def write_thumbnail(image: sitk.Image, labels: sitk.Image | None, path: Path) -> None:
    """Write the middle slice with the borders of its labels as PNG.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    write_contact_sheet(middle_slice(image, labels, THUMBNAIL_PX), path)
