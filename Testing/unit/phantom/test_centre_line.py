import numpy as np
import numpy.typing as npt
import pytest

from UterineSynthLib.phantom.centre_line import centre_line
from UterineSynthLib.phantom.landmarks import Landmarks


def angle_deg(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """From the first axis to the second, positive to the front; (y, z) with y to the back."""
    turn = np.arctan2(second[1], -second[0]) - np.arctan2(first[1], -first[0])
    return -np.degrees((turn + np.pi) % (2 * np.pi) - np.pi)


@pytest.mark.parametrize(("version", "flexion"), [(60, 30), (-40, -50), (15, -80), (75, 85), (0, 0)])
def test_chords_of_the_curve_have_the_angles_asked_for(version: float, flexion: float) -> None:
    marks = Landmarks()
    line = centre_line(marks, version, flexion, 28.0, 48.0, 4.0)
    points = [np.array(line.point(s))[1:] for s in (0.0, line.internal_os_s, line.length_mm)]
    vagina = np.subtract(marks.external_os, marks.introitus)[1:]
    cervix, corpus = points[1] - points[0], points[2] - points[1]
    assert angle_deg(vagina, cervix) == pytest.approx(version, abs=1.0)
    assert angle_deg(cervix, corpus) == pytest.approx(flexion, abs=1.0)
    assert np.linalg.norm(cervix) == pytest.approx(28.0, abs=0.6)
    assert np.linalg.norm(corpus) == pytest.approx(48.0, abs=0.6)


def test_coordinates_of_a_point_are_those_it_was_made_from() -> None:
    line = centre_line(Landmarks(), 55, 35, 28.0, 48.0, -5.0)
    made = np.array([[10.0, 4.0, 3.0], [40.0, -12.0, 8.0], [70.0, 6.0, -9.0], [60.0, 15.0, 0.0]])
    points = line.points(*made.T).astype(np.float32)
    found = np.stack(line.coordinates(*points.T), axis=1)
    np.testing.assert_allclose(found, made, atol=0.35)


def test_the_curve_bends_without_a_kink() -> None:
    line = centre_line(Landmarks(), 50, 80, 28.0, 48.0, 0.0)
    inside = line.points(np.arange(0, line.length_mm, 0.5))[:, 1:]
    steps = np.diff(inside, axis=0)
    turns = np.arccos(np.clip((steps[1:] * steps[:-1]).sum(1) / np.linalg.norm(steps[1:], axis=1) ** 2, -1, 1))
    assert np.degrees(turns).max() < 6.0
