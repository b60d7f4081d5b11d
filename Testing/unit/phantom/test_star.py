import numpy as np
import pytest
from scipy.spatial.distance import pdist

from UterineSynthLib.phantom.star import Cap, Star, even_directions


@pytest.mark.parametrize("lobes", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("diameter", [5.0, 60.0])
def test_greatest_diameter_is_as_asked(lobes: float, diameter: float) -> None:
    star = Star((3.0, -2.0, 9.0), diameter, proportions=(0.8, 0.9, 1.0), lobes=lobes, seed=4)
    assert pdist(star.surface(900)).max() == pytest.approx(diameter, rel=0.015)


def test_distance_is_zero_on_the_surface_and_right_along_its_rays() -> None:
    star = Star((0.0, 0.0, 0.0), 20.0, proportions=(0.7, 0.9, 1.0), lobes=0.06, seed=1)
    points = star.surface(200)
    outward = points / np.linalg.norm(points, axis=1, keepdims=True)
    at = (points + 1.5 * outward).astype(np.float32)
    np.testing.assert_allclose(star.distance(*points.T.astype(np.float32)), 0.0, atol=1e-3)
    np.testing.assert_allclose(star.distance(*at.T), 1.5, atol=1e-3)


def test_the_box_holds_the_surface() -> None:
    star = Star((1.0, 2.0, 3.0), 30.0, proportions=(0.5, 0.8, 1.0), lobes=0.1, seed=9)
    points = star.surface(2000)
    low, high = star.bounds_mm
    assert (points >= low).all()
    assert (points <= high).all()


def test_a_cap_ends_at_its_plane() -> None:
    cap = Cap((0.0, 0.0, 0.0), 10.0, (0.0, 0.0, 1.0), 4.0)
    z = np.array([3.0, 5.0, -9.0, -11.0], dtype=np.float32)
    zero = np.zeros_like(z)
    np.testing.assert_array_equal(cap.distance(zero, zero, z) < 0, [True, False, True, False])


def test_directions_are_spread_without_preference() -> None:
    directions = even_directions(500)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0)
    np.testing.assert_allclose(directions.mean(axis=0), 0.0, atol=5e-3)
