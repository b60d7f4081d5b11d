"""The steps of preprocessing on one page: what each makes of a case."""

from __future__ import annotations

import numpy as np
from PIL import Image

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.manifest import Manifest
from UterineSynthLib.dataset.phantom_cases import SOURCE as PHANTOM
from UterineSynthLib.dataset.preprocessing import (
    Preprocessing,
    Study,
    bias_corrected,
    on_grid,
    read_study,
    standardised,
    turned,
)
from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.contact_sheet import middle_slice
from UterineSynthLib.volumes.sheet_page import Page, Tile, draw_page

TILE_PX = 300


def preview(manifest: Manifest, case: Case, config: Preprocessing) -> Image.Image:
    """Middle slices of a case as stored, in the sagittal frame, without shading, on the model's grid and in [-1, 1].

    Raises:
        VolumeError: a file or step fails; names the case.
    """
    stored = read_study(manifest, case)
    try:
        upright = turned(stored)
        even = bias_corrected(upright, config)
        placed, middle = on_grid(even, config)
        values = standardised(placed, config)
    except VolumeError as error:
        raise VolumeError(f"case '{case.id}'", str(error)) from error
    unit = Study((placed.geometry.image_of(np.ascontiguousarray(values[0])),), placed.labels)
    steps = [
        (stored, f"as stored: {_grid(stored)}"),
        (upright, "in the sagittal frame"),
        (even, "N4 left out" if config.bias_correction is None else "without coil shading (N4)"),
        (placed, f"on the model's grid: {_grid(placed)}"),
        (unit, f"in [-1, 1]; {np.mean(np.abs(values) == 1.0):.1%} wholly black or white"),
    ]
    tiles = [Tile(_square(middle_slice(one.images[0], one.labels, TILE_PX)), caption) for one, caption in steps]
    lines = [f"{middle.said[0].upper()}{middle.said[1:]}.", f"Source: {case.source}; licence: {case.licence}."]
    is_synthetic = case.source == PHANTOM or "synthetic" in case.source.lower()
    page = Page(tiles, len(tiles), f"Preprocessing of {case.id}", lines, (), is_synthetic, captions_below=True)
    return draw_page(page)


def _grid(study: Study) -> str:
    size, spacing = study.geometry.size, study.geometry.spacing_mm
    return f"{' x '.join(map(str, size))} of {' x '.join(f'{mm:.3g}' for mm in spacing)} mm"


def _square(picture: Image.Image) -> Image.Image:
    tile = Image.new("RGB", (TILE_PX, TILE_PX))
    tile.paste(picture, ((TILE_PX - picture.width) // 2, (TILE_PX - picture.height) // 2))
    return tile
