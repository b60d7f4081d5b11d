from typing import Any

import numpy as np
import pytest

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.phantom.protocol import complete_acquisition, draw_geometry, draw_protocol
from UterineSynthLib.volumes.geometry import Geometry

Vector = tuple[float, float, float]


def geometries(acquisition: Acquisition, count: int = 200) -> list[Geometry]:
    return [draw_geometry(acquisition, np.random.default_rng(seed)) for seed in range(count)]


def tilt_deg(geometry: Geometry, normal: Vector = (-1.0, 0.0, 0.0)) -> float:
    direction = np.array(geometry.direction).reshape(3, 3)
    return float(np.rad2deg(np.arccos(np.clip(direction[:, 2] @ np.array(normal), -1, 1))))


def test_drawn_geometries_lie_within_what_occurs_and_are_right_handed() -> None:
    for geometry in geometries(Acquisition()):
        width = geometry.size[0] * geometry.spacing_mm[0]
        assert 248 <= width <= 400
        assert 4.4 <= geometry.spacing_mm[2] <= 7.5
        assert 20 <= geometry.size[2] <= 32
        assert geometry.is_right_handed
        assert geometry.spacing_mm[0] == geometry.spacing_mm[1]
        assert np.abs(geometry.centre_mm).max() < 25


def test_obliquity_is_slight() -> None:
    # The normal turns by less than the whole rotation: the median of sin(angle to the axis) takes about a fifth off.
    tilts = [tilt_deg(geometry) for geometry in geometries(Acquisition(), 600)]
    assert 0.7 < np.median(tilts) < 1.3
    assert max(tilts) <= 11.7


@pytest.mark.parametrize(
    "given",
    [
        {"slice_thickness_mm": 7.0},
        {"slice_spacing_mm": 1.5},
        {"slice_spacing_mm": 12.0},
        {"slice_thickness_mm": 10.0},
        {"slice_thickness_mm": 3.0, "slice_spacing_mm": 9.0},
        {"slice_count": 1},
        {"in_plane_spacing_mm": 3.0},
        {"in_plane_spacing_mm": 0.3},
        {"matrix": 64},
        {"matrix": 1152},
        {"matrix": 256, "in_plane_spacing_mm": 0.5},
        {"field_strength_t": 1.5},
        {"plane": Plane.CORONAL},
    ],
)
def test_given_fields_are_kept_exactly_and_the_rest_is_filled(given: dict[str, Any]) -> None:
    for seed in range(20):
        full = complete_acquisition(Acquisition(**given), np.random.default_rng(seed))
        assert {name: getattr(full, name) for name in given} == given
        assert all(value is not None for value in vars(full).values())
        geometry = draw_geometry(full, np.random.default_rng(seed))
        assert geometry.size == (full.matrix, full.matrix, full.slice_count)
        assert geometry.spacing_mm == (full.in_plane_spacing_mm, full.in_plane_spacing_mm, full.slice_spacing_mm)


def test_what_is_drawn_reads_as_a_person_would_write_it() -> None:
    for seed in range(20):
        full = complete_acquisition(Acquisition(), np.random.default_rng(seed))
        for value, decimals in (
            (full.slice_thickness_mm, 2),
            (full.slice_spacing_mm, 2),
            (full.in_plane_spacing_mm, 3),
        ):
            assert value is not None
            assert value == round(value, decimals)


@pytest.mark.parametrize(
    ("plane", "normal", "down"),
    [
        (Plane.SAGITTAL, (-1, 0, 0), (0, 0, -1)),
        (Plane.AXIAL, (0, 0, 1), (0, 1, 0)),
        (Plane.CORONAL, (0, 1, 0), (0, 0, -1)),
    ],
)
def test_a_stack_lies_in_its_plane(plane: Plane, normal: Vector, down: Vector) -> None:
    geometry = draw_geometry(Acquisition(plane=plane), np.random.default_rng(3))
    assert tilt_deg(geometry, normal) < 12
    assert np.array(geometry.direction).reshape(3, 3)[:, 1] @ np.array(down) > 0.97
    assert geometry.is_right_handed


def test_a_protocol_keeps_the_given_field_and_thickness_and_follows_the_seed() -> None:
    acquisition = Acquisition(field_strength_t=1.5, slice_thickness_mm=5.0)
    first, again, other = (draw_protocol(acquisition, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert first.field_strength_t == 1.5 and first.slice_thickness_mm == 5.0
    assert first.phase_fraction < 1 and first.frequency_fraction <= 1
