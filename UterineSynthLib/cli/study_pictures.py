"""Pictures of the example cases in a study's report: the middle slice, as the readers saw it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from UterineSynthLib.readerstudy.blinding import INTENSITY_TOP
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.image_file import read_blinded_image
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.report.examples import example_cases

_ROWS = 320


def example_pictures(folder: ReaderFolder, readings: StudyReadings, to: Path) -> dict[str, Path]:
    """A PNG by case for every example of the report, sets side by side.

    Raises:
        StudyError: an image is missing or was changed.
    """
    found = {}
    for example in example_cases(readings):
        shown = [_middle_slice(folder.checked_image_path(image)) for image in folder.study.items[example.case]]
        found[example.case] = to / f"{example.case}.png"
        Image.fromarray(np.hstack(shown)).save(found[example.case])
    return found


def _middle_slice(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The slice with square pixels, brightened to the whole grey scale."""
    image = read_blinded_image(path)
    middle = image.array[image.array.shape[0] // 2].astype(np.float32) / INTENSITY_TOP * 255.0
    rows, columns = middle.shape
    width = round(_ROWS * columns * image.spacing_mm[0] / (rows * image.spacing_mm[1]))
    picture = Image.fromarray(np.clip(middle, 0.0, 255.0).astype(np.uint8))
    return np.asarray(picture.resize((width, _ROWS), Image.Resampling.BICUBIC))
