"""Contact sheets of judged images: what was asked for over the image, and what the judge read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from UterineSynthLib.evaluation.adherence_figures import NAMES
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.judged_image import JudgedImage, Origin
from UterineSynthLib.evaluation.judging import JudgedArrays
from UterineSynthLib.volumes.contact_sheet import draw_contours, write_contact_sheet
from UterineSynthLib.volumes.sheet_page import Page, Tile, draw_page
from UterineSynthLib.volumes.structures import UTERUS

_TILE_PX, _COLUMNS, _MOST = 224, 8, 64
_CLOSE_UPS = 8


def write_pictures(evidence: Evidence, folder: Path) -> list[tuple[str, str]]:
    """One sheet of plain images for each origin and one with outlines; returns (file name, caption) of each."""
    written = []
    for origin, name in NAMES.items():
        made = evidence.arrays(origin)
        if not made:
            continue
        plain, outlined = f"{origin.value}.png", f"{origin.value}-outlines.png"
        tiles = [Tile(_plain(arrays)) for arrays in made[:_MOST]]
        captions = (f"{name}: middle slices of {len(tiles)} cases", f"{name}: asked for (above), judged (below)")
        write_contact_sheet(draw_page(Page(tiles, _COLUMNS, captions[0])), folder / plain, captions[0])
        rows = list(zip(evidence.images(origin), made, strict=True))[:_CLOSE_UPS]
        write_contact_sheet(_outlines(rows, captions[1]), folder / outlined, captions[1])
        written += [(plain, captions[0]), (outlined, captions[1])]
    return written


def _outlines(rows: list[tuple[JudgedImage, JudgedArrays]], title: str) -> Image.Image:
    asked = [Tile(_outlined(arrays, 1), _caption(image)) for image, arrays in rows]
    read = [Tile(_outlined(arrays, 2), _read(image)) for image, arrays in rows]
    return draw_page(Page(asked + read, len(rows), title, captions_below=True))


def _caption(image: JudgedImage) -> str:
    assert image.asked is not None, "an image that was made was asked for"
    return f"{image.case}: {', '.join(image.asked.pathologies).replace('_', ' ')}"


def _read(image: JudgedImage) -> str:
    assert image.read is not None, "an image that was made was read"
    what = ", ".join(image.read.pathologies).replace("_", " ")
    return what if image.origin is not Origin.DIRECT else f"{what} ({image.read.position or 'axial'})"


def _plain(arrays: JudgedArrays) -> Image.Image:
    return Image.fromarray(arrays.picture[0]).resize((_TILE_PX, _TILE_PX), Image.Resampling.BICUBIC).convert("RGB")


def _outlined(arrays: JudgedArrays, row: int) -> Image.Image:
    labels = np.where(np.isin(arrays.picture[row], UTERUS), arrays.picture[row], 0).astype(np.uint8)
    return draw_contours(_plain(arrays), labels, UTERUS)
