"""Contact sheets: the slices of a volume on one page, and mosaics of many pictures.

Slices are shown as a radiologist hangs them (sagittal: front of the body at the left, head up), with square
millimetres, in one grey window for the whole volume: its 0.5th to 99.5th percentile, the rule of
:mod:`UterineSynthLib.volumes.intensity`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from PIL import Image, PngImagePlugin

from UterineSynthLib.errors import OutputError, VolumeError
from UterineSynthLib.records import partial_of
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.intensity import IntensityMapping, to_unit
from UterineSynthLib.volumes.sheet_page import Page, Tile, draw_page
from UterineSynthLib.volumes.structures import STRUCTURES, UTERUS, Structure

Array = npt.NDArray[np.generic]
TILE_PX = 256
_HANGING = {0: "PIR", 1: "LIP", 2: "LPS"}
"""Orientation of (i, j, k) on the page by the body axis (x, y, z) that the slices are stacked along."""
_PLANE_NAMES = {0: "sagittal, anterior on the left", 1: "coronal", 2: "axial"}


def contact_sheet(
    image: sitk.Image | Array,
    labels: sitk.Image | Array | None = None,
    title: str = "",
    lines: Sequence[str] = (),
    *,
    columns: int = 4,
    slices: int | None = 12,
    is_synthetic: bool = True,
    tile_px: int = TILE_PX,
    contours: Collection[Structure] = tuple(Structure),
) -> Image.Image:
    """The slices of a volume on one page.

    Args:
        image: a 3D image, turned for display by its geometry; or an array ``[D, H, W]`` shown as it lies, with
            square pixels, in any intensity unit.
        labels: label map of the same kind and grid; its borders are drawn in the colours of the label table.
        title: one line above; ``lines``: paragraphs below, wrapped.
        columns: tiles in a row.
        slices: how many slices around the uterus (without labels: around the middle); None shows the whole stack.
        is_synthetic: mark the page as SYNTHETIC. False is for real scans only.
        tile_px: longer side of a tile in pixels.
        contours: the structures whose borders are drawn and named; none leaves the label map to choose the slices.

    Raises:
        VolumeError: shapes differ, or the image holds NaN.
    """
    volume, label_volume, spacing_mm, plane = _for_display(image, labels)
    chosen = choose_slices(len(volume), label_volume, slices)
    grey, size = _grey(volume), _tile_size(volume.shape[1:], spacing_mm, tile_px)
    tiles = []
    for number in chosen:
        picture = _slice_picture(grey[number], None if label_volume is None else label_volume[number], size, contours)
        tiles.append(Tile(picture, f"{number + 1} / {len(volume)}"))
    legend = () if label_volume is None else _legend(label_volume[list(chosen)], contours)
    text = [*lines, *([f"Plane: {plane}."] if plane else [])]
    return draw_page(Page(tiles, columns, title, text, legend, is_synthetic))


def middle_slice(image: sitk.Image, labels: sitk.Image | None = None, tile_px: int = TILE_PX) -> Image.Image:
    """The middle slice of the uterus (without labels: of the stack) with the borders of its structures, as RGB.

    Raises:
        VolumeError: the label map lies on another grid, or the image holds NaN.
    """
    volume, label_volume, spacing_mm, _ = _for_display(image, labels)
    (number,) = choose_slices(len(volume), label_volume, 1)
    size = _tile_size(volume.shape[1:], spacing_mm, tile_px)
    shown = None if label_volume is None else label_volume[number]
    return _slice_picture(_grey(volume)[number], shown, size, tuple(Structure))


def mosaic(
    panels: Sequence[Array],
    captions: Sequence[str] = (),
    title: str = "",
    lines: Sequence[str] = (),
    *,
    columns: int = 4,
    is_synthetic: bool = True,
    tile_px: int = TILE_PX,
    window: tuple[float, float] | None = None,
) -> Image.Image:
    """Many single pictures on one page, with a caption below each.

    Args:
        panels: 2D arrays of square pixels; they may differ in size and are fitted into equal tiles.
        captions: one per panel, or none at all.
        window: intensities shown as black and as white, to compare pictures; None gives each its own window.

    Raises:
        VolumeError: no panel, a panel that is not 2D, or another number of captions than of panels.
    """
    if not panels or any(panel.ndim != 2 for panel in panels):
        raise VolumeError("mosaic", f"expected one or more 2D pictures, got shapes {[p.shape for p in panels]}")
    if captions and len(captions) != len(panels):
        raise VolumeError("mosaic", f"has {len(panels)} pictures but {len(captions)} captions")
    captions = captions or [""] * len(panels)
    tiles = [Tile(_fitted(_grey(p, window), tile_px), text) for p, text in zip(panels, captions, strict=True)]
    return draw_page(Page(tiles, columns, title, lines, (), is_synthetic, captions_below=True))


def write_contact_sheet(sheet: Image.Image, path: str | Path, description: str = "") -> None:
    """Write a page as PNG, beside its final name first; ``description`` is kept in the file.

    Raises:
        OutputError: the name does not end in .png, the folder is not writable or the disk is full.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise OutputError(path, "a contact sheet is a PNG; the name must end in .png")
    note = PngImagePlugin.PngInfo()
    note.add_text("Software", "UterineSynth")
    if description:
        note.add_itxt("Description", description)
    partial = partial_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(partial, format="PNG", pnginfo=note, optimize=True)
        partial.replace(path)
    except OSError as error:
        if partial.parent.is_dir():
            partial.unlink(missing_ok=True)
        raise OutputError(path, error.strerror or str(error)) from error


def choose_slices(count: int, labels: Array | None, wanted: int | None) -> tuple[int, ...]:
    """Numbers of the slices to show: ``wanted`` around the uterus of ``labels`` ``[D, H, W]``, else around the middle.

    Neighbours are shown as long as they cover the uterus; a wider uterus is shown in even steps. None means all.
    """
    if wanted is None or wanted >= count:
        return tuple(range(count))
    first, last = 0, count - 1
    middle = (count - 1) / 2
    if labels is not None:
        inside = np.flatnonzero(np.isin(labels, UTERUS).any(axis=(1, 2)))
        if inside.size:
            first, last = int(inside[0]), int(inside[-1])
            middle = (first + last) / 2
            if last - first + 1 > wanted > 1:
                return tuple(int(n) for n in np.linspace(first, last, wanted).round())
    start = min(max(round(middle - (wanted - 1) / 2), 0), count - wanted)
    return tuple(range(start, start + wanted))


def draw_contours(
    picture: Image.Image, labels: Array, contours: Collection[Structure] = tuple(Structure)
) -> Image.Image:
    """Draw the borders of the structures of ``labels`` ``[H, W]`` on an RGB picture of any size."""
    canvas = np.array(picture)
    for label in _drawn(labels, contours):
        mask = Image.fromarray(np.where(labels == label, 255, 0).astype(np.uint8))
        inside = np.asarray(mask.resize(picture.size, Image.Resampling.BILINEAR)) > 127
        canvas[inside & ~_eroded(inside)] = STRUCTURES[label].colour
    return Image.fromarray(canvas)


def _slice_picture(
    grey: npt.NDArray[np.uint8], labels: Array | None, size: tuple[int, int], contours: Collection[Structure]
) -> Image.Image:
    picture = Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC).convert("RGB")
    return picture if labels is None else draw_contours(picture, labels, contours)


def _eroded(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    inner = np.pad(mask, 1, mode="edge")
    return inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:] & mask


def _for_display(
    image: sitk.Image | Array, labels: sitk.Image | Array | None
) -> tuple[Array, Array | None, tuple[float, float], str]:
    """Volume and labels as ``[D, H, W]`` in display order, row and column spacing in mm, and the plane's name."""
    if isinstance(image, np.ndarray):
        if isinstance(labels, sitk.Image):
            labels = sitk.GetArrayFromImage(labels)
        if image.ndim != 3 or (labels is not None and labels.shape != image.shape):
            shape = None if labels is None else labels.shape
            raise VolumeError("contact sheet", f"expected [D, H, W] arrays of one shape, got {image.shape}, {shape}")
        return image, labels, (1.0, 1.0), ""
    geometry = Geometry.of_image(image)
    if isinstance(labels, np.ndarray):
        labels = geometry.image_of(labels)
    if labels is not None and not geometry.matches(Geometry.of_image(labels)):
        raise VolumeError("contact sheet", "the label map lies on another grid than the image")
    axis = int(np.argmax(np.abs(np.array(geometry.direction).reshape(3, 3)[:, 2])))
    turned = sitk.DICOMOrient(image, _HANGING[axis])
    turned_labels = None if labels is None else sitk.GetArrayFromImage(sitk.DICOMOrient(labels, _HANGING[axis]))
    column_mm, row_mm, _ = turned.GetSpacing()
    return sitk.GetArrayFromImage(turned), turned_labels, (row_mm, column_mm), _PLANE_NAMES[axis]


def _tile_size(shape: tuple[int, ...], spacing_mm: tuple[float, float], tile_px: int) -> tuple[int, int]:
    """Width and height in pixels of a slice with square millimetres."""
    height_mm, width_mm = shape[0] * spacing_mm[0], shape[1] * spacing_mm[1]
    scale = tile_px / max(height_mm, width_mm)
    return max(round(width_mm * scale), 1), max(round(height_mm * scale), 1)


def _grey(volume: Array, window: tuple[float, float] | None = None) -> npt.NDArray[np.uint8]:
    unit = to_unit(volume) if window is None else IntensityMapping(*window).to_unit(volume)
    return np.round((unit + 1.0) * 127.5).astype(np.uint8)


def _fitted(grey: npt.NDArray[np.uint8], tile_px: int) -> Image.Image:
    tile = Image.new("L", (tile_px, tile_px), 0)
    size = _tile_size(grey.shape, (1.0, 1.0), tile_px)
    picture = Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)
    tile.paste(picture, ((tile_px - size[0]) // 2, (tile_px - size[1]) // 2))
    return tile.convert("RGB")


def _drawn(labels: Array, contours: Collection[Structure]) -> list[Structure]:
    present = [Structure(int(n)) for n in np.unique(labels)]
    return [structure for structure in present if structure in contours and structure is not Structure.BACKGROUND]


def _legend(labels: Array, contours: Collection[Structure]) -> tuple[tuple[str, tuple[int, int, int]], ...]:
    return tuple((STRUCTURES[s].name, STRUCTURES[s].colour) for s in _drawn(labels, contours))
