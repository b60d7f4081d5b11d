"""Laws of the contact sheets."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from UterineSynthLib.errors import OutputError, VolumeError
from UterineSynthLib.volumes.contact_sheet import (
    choose_slices,
    contact_sheet,
    draw_contours,
    mosaic,
    write_contact_sheet,
)
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.sheet_page import AMBER, text_width, wrap
from UterineSynthLib.volumes.structures import STRUCTURES, Structure

GRID = sagittal_geometry(24, 64, 4.4, 1.0)
VALUES = np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32)


def _pixels_of(sheet: Image.Image, colour: tuple[int, int, int]) -> int:
    return int((np.asarray(sheet) == np.array(colour)).all(axis=-1).sum())


def test_slices_lie_around_the_uterus_and_without_one_around_the_middle() -> None:
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    assert choose_slices(24, None, 4) == (10, 11, 12, 13)
    assert choose_slices(24, labels, 4) == (10, 11, 12, 13)
    labels[2:5] = Structure.UTERINE_WALL
    labels[20] = Structure.BLADDER
    assert choose_slices(24, labels, 5) == (1, 2, 3, 4, 5)
    assert choose_slices(24, labels, 12) == tuple(range(12))
    labels[2:23] = Structure.UTERINE_WALL
    assert choose_slices(24, labels, 5) == (2, 7, 12, 17, 22)
    assert choose_slices(24, labels, 1) == (12,)
    assert choose_slices(24, labels, None) == tuple(range(24))


def test_every_synthetic_page_carries_the_mark_and_a_real_one_does_not() -> None:
    assert _pixels_of(contact_sheet(VALUES), AMBER) > 200
    assert _pixels_of(mosaic([VALUES[0]]), AMBER) > 200
    assert _pixels_of(contact_sheet(VALUES, is_synthetic=False), AMBER) == 0


def test_the_front_is_left_and_the_head_is_up_however_the_stack_is_stored() -> None:
    front_and_head = np.zeros(GRID.shape, dtype=np.float32)
    front_and_head[:, :32, :32] = 1.0
    image = GRID.image_of(front_and_head)
    frame = np.array(GRID.direction).reshape(3, 3)
    upside_down = frame * np.array([1.0, -1.0, -1.0])
    origin = GRID.index_to_lps @ np.array([0.0, 63.0, 23.0, 1.0])
    turned = Geometry(GRID.size, GRID.spacing_mm, tuple(origin[:3]), tuple(upside_down.ravel()))
    other = turned.image_of(front_and_head[::-1, ::-1].copy())
    sheets = [np.asarray(contact_sheet(one, slices=1, columns=1, tile_px=64, lines=())) for one in (image, other)]
    np.testing.assert_array_equal(sheets[0], sheets[1])
    _, xs = np.nonzero((sheets[0] == 255).all(axis=-1))
    tile_left = (sheets[0].shape[1] - 64) // 2
    assert xs.max() < tile_left + 34
    assert xs.min() >= tile_left


def test_millimetres_are_square_on_the_page() -> None:
    coarse = Geometry((64, 32, 3), (1.0, 3.0, 4.4), (0.0, 0.0, 0.0), GRID.direction)
    image = coarse.image_of(np.ones(coarse.shape, dtype=np.float32))
    narrow = contact_sheet(image, slices=1, tile_px=192)
    square = contact_sheet(GRID.image_of(VALUES), slices=1, tile_px=192)
    assert narrow.height == square.height
    half = Geometry((64, 32, 3), (1.0, 1.0, 4.4), (0.0, 0.0, 0.0), GRID.direction)
    flat = contact_sheet(half.image_of(np.ones(half.shape, dtype=np.float32)), slices=1, tile_px=192)
    assert square.height - flat.height == 96


def test_a_contour_is_the_border_of_its_structure_in_its_colour_and_inside_it() -> None:
    labels = np.zeros((32, 32), dtype=np.uint8)
    labels[8:24, 8:24] = Structure.MYOMA
    drawn = np.asarray(draw_contours(Image.new("RGB", (32, 32)), labels))
    border = (drawn == STRUCTURES[Structure.MYOMA].colour).all(axis=-1)
    assert border.sum() == 4 * 16 - 4
    assert not border[labels == 0].any()


def test_the_legend_names_the_structures_on_the_page_only() -> None:
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[12, 20:40, 20:40] = Structure.UTERINE_WALL
    labels[0, 20:40, 20:40] = Structure.OVARY
    sheet = contact_sheet(VALUES, labels, slices=3)
    assert _pixels_of(sheet, STRUCTURES[Structure.UTERINE_WALL].colour) > 150
    assert _pixels_of(sheet, STRUCTURES[Structure.OVARY].colour) == 0


def test_only_the_structures_asked_for_are_drawn_and_none_at_all_still_chooses_the_slices() -> None:
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[20, 20:40, 20:40] = Structure.UTERINE_WALL
    labels[20, 50:60, 20:40] = Structure.BLADDER
    wall = contact_sheet(VALUES, labels, slices=1, contours=(Structure.UTERINE_WALL,))
    assert _pixels_of(wall, STRUCTURES[Structure.UTERINE_WALL].colour) > 150
    assert _pixels_of(wall, STRUCTURES[Structure.BLADDER].colour) == 0
    bright_there = np.zeros(GRID.shape, dtype=np.float32)
    bright_there[20, 10:] = 1.0
    white = (255, 255, 255)
    assert _pixels_of(contact_sheet(bright_there, labels, slices=1, contours=()), white) > 10000
    assert _pixels_of(contact_sheet(bright_there, slices=1), white) < 1000


def test_long_text_is_wrapped_to_the_page_and_no_word_is_lost() -> None:
    text = "a retroverted uterus with several intramural leiomyomas and " + "x" * 200
    lines = wrap(text, 300, 16)
    assert max(text_width(line, 16) for line in lines) <= 300
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert contact_sheet(VALUES, lines=[text] * 4).height > contact_sheet(VALUES).height + 4 * 16


def test_a_mosaic_of_sixteen_has_four_rows_of_four() -> None:
    one, sixteen = mosaic(list(VALUES[:4]), tile_px=100), mosaic(list(VALUES[:16]), tile_px=100)
    assert sixteen.width == one.width
    assert sixteen.height - one.height == 3 * 106


def test_in_a_common_window_a_dark_picture_stays_darker_than_a_bright_one() -> None:
    panels = [np.linspace(-1.0, top, 4096).reshape(64, 64) for top in (-0.5, 1.0)]
    assert _white_columns(mosaic(panels)) == {"left", "right"}
    assert _white_columns(mosaic(panels, window=(-1.0, 1.0))) == {"right"}


def _white_columns(sheet: Image.Image) -> set[str]:
    _, xs = np.nonzero((np.asarray(sheet)[60:] >= 250).all(axis=-1))
    return {"left" if x < sheet.width / 2 else "right" for x in xs}


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: contact_sheet(VALUES[0]), "arrays of one shape"),
        (lambda: contact_sheet(VALUES, np.zeros((2, 3, 4), np.uint8)), "arrays of one shape"),
        (lambda: contact_sheet(GRID.image_of(VALUES), sagittal_geometry(24, 64, 5.0, 1.0).image_of(VALUES)), "grid"),
        (lambda: mosaic([]), "one or more 2D pictures"),
        (lambda: mosaic([VALUES]), "one or more 2D pictures"),
        (lambda: mosaic([VALUES[0]], ["a", "b"]), "1 pictures but 2 captions"),
    ],
)
def test_what_does_not_fit_together_is_refused(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(VolumeError, match=reason):
        call()


def test_a_page_is_written_whole_with_its_description_or_not_at_all(tmp_path: Path) -> None:
    sheet = mosaic([VALUES[0]])
    write_contact_sheet(sheet, tmp_path / "new" / "a.png", "SYNTHETIC: FIGO 2-5, 35 mm")
    back = Image.open(tmp_path / "new" / "a.png")
    assert back.text["Description"] == "SYNTHETIC: FIGO 2-5, 35 mm"
    np.testing.assert_array_equal(np.asarray(back), np.asarray(sheet))
    with pytest.raises(OutputError, match=r"end in \.png"):
        write_contact_sheet(sheet, tmp_path / "a.jpg")
    with pytest.raises(OutputError, match="cannot write"):
        write_contact_sheet(sheet, tmp_path / "new" / "a.png" / "b.png")
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.png"]
