"""The page of a contact sheet: a black ground, a title with the SYNTHETIC mark, tiles in rows, a legend, a caption.

Pillow only; sizes are in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

GROUND = (0, 0, 0)
INK = (236, 236, 236)
FAINT_INK = (160, 160, 160)
AMBER = (255, 186, 60)
MARK = "SYNTHETIC"

_MARGIN, _GAP = 18, 6
_TITLE_SIZE, _TEXT_SIZE, _TILE_TEXT_SIZE = 22, 16, 14
_LEAST_WIDTH = 640

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
LegendRow = list[tuple[int, str, tuple[int, int, int]]]
"""Entries of one row: x position, name, colour."""


@dataclass(frozen=True)
class Tile:
    """A picture of the page; ``caption`` stands in its lower left corner or, if it is long, below it."""

    picture: Image.Image
    caption: str = ""


@dataclass(frozen=True)
class Page:
    """What stands on a page.

    Attributes:
        tiles: pictures of one size, shown row by row.
        columns: tiles in a row.
        title: one line above the tiles.
        lines: paragraphs below them, wrapped to the width.
        legend: (name, RGB colour) of each contour.
        is_synthetic: whether the page carries the SYNTHETIC mark.
        captions_below: captions stand under the tiles instead of in their corner.
    """

    tiles: Sequence[Tile]
    columns: int
    title: str = ""
    lines: Sequence[str] = ()
    legend: Sequence[tuple[str, tuple[int, int, int]]] = field(default_factory=tuple)
    is_synthetic: bool = True
    captions_below: bool = False


def draw_page(page: Page) -> Image.Image:
    """Draw a page as an RGB picture as wide as its tiles and as high as its text needs."""
    tile_width, tile_height = page.tiles[0].picture.size
    columns = min(page.columns, len(page.tiles))
    grid_width = columns * tile_width + (columns - 1) * _GAP
    width = max(grid_width, _LEAST_WIDTH)
    captions = _wrapped_captions(page, tile_width)
    row_height = tile_height + _line_height(_TILE_TEXT_SIZE) * max(map(len, captions)) + _GAP
    rows = -(-len(page.tiles) // columns)
    title = wrap(page.title, width - (_mark_width() if page.is_synthetic else 0), _TITLE_SIZE) or [""]
    legend = _legend_rows(page.legend, width)
    text = [line for paragraph in page.lines for line in wrap(paragraph, width, _TEXT_SIZE)]
    top = _MARGIN + _line_height(_TITLE_SIZE) * len(title) + _GAP
    bottom = top + rows * row_height + _GAP
    height = bottom + _line_height(_TEXT_SIZE) * (len(legend) + len(text)) + 2 * _MARGIN
    canvas = Image.new("RGB", (width + 2 * _MARGIN, height), GROUND)
    _draw_head(canvas, title, page.is_synthetic)
    left = (canvas.width - grid_width) // 2
    for number, (tile, caption) in enumerate(zip(page.tiles, captions, strict=True)):
        corner = left + number % columns * (tile_width + _GAP), top + number // columns * row_height
        _draw_tile(canvas, tile, caption, corner)
    _draw_foot(canvas, legend, text, bottom)
    return canvas


def wrap(paragraph: str, width_px: int, size: int) -> list[str]:
    """Break a paragraph into lines no wider than ``width_px``; a single longer word is cut."""
    lines: list[str] = []
    for word in paragraph.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size) <= width_px:
            lines[-1] = joined
            continue
        lines.extend(_cut(word, width_px, size))
    return lines


def text_width(text: str, size: int) -> int:
    """Width of a line of text in pixels."""
    return int(_font(size).getlength(text) + 0.999)


def _cut(word: str, width_px: int, size: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size) > width_px:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _wrapped_captions(page: Page, tile_width: int) -> list[list[str]]:
    if not page.captions_below:
        return [[] for _ in page.tiles]
    return [wrap(tile.caption, tile_width - 4, _TILE_TEXT_SIZE) for tile in page.tiles]


def _font(size: int) -> Font:
    return ImageFont.load_default(size=size)


def _line_height(size: int) -> int:
    return size * 4 // 3


def _mark_width() -> int:
    return text_width(MARK, _TEXT_SIZE) + 3 * _GAP


def _draw_head(canvas: Image.Image, title: Sequence[str], is_synthetic: bool) -> None:
    draw = ImageDraw.Draw(canvas)
    _draw_lines(draw, title, (_MARGIN, _MARGIN), _TITLE_SIZE, INK)
    if is_synthetic:
        _draw_mark(draw, canvas.width)


def _draw_tile(canvas: Image.Image, tile: Tile, caption: Sequence[str], corner: tuple[int, int]) -> None:
    """Paste a tile; without lines of ``caption`` to put below, the tile's own caption goes in its corner."""
    canvas.paste(tile.picture, corner)
    draw, below = ImageDraw.Draw(canvas), corner[1] + tile.picture.height
    if caption:
        _draw_lines(draw, caption, (corner[0] + 2, below + 2), _TILE_TEXT_SIZE, FAINT_INK)
    else:
        _draw_corner(draw, tile.caption, (corner[0], below))


def _draw_foot(canvas: Image.Image, legend: Sequence[LegendRow], text: Sequence[str], top: int) -> None:
    draw = ImageDraw.Draw(canvas)
    for number, row in enumerate(legend):
        _draw_legend_row(draw, row, top + number * _line_height(_TEXT_SIZE))
    _draw_lines(draw, text, (_MARGIN, top + len(legend) * _line_height(_TEXT_SIZE) + _GAP), _TEXT_SIZE, INK)


def _draw_mark(draw: ImageDraw.ImageDraw, page_width: int) -> None:
    left, top = page_width - _MARGIN - text_width(MARK, _TEXT_SIZE) - 2 * _GAP, _MARGIN
    draw.rounded_rectangle(
        (left, top, page_width - _MARGIN, top + _line_height(_TEXT_SIZE) + 3), radius=4, outline=AMBER, width=2
    )
    draw.text((left + _GAP, top + 2), MARK, font=_font(_TEXT_SIZE), fill=AMBER)


def _draw_lines(
    draw: ImageDraw.ImageDraw, lines: Sequence[str], at: tuple[int, int], size: int, ink: tuple[int, int, int]
) -> None:
    for number, line in enumerate(lines):
        draw.text((at[0], at[1] + number * _line_height(size)), line, font=_font(size), fill=ink)


def _draw_corner(draw: ImageDraw.ImageDraw, text: str, corner: tuple[int, int]) -> None:
    at = (corner[0] + _GAP, corner[1] - _line_height(_TILE_TEXT_SIZE) - 2)
    draw.text(at, text, font=_font(_TILE_TEXT_SIZE), fill=INK, stroke_width=2, stroke_fill=GROUND)


def _legend_rows(legend: Sequence[tuple[str, tuple[int, int, int]]], width_px: int) -> list[LegendRow]:
    """The entries, broken into rows no wider than ``width_px``."""
    rows: list[LegendRow] = []
    x = 0
    for name, colour in legend:
        entry = text_width(name, _TEXT_SIZE) + _TEXT_SIZE + 4 * _GAP
        if not rows or x + entry > width_px:
            rows.append([])
            x = 0
        rows[-1].append((_MARGIN + x, name, colour))
        x += entry
    return rows


def _draw_legend_row(draw: ImageDraw.ImageDraw, row: LegendRow, y: int) -> None:
    for x, name, colour in row:
        draw.rectangle((x, y + 4, x + _TEXT_SIZE - 2, y + 2 + _TEXT_SIZE), fill=colour)
        draw.text((x + _TEXT_SIZE + _GAP, y), name, font=_font(_TEXT_SIZE), fill=FAINT_INK)
