"""Laws of settling: nothing moves without need, and what is in the way of bone moves off it."""

from __future__ import annotations

import numpy as np
import pytest

from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.settling import Ball, settled
from UterineSynthLib.phantom.spine import place_spine

NOMINAL = Landmarks()


def shift_of(*balls: Ball) -> np.ndarray:
    """How far the external os moves, (y, z) mm."""
    moved = settled(NOMINAL, balls)
    return np.subtract(moved.external_os, NOMINAL.external_os)[1:]


def test_a_uterus_that_lies_free_stays_where_it_is() -> None:
    assert settled(NOMINAL, [((0.0, 5.0, 0.0), 20.0)]) is NOMINAL


@pytest.mark.parametrize(("y", "z", "radius"), [(70.0, -20.0, 22.0), (60.0, 10.0, 30.0), (58.0, -25.0, 25.0)])
def test_a_mass_against_the_sacrum_moves_off_it(y: float, z: float, radius: float) -> None:
    front = place_spine(NOMINAL).front_at(0.0)[:, 1:]
    shift = shift_of(((0.0, y, z), radius))
    before = np.linalg.norm(front - np.array([y, z]), axis=1).min() - radius
    after = np.linalg.norm(front - np.array([y, z]) - shift, axis=1).min() - radius
    assert shift[0] < 0
    assert before < 5.0 < after


def test_a_mass_on_the_pelvic_floor_rises() -> None:
    assert shift_of(((0.0, 5.0, -45.0), 30.0))[1] > 15.0


def test_nothing_else_of_the_pelvis_moves() -> None:
    moved = settled(NOMINAL, [((0.0, 70.0, -20.0), 22.0)])
    assert moved.introitus == NOMINAL.introitus
    assert moved.promontory == NOMINAL.promontory
    assert moved.external_os != NOMINAL.external_os


def test_the_cervix_is_hardly_pushed_down_or_back_however_large_the_mass() -> None:
    shift = shift_of(((0.0, -20.0, 60.0), 90.0), ((0.0, 20.0, 0.0), 60.0))
    assert -30.0 <= shift[0] <= 8.0
    assert -4.0 <= shift[1] <= 70.0
