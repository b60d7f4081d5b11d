"""Laws of the pelvis around the uterus: what yields to what, how much the bladder holds, and that no place is empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import BladderFilling
from UterineSynthLib.phantom.bladder import build_bladder, draw_bladder_volume_ml
from UterineSynthLib.phantom.implicit import Ellipsoid, Solid, as_point, moved, region_volume_ml
from UterineSynthLib.phantom.landmarks import Landmarks, Point, draw_landmarks
from UterineSynthLib.phantom.lattice import Points
from UterineSynthLib.phantom.pose import Mass, UterusPose
from UterineSynthLib.phantom.rasterise import layers_of, paint_labels
from UterineSynthLib.phantom.shape import Field, SamplingGrid
from UterineSynthLib.phantom.spine import place_spine
from UterineSynthLib.phantom.surroundings import build_surroundings, uterine_space
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.geometry import sagittal_geometry
from UterineSynthLib.volumes.structures import Structure

VOLUMES_ML = {
    BladderFilling.EMPTY: (20.0, 45.0),
    BladderFilling.MODERATE: (90.0, 170.0),
    BladderFilling.FULL: (260.0, 420.0),
}


def turned(axis: Points, degrees: float) -> Points:
    """The axis turned towards the front of the body within the mid-sagittal plane."""
    angle = np.deg2rad(degrees)
    y, z = axis[1], axis[2]
    return np.array([0.0, y * np.cos(angle) - z * np.sin(angle), y * np.sin(angle) + z * np.cos(angle)])


def pose_of(landmarks: Landmarks, version_deg: float = 40.0, flexion_deg: float = 30.0) -> UterusPose:
    """A uterus of 75 mm with ovaries."""
    cervix = turned(np.array(landmarks.vagina_axis), version_deg)
    corpus = turned(cervix, flexion_deg)
    external = np.array(landmarks.external_os)
    internal = external + 30 * cervix
    fundus, centre = internal + 45 * corpus, internal + 24 * corpus
    line = [external, external + 15 * cervix, internal, internal + 15 * corpus, internal + 30 * corpus, fundus]

    return UterusPose(
        external_os=as_point(external),
        internal_os=as_point(internal),
        fundus=as_point(fundus),
        corpus_centre=as_point(centre),
        corpus_radii_mm=(24.0, 25.0, 19.0),
        cervix_radius_mm=13.0,
        cervix_axis=as_point(cervix),
        corpus_axis=as_point(corpus),
        corpus_front=as_point(turned(corpus, 90.0)),
        centre_line=tuple(as_point(p) for p in line),
        line_radii_mm=(13.0, 13.0, 12.0, 17.0, 18.0, 6.0),
        masses=(Mass(as_point(moved(centre, 36, 8, 0)), 13.0), Mass(as_point(moved(centre, -36, 8, 0)), 13.0)),
    )


def pelvis(
    seed: int,
    filling: BladderFilling = BladderFilling.MODERATE,
    version_deg: float = 40.0,
    flexion_deg: float = 30.0,
) -> tuple[list[Solid], UterusPose]:
    rng = np.random.default_rng(seed)
    landmarks = draw_landmarks(rng)
    pose = pose_of(landmarks, version_deg, flexion_deg)
    before, after = build_surroundings(landmarks, UterusDescription(bladder_filling=filling), rng, pose)
    return [*before, *after], pose


def solids_of(shapes: list[Solid], tissue: Tissue) -> list[Solid]:
    return [shape for shape in shapes if shape.tissue is tissue]


def lattice(low: Point, high: Point, spacing_mm: float) -> list[Field]:
    axes = [np.arange(a, b, spacing_mm, dtype=np.float32) for a, b in zip(low, high, strict=True)]
    return [np.ascontiguousarray(values) for values in np.meshgrid(*axes, indexing="ij")]


def along(points: list[Field], axis: Point, start: Point) -> Field:
    """How far along an axis from ``start`` each point lies, mm."""
    return sum(a * (values - b) for a, b, values in zip(axis, start, points, strict=True))


@pytest.mark.parametrize("filling", list(BladderFilling))
@pytest.mark.parametrize("seed", [1, 2])
def test_the_bladder_holds_what_its_filling_says_however_the_uterus_presses(filling: BladderFilling, seed: int) -> None:
    shapes, _ = pelvis(seed, filling)
    (urine,) = solids_of(shapes, Tissue.URINE)
    low, high = VOLUMES_ML[filling]
    assert 0.85 * low < region_volume_ml(urine.region, 2.0) < 1.12 * high


@pytest.mark.parametrize("filling", list(BladderFilling))
def test_a_bladder_that_is_pressed_keeps_the_volume_it_was_drawn_with(filling: BladderFilling) -> None:
    landmarks = Landmarks()
    belly, uterus = Ellipsoid((0.0, 0.0, 20.0), (110.0, 95.0, 110.0)), Ellipsoid((0.0, 5.0, -12.0), (30.0, 26.0, 26.0))
    drawn_ml = draw_bladder_volume_ml(filling, np.random.default_rng(11))
    urine = build_bladder(landmarks, filling, belly, uterus, np.random.default_rng(11))[-1]
    assert region_volume_ml(urine.region, 2.0) == pytest.approx(drawn_ml, rel=0.08)


@pytest.mark.parametrize(("version_deg", "flexion_deg"), [(45.0, 40.0), (-30.0, -35.0)])
def test_bladder_rectum_and_bowel_leave_the_uterus_its_room(version_deg: float, flexion_deg: float) -> None:
    shapes, pose = pelvis(3, BladderFilling.FULL, version_deg, flexion_deg)
    space = uterine_space(pose)
    points = lattice(*space.bounds_mm, 2.5)
    within = space.distance(*points) < -1.0
    for tissue in (Tissue.URINE, Tissue.STOOL, Tissue.GAS, Tissue.BOWEL_FLUID, Tissue.FREE_FLUID):
        for solid in solids_of(shapes, tissue):
            assert solid.distance(*points)[within].min() > 0.0


@pytest.mark.parametrize("filling", list(BladderFilling))
def test_the_bladder_lies_before_a_vagina_that_a_retroverted_uterus_has_drawn_forwards(filling: BladderFilling) -> None:
    drawn_forwards = replace(Landmarks(), external_os=(0.0, -8.0, -26.0))
    pose = pose_of(drawn_forwards, -40.0, -20.0)
    description, rng = UterusDescription(bladder_filling=filling), np.random.default_rng(4)
    before, _ = build_surroundings(drawn_forwards, description, rng, pose)
    (urine,) = solids_of(before, Tissue.URINE)
    x, y, z = lattice(*urine.bounds_mm, 3.0)
    (_, low_y, low_z), (_, high_y, high_z) = drawn_forwards.introitus, drawn_forwards.external_os
    vagina_y = low_y + (high_y - low_y) * (z - low_z) / (high_z - low_z)
    beside = (urine.distance(x, y, z) < 0) & (z < high_z)
    assert beside.any() and (y < vagina_y)[beside].all()


@pytest.mark.parametrize("filling", list(BladderFilling))
@pytest.mark.parametrize(("version_deg", "flexion_deg"), [(60.0, 60.0), (80.0, 40.0)])
def test_the_bladder_does_not_reach_over_the_back_of_a_sharply_anteverted_uterus(
    filling: BladderFilling, version_deg: float, flexion_deg: float
) -> None:
    shapes, pose = pelvis(6, filling, version_deg, flexion_deg)
    (urine,) = solids_of(shapes, Tissue.URINE)
    points = lattice(*urine.bounds_mm, 3.0)
    beside_corpus = (along(points, pose.corpus_axis, pose.internal_os) > 0) & (
        along(points, pose.corpus_axis, pose.fundus) < 0
    )
    behind = beside_corpus & (along(points, pose.corpus_front, pose.corpus_centre) < 0)
    held = urine.distance(*points) < 0
    assert held.any() and not (held & behind).any()


def test_a_full_bladder_rises_before_a_fundus_that_leans_and_is_not_cut_along_the_corpus() -> None:
    shapes, pose = pelvis(6, BladderFilling.FULL, 50.0, 40.0)
    (urine,) = solids_of(shapes, Tissue.URINE)
    points = lattice(*urine.bounds_mm, 3.0)
    above = (along(points, pose.corpus_axis, pose.fundus) > 0) & (along(points, pose.corpus_front, pose.fundus) < -4)
    assert (urine.distance(*points)[above] < 0).any()


@pytest.mark.parametrize("seed", [1, 5])
def test_bladder_and_rectum_do_not_cut_through_bone(seed: int) -> None:
    shapes, _ = pelvis(seed, BladderFilling.FULL)
    organs = [s for s in shapes if s.structure in (Structure.BLADDER, Structure.RECTAL_CONTENT)]
    for organ in organs:
        points = lattice(*organ.bounds_mm, 3.0)
        held = organ.distance(*points) < 0
        for bone in solids_of(shapes, Tissue.MARROW):
            shared_ml = float((held & (bone.distance(*points) < 0)).sum()) * 27.0 / 1000.0
            assert shared_ml < 0.5


def test_every_place_inside_the_skin_is_anatomy_and_every_place_outside_is_air() -> None:
    shapes, _ = pelvis(4)
    grid = SamplingGrid(sagittal_geometry(9, 64, 26.0, 6.0))
    labels = paint_labels(layers_of(shapes, grid), grid)
    (skin,) = solids_of(shapes, Tissue.SKIN)
    body = paint_labels(layers_of([skin], grid), grid) > 0
    spinal = [s for s in shapes if s.structure is Structure.BACKGROUND]
    canal = np.zeros_like(body)
    for layer in layers_of(spinal, grid):
        canal[layer.box] |= layer.coverage > 0
    assert (labels[body & ~canal] > 0).all()
    assert (labels[~body] > 0).mean() < 0.01
    assert 0.4 < body.mean() < 0.95


def test_a_slice_through_the_middle_shows_every_organ_of_the_mid_sagittal_plane() -> None:
    shapes, _ = pelvis(6)
    grid = SamplingGrid(sagittal_geometry(5, 128, 4.0, 2.5))
    seen = set(np.unique(paint_labels(layers_of(shapes, grid), grid)))
    wanted = ["BLADDER", "BLADDER_WALL", "RECTUM", "RECTAL_CONTENT", "BOWEL", "BONE", "DISC", "MUSCLE", "FAT", "VESSEL"]
    assert {int(Structure[name]) for name in wanted} <= seen


def test_the_same_seed_builds_the_same_pelvis_and_another_seed_another() -> None:
    grid = SamplingGrid(sagittal_geometry(3, 48, 30.0, 7.0))
    first, again, other = (paint_labels(layers_of(pelvis(seed)[0], grid), grid) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.05


def test_the_front_of_the_sacrum_runs_through_its_landmarks() -> None:
    landmarks = Landmarks()
    spine = place_spine(landmarks)
    fronts = np.array([v.at(0.0, -v.half_depth_mm, 0.0) for v in (*spine.sacral, *spine.coccygeal)])
    gap = np.linalg.norm(fronts - np.array(landmarks.sacrum_middle), axis=1).min()
    assert gap < 12.0
    top = np.array(spine.sacral[0].at(0.0, -spine.sacral[0].half_depth_mm, -spine.sacral[0].half_height_mm))
    assert np.linalg.norm(top - np.array(landmarks.promontory)) < 4.0


def test_vertebrae_follow_each_other_downwards_without_overlapping() -> None:
    spine = place_spine(Landmarks())
    for above, below in zip(spine.vertebrae[:-1], spine.vertebrae[1:], strict=True):
        assert above.centre[2] > below.centre[2]
        apart = np.linalg.norm(np.subtract(above.centre, below.centre))
        assert apart > above.half_height_mm + below.half_height_mm - 0.5
