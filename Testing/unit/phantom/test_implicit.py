"""Laws of distance fields: they measure distance, their boxes hold them, and a lattice changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from UterineSynthLib.phantom.implicit import (
    Difference,
    Ellipsoid,
    Grown,
    HalfSpace,
    Intersection,
    Remembered,
    Rough,
    RoundedBox,
    Union,
    frame_along,
    plane_waves,
    region_volume_ml,
)
from UterineSynthLib.phantom.polyline import Sheet, Tube, smooth_path
from UterineSynthLib.phantom.shape import Field

TURNED = frame_along((0.3, 0.4, 0.87))
ELLIPSOID = Ellipsoid((2.0, -3.0, 4.0), (14.0, 10.0, 18.0), TURNED)
BOX = RoundedBox((0.0, 1.0, -2.0), (9.0, 7.0, 12.0), TURNED, 3.0)
TUBE = Tube.along(smooth_path([[-10, 0, -12], [4, 6, 0], [8, -5, 14]], 4.0), 5.0)
SHEET = Sheet.between([[-12, 0, -8], [0, 6, -8], [12, 2, -8]], [[-12, 2, 10], [0, 9, 10], [12, 0, 12]], 3.0)
REGIONS = {
    "ellipsoid": ELLIPSOID,
    "box": BOX,
    "tube": TUBE,
    "sheet": SHEET,
    "grown": Grown(ELLIPSOID, 2.5),
    "union": Union((ELLIPSOID, TUBE), 4.0),
    "difference": Difference(ELLIPSOID, TUBE, 2.0),
    "intersection": Intersection(ELLIPSOID, HalfSpace((0.0, 0.0, 2.0), (0.0, 0.0, 1.0)), 2.0),
    "rough": Rough(ELLIPSOID, 1.0, 20.0, 5),
}


def lattice(spacing_mm: float = 2.0, half_mm: float = 30.0) -> list[Field]:
    axis = np.arange(-half_mm, half_mm, spacing_mm, dtype=np.float32)
    return [np.ascontiguousarray(values) for values in np.meshgrid(axis, axis, axis, indexing="ij")]


@pytest.mark.parametrize("name", REGIONS)
def test_the_box_of_a_region_holds_all_of_it(name: str) -> None:
    points = lattice()
    inside = REGIONS[name].distance(*points) < 0
    assert inside.any()
    low, high = REGIONS[name].bounds_mm
    for axis, values in enumerate(points):
        assert values[inside].min() >= low[axis] - 1e-3
        assert values[inside].max() <= high[axis] + 1e-3


@pytest.mark.parametrize("name", ["tube", "sheet", "union", "difference"])
def test_a_lattice_and_scattered_points_give_the_same_field_near_the_surface(name: str) -> None:
    points = lattice()
    whole = REGIONS[name].distance(*points)
    scattered = REGIONS[name].distance(*(values.ravel() for values in points)).reshape(whole.shape)
    near = np.abs(scattered) < 3.0
    assert near.sum() > 1000
    np.testing.assert_allclose(whole[near], scattered[near], atol=1e-4)


@pytest.mark.parametrize("name", ["ellipsoid", "box", "tube", "sheet", "union"])
def test_the_field_rises_by_one_millimetre_per_millimetre_at_the_surface(name: str) -> None:
    spacing = 1.0
    points = lattice(spacing, 24.0)
    field = REGIONS[name].distance(*points)
    slope = np.sqrt(sum(np.square(part) for part in np.gradient(field, spacing)))
    outside = (field > 0.3) & (field < 1.5)
    assert np.percentile(np.abs(slope[outside] - 1.0), 90) < 0.15


def test_a_ball_has_the_volume_of_a_ball() -> None:
    held = region_volume_ml(Ellipsoid((1.0, 2.0, 3.0), (15.0, 15.0, 15.0)), 1.5)
    assert held == pytest.approx(4 / 3 * np.pi * 1.5**3, rel=0.02)


def test_a_tube_is_as_far_away_as_its_axis_less_its_radius() -> None:
    straight = Tube.along([[0, 0, 0], [0, 0, 10]], (2.0, 4.0))
    x, y, z = (np.array(values, dtype=np.float32) for values in ([5, 0, 0], [0, 7, 0], [0, 5, 16]))
    np.testing.assert_allclose(straight.distance(x, y, z), [3.0, 4.0, 2.0], atol=1e-5)


def test_joined_tubes_are_not_connected() -> None:
    first, second = (Tube.along([[0, y, -10], [0, y, 10]], 2.0) for y in (-8.0, 8.0))
    both = Tube.joined([first, second])
    origin = np.zeros(1, dtype=np.float32)
    assert both.distance(origin, origin, origin)[0] == pytest.approx(6.0)


def test_a_sheet_is_as_thick_as_it_says() -> None:
    plate = Sheet.between([[-20, -20, 0], [20, -20, 0]], [[-20, 20, 0], [20, 20, 0]], 3.0)
    z = np.array([0.0, 2.0, 5.0], dtype=np.float32)
    np.testing.assert_allclose(plate.distance(z * 0 + 1, z * 0 - 2, z), [-3.0, -1.0, 2.0], atol=1e-5)


def test_a_remembered_region_answers_like_the_region_on_every_lattice() -> None:
    remembered = Remembered(ELLIPSOID)
    for spacing in (2.0, 2.0, 3.0):
        points = lattice(spacing)
        field = remembered.distance(*points)
        np.testing.assert_array_equal(field, ELLIPSOID.distance(*points))
        field += 5.0


def test_a_remembered_region_is_asked_once_for_a_shell_and_its_filling() -> None:
    asked: list[tuple[int, ...]] = []

    class Counted(Ellipsoid):
        def distance(self, x: Field, y: Field, z: Field) -> Field:
            asked.append(x.shape)
            return super().distance(x, y, z)

    shell = Remembered(Counted((0.0, 0.0, 0.0), (9.0, 9.0, 9.0)))
    filling = Grown(shell, -2.0)
    assert filling.bounds_mm == shell.bounds_mm
    outer, inner = shell.distance(*lattice()), filling.distance(*lattice())
    np.testing.assert_allclose(inner - outer, 2.0, atol=1e-5)
    assert len(asked) == 1


def test_noise_is_the_same_for_the_same_seed_and_as_large_as_asked() -> None:
    points = lattice(2.0, 60.0)
    first, again, other = (Rough(ELLIPSOID, 1.5, 25.0, seed).distance(*points) for seed in (1, 1, 2))
    plain = ELLIPSOID.distance(*points)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.5
    assert np.std(first - plain) == pytest.approx(1.5, rel=0.25)


def test_waves_on_an_oblique_lattice_are_those_at_its_points_one_by_one() -> None:
    k, j, i = np.meshgrid(np.array([-3.0, 0.5, 7.0, 8.0]), np.arange(6.0), np.arange(5.0), indexing="ij")
    frame = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    x, y, z = ((frame @ np.stack([k, j, i]).reshape(3, -1)).reshape(3, *k.shape) * 9).astype(np.float32)
    on_lattice = plane_waves(x, y, z, 2.0, 30.0, seed=5)
    one_by_one = plane_waves(x.ravel(), y.ravel(), z.ravel(), 2.0, 30.0, seed=5).reshape(x.shape)
    assert on_lattice.dtype == one_by_one.dtype == np.float32
    np.testing.assert_allclose(on_lattice, one_by_one, atol=1e-4)
    assert np.ptp(on_lattice) > 2.0
