"""Generated volumes beside phantoms of the same descriptions, for an eye that tries to tell them apart.

Each pair lies in an order drawn by lot, so that the sheet can be read before its key is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from UterineSynthLib.evaluation.adherence_figures import NAMES
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.judged_image import WAYS, Origin
from UterineSynthLib.evaluation.judging import JudgedArrays
from UterineSynthLib.volumes.sheet_page import Page, Tile, draw_page

MOST_PAIRS = 64
_THUMBNAIL_PX, _GAP_PX, _COLUMNS = 96, 2, 8


@dataclass(frozen=True)
class SideBySide:
    """A sheet of numbered pairs.

    Attributes:
        origin: the way in which the model made its half.
        generated_left: for each pair in turn, whether the generated volume lies on the left.
    """

    sheet: Image.Image
    origin: Origin
    generated_left: tuple[bool, ...]

    @property
    def key(self) -> str:
        """One line that says which is which."""
        left = [str(number) for number, is_left in enumerate(self.generated_left, start=1) if is_left]
        return f"Generated on the left in {', '.join(left) or 'no pair'}; on the right in all others."


def side_by_side(evidence: Evidence, most: int = MOST_PAIRS) -> SideBySide | None:
    """The middle uterine slices of up to ``most`` cases, generated and phantom; None without a pair.

    Shown is the first way of the evaluation that made any image whose phantom is there.
    """
    for origin in WAYS:
        pairs = _pairs(evidence, origin)[:most]
        if pairs:
            return _drawn(pairs, origin, evidence.seed)
    return None


def _pairs(evidence: Evidence, origin: Origin) -> list[tuple[JudgedArrays, JudgedArrays]]:
    phantoms = {
        item.image.case: item.arrays for item in evidence.judged.get(Origin.PHANTOM, []) if item.arrays is not None
    }
    return [
        (item.arrays, phantoms[item.image.case])
        for item in evidence.judged.get(origin, [])
        if item.arrays is not None and item.image.case in phantoms
    ]


def _drawn(pairs: list[tuple[JudgedArrays, JudgedArrays]], origin: Origin, seed: int) -> SideBySide:
    generated_left = tuple(bool(side) for side in np.random.default_rng(seed).integers(2, size=len(pairs)))
    tiles = [
        Tile(_joined(*((made, phantom) if is_left else (phantom, made))), str(number))
        for number, ((made, phantom), is_left) in enumerate(zip(pairs, generated_left, strict=True), start=1)
    ]
    title = f"{NAMES[origin]} and phantoms: {len(tiles)} pairs"
    return SideBySide(draw_page(Page(tiles, _COLUMNS, title)), origin, generated_left)


def _joined(left: JudgedArrays, right: JudgedArrays) -> Image.Image:
    pair = Image.new("RGB", (2 * _THUMBNAIL_PX + _GAP_PX, _THUMBNAIL_PX))
    for number, arrays in enumerate((left, right)):
        picture = Image.fromarray(arrays.picture[0])
        thumbnail = picture.resize((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.LANCZOS)
        pair.paste(thumbnail, (number * (_THUMBNAIL_PX + _GAP_PX), 0))
    return pair
