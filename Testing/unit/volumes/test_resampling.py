"""Laws of resampling."""

import math

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.resampling import (
    Interpolation,
    model_geometry,
    prefilter_sigma_mm,
    resample_image,
    resample_labels,
)

TILT = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
STUDY = sagittal_geometry(20, 96, 4.4, 0.8, (5.0, -12.0, 30.0), tilt=TILT)
MODEL = model_geometry(STUDY, (48, 48, 16), (1.6, 1.6, 4.4))


def _positions(geometry: Geometry) -> np.ndarray:
    k, j, i = np.indices(geometry.shape)
    index = np.stack([i, j, k, np.ones_like(i)], axis=-1)
    return (index @ geometry.index_to_lps.T)[..., :3]


def _smooth(geometry: Geometry) -> sitk.Image:
    x, y, z = np.moveaxis(_positions(geometry), -1, 0)
    return geometry.image_of((np.sin(y / 20) + np.cos(z / 25) + np.sin(x / 30)).astype(np.float32))


def test_the_models_grid_is_turned_as_the_study_and_has_its_middle() -> None:
    assert MODEL.direction == STUDY.direction
    np.testing.assert_allclose(MODEL.centre_mm, STUDY.centre_mm, atol=1e-9)
    assert model_geometry(STUDY, (8, 8, 4), (1.0, 1.0, 4.0), (1.0, 2.0, 3.0)).centre_mm == pytest.approx((1, 2, 3))


@pytest.mark.parametrize("interpolation", list(Interpolation))
def test_a_constant_stays_constant_on_the_very_grid_that_was_asked_for(interpolation: Interpolation) -> None:
    result = resample_image(STUDY.image_of(np.full(STUDY.shape, 7.0)), MODEL, interpolation)
    assert Geometry.of_image(result) == MODEL
    np.testing.assert_allclose(sitk.GetArrayFromImage(result), 7.0, rtol=1e-5)


@pytest.mark.parametrize("interpolation", list(Interpolation))
def test_a_smooth_field_keeps_its_values_at_every_place_in_the_patient(interpolation: Interpolation) -> None:
    result = sitk.GetArrayFromImage(resample_image(_smooth(STUDY), MODEL, interpolation))
    expected = sitk.GetArrayFromImage(_smooth(MODEL))
    assert np.abs(result - expected)[1:-1, 2:-2, 2:-2].max() < 0.02


def test_to_the_models_grid_and_back_a_smooth_field_is_close() -> None:
    there = resample_image(_smooth(STUDY), MODEL)
    back = sitk.GetArrayFromImage(resample_image(there, STUDY))
    assert np.abs(back - sitk.GetArrayFromImage(_smooth(STUDY)))[3:-3, 6:-6, 6:-6].max() < 0.03


def test_a_pattern_that_the_coarse_grid_cannot_hold_turns_grey_and_not_into_stripes() -> None:
    stripes = np.zeros(STUDY.shape, dtype=np.float32)
    stripes[:, :, ::2] = 1.0
    coarse = model_geometry(STUDY, (23, 23, 16), (3.2, 3.2, 4.4))
    inner = sitk.GetArrayFromImage(resample_image(STUDY.image_of(stripes), coarse))[:, 2:-2, 2:-2]
    np.testing.assert_allclose(inner, 0.5, atol=0.05)


def test_the_prefilter_is_that_of_two_point_spreads_and_only_where_the_grid_grows_coarser() -> None:
    sigma = prefilter_sigma_mm(STUDY, MODEL)
    assert sigma[0] == pytest.approx(math.sqrt(1.6**2 - 0.8**2) / 2.3548, rel=1e-4)
    assert sigma[2] == 0.0
    assert prefilter_sigma_mm(MODEL, STUDY) == (0.0, 0.0, 0.0)


def test_an_image_that_lies_on_the_grid_already_keeps_its_voxels() -> None:
    values = np.random.default_rng(0).normal(size=STUDY.shape).astype(np.float32)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(resample_image(STUDY.image_of(values), STUDY)), values)


def test_beyond_the_study_there_is_air_or_what_was_asked_for() -> None:
    wide = model_geometry(STUDY, (96, 96, 20), (1.6, 1.6, 4.4))
    image = STUDY.image_of(np.linspace(3.0, 9.0, math.prod(STUDY.shape)).reshape(STUDY.shape))
    assert resample_image(image, wide)[0, 0, 10] == 3.0
    assert resample_image(image, wide, outside=-5.0)[0, 0, 10] == -5.0


def test_b_splines_refuse_a_stack_too_thin_for_them() -> None:
    thin = sagittal_geometry(2, 16, 4.4, 0.8)
    with pytest.raises(VolumeError, match="use linear"):
        resample_image(thin.image_of(np.zeros(thin.shape)), MODEL, Interpolation.BSPLINE)


def _spheres(geometry: Geometry) -> sitk.Image:
    distance = np.linalg.norm(_positions(geometry) - np.array(STUDY.centre_mm), axis=-1)
    labels = np.zeros(geometry.shape, dtype=np.uint8)
    labels[distance < 28.0] = 1
    labels[distance < 14.0] = 3
    return geometry.image_of(labels)


def test_structures_keep_their_volume_and_place_and_no_label_is_invented() -> None:
    result = sitk.GetArrayFromImage(resample_labels(_spheres(STUDY), MODEL))
    expected = sitk.GetArrayFromImage(_spheres(MODEL))
    assert set(np.unique(result)) == {0, 1, 3}
    for label in (1, 3):
        overlap = (
            2 * np.sum((result == label) & (expected == label)) / np.sum((result == label) + 0 + (expected == label))
        )
        assert overlap > 0.93
        assert np.sum(result == label) == pytest.approx(np.sum(expected == label), rel=0.06)


def test_labels_come_back_nearly_as_they_went() -> None:
    there = resample_labels(_spheres(STUDY), MODEL)
    back = sitk.GetArrayFromImage(resample_labels(there, STUDY))
    before = sitk.GetArrayFromImage(_spheres(STUDY))
    inside = before > 0
    assert np.mean(back[inside] == before[inside]) > 0.93


def test_a_label_map_is_background_beyond_its_grid() -> None:
    everywhere = STUDY.image_of(np.full(STUDY.shape, 9, dtype=np.uint8))
    wide = model_geometry(STUDY, (96, 96, 20), (1.6, 1.6, 4.4))
    result = resample_labels(everywhere, wide)
    assert (result[0, 0, 10], result[48, 48, 10]) == (0, 9)


def test_the_winner_of_the_vote_is_that_of_whole_masks_resampled_as_images() -> None:
    rng = np.random.default_rng(3)
    blocks = rng.choice([0, 1, 3, 9, 18], size=(5, 12, 12), p=[0.6, 0.1, 0.1, 0.1, 0.1])
    labels = STUDY.image_of(np.kron(blocks, np.ones((4, 8, 8))).astype(np.uint8))
    target = model_geometry(STUDY, (20, 22, 17), (3.4, 3.8, 4.9), (9.0, -10.0, 33.0))
    values = [0, 1, 3, 9, 18]
    masks = [sitk.Cast(labels == value, sitk.sitkFloat32) for value in values]
    shares = np.stack([sitk.GetArrayFromImage(resample_image(mask, target, outside=0.0)) for mask in masks])
    ordered = np.sort(shares, axis=0)
    clear = ordered[-1] - ordered[-2] > 1e-4
    assert clear.mean() > 0.9
    expected = np.array(values)[shares.argmax(axis=0)]
    np.testing.assert_array_equal(sitk.GetArrayFromImage(resample_labels(labels, target))[clear], expected[clear])


def test_a_tie_goes_to_the_smaller_label() -> None:
    grid = Geometry((2, 4, 4), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0))
    between = Geometry((1, 4, 4), (1.0, 1.0, 1.0), (0.5, 0.0, 0.0), grid.direction)
    for left, right in ((3, 9), (9, 3)):
        labels = grid.image_of(np.broadcast_to(np.array([left, right], dtype=np.uint8), grid.shape))
        assert (sitk.GetArrayFromImage(resample_labels(labels, between)) == 3).all()
