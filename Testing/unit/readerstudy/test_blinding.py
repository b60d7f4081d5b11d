"""Every image in one form, and files that tell nothing."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.errors import StudyError, VolumeError
from UterineSynthLib.readerstudy.blinding import blinded, common_grid, noise_floor, to_sagittal
from UterineSynthLib.readerstudy.coordinator import BuiltStudy
from UterineSynthLib.readerstudy.design import Appearance
from UterineSynthLib.readerstudy.image_file import FILE_TIME_S, read_blinded_image
from UterineSynthLib.volumes.files import read_image
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry
from UterineSynthLib.volumes.resampling import Interpolation

FINE = sagittal_geometry(10, 60, 4.0, 0.8, (5.0, 5.0, 9.0))
COARSE = sagittal_geometry(8, 40, 4.0, 1.1)


def ramp(geometry: Geometry) -> sitk.Image:
    """Brightness rises from the front to the back of the body."""
    return geometry.image_of(np.broadcast_to(np.arange(geometry.size[0], dtype=np.float32), geometry.shape).copy())


def test_the_grid_is_as_coarse_as_the_coarsest_and_as_small_as_the_smallest_field_of_view() -> None:
    grid = common_grid([FINE, COARSE], Appearance())
    assert grid.spacing_mm == pytest.approx((1.1, 1.1, 4.0))
    assert grid.size == (39, 39, 8)
    assert grid.keeps_slices


def test_slices_are_interpolated_for_all_where_one_has_another_distance() -> None:
    grid = common_grid([FINE, sagittal_geometry(8, 40, 5.0, 1.1)], Appearance())
    assert not grid.keeps_slices
    assert grid.size[2] == 7


def test_a_grid_that_reaches_beyond_an_image_is_refused_with_its_name() -> None:
    with pytest.raises(VolumeError, match=r"b\.nii: shows 44 x 44 x 32 mm, the study's grid needs 45 x 45 x 32 mm"):
        common_grid([FINE, COARSE], Appearance((41, 41, 8), (1.1, 1.1, 4.0)), ["a.nii", "b.nii"])


def test_no_border_is_ever_invented() -> None:
    grid = common_grid([FINE, COARSE], Appearance())
    for geometry in (FINE, COARSE):
        for seed in range(5):
            shown = blinded(0.01 * ramp(geometry) + 50.0, grid, 0.0, np.random.default_rng(seed))
            columns = shown.astype(int).mean(axis=(0, 1))
            assert (np.diff(columns) >= 0).all()
            assert (shown.shape, shown.dtype) == ((8, 39, 39), np.int16)


def test_an_image_that_lies_on_the_grid_already_is_interpolated_like_any_other() -> None:
    noise = np.random.default_rng(0).normal(size=COARSE.shape).astype(np.float32)
    grid = common_grid([COARSE, COARSE], Appearance())
    shown = [blinded(COARSE.image_of(noise), grid, 0.0, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[0], shown[2])


def test_brightness_and_contrast_of_the_scanner_do_not_matter() -> None:
    values = np.random.default_rng(0).normal(size=COARSE.shape).astype(np.float32)
    grid = common_grid([COARSE], Appearance())
    one, other = (
        blinded(COARSE.image_of(v), grid, 0.0, np.random.default_rng(3)).astype(int)
        for v in (values, 30 * values + 900)
    )
    assert np.abs(one - other).max() <= 1
    assert (one.min(), one.max()) == (0, 1000)


def test_the_noise_floor_is_found_under_anatomy_and_raised_to_the_same_in_all() -> None:
    rng = np.random.default_rng(4)
    smooth = np.broadcast_to(np.sin(np.arange(80) / 9.0) * 0.3 + 0.5, (6, 80, 80))
    noisy = smooth + rng.normal(0, 0.02, size=smooth.shape)
    assert noise_floor(noisy) == pytest.approx(0.02, rel=0.05)
    geometry = sagittal_geometry(6, 80, 4.0, 1.0)
    grid = common_grid([geometry], Appearance())
    floors = [
        noise_floor(blinded(geometry.image_of(v.astype(np.float32)), grid, 0.08, rng) / 1000.0)
        for v in (smooth.copy(), noisy)
    ]
    assert floors[0] == pytest.approx(floors[1], rel=0.05)
    assert 0.05 < floors[0] < 0.085


def test_a_stack_stored_with_other_axes_is_shown_like_the_rest() -> None:
    plain = ramp(COARSE)
    permuted = sitk.PermuteAxes(sitk.Flip(plain, (True, False, True)), (2, 0, 1))
    turned = to_sagittal(permuted)
    assert Geometry.of_image(turned).matches(COARSE)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(turned), sitk.GetArrayFromImage(plain))


def test_thin_stacks_are_interpolated_linearly_for_all() -> None:
    thin = sagittal_geometry(3, 40, 4.0, 1.0)
    assert common_grid([thin, COARSE], Appearance()).interpolation is Interpolation.LINEAR
    assert common_grid([COARSE], Appearance()).interpolation is Interpolation.BSPLINE


def test_nothing_outside_the_voxels_differs_between_files(study: BuiltStudy) -> None:
    paths = [study.folder.image_path(image) for image in study.folder.study.image_sha256]
    assert {path.stat().st_mtime for path in paths} == {FILE_TIME_S}
    assert len({path.stat().st_size for path in paths}) == 1
    assert len({path.read_bytes().partition(b"\n\n")[0] for path in paths}) == 1
    assert len({path.read_bytes() for path in paths}) == len(paths)


def test_the_images_can_be_read_by_any_reader_and_hold_the_blinded_voxels(study: BuiltStudy) -> None:
    path = study.folder.image_path(next(iter(study.folder.study.image_sha256)))
    image = read_image(path)
    assert Geometry.of_image(image).origin_mm == (0.0, 0.0, 0.0)
    assert Geometry.of_image(image).direction == sagittal_geometry(2, 2, 1.0, 1.0).direction
    shown = read_blinded_image(path)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), shown.array)
    assert image.GetSpacing() == pytest.approx(shown.spacing_mm) == (1.0, 1.0, 4.0)
    path.write_bytes(path.read_bytes().replace(b"type: short", b"type: ushort"))
    with pytest.raises(VolumeError, match="is not an image of a reader study"):
        read_blinded_image(path)


def test_no_word_of_the_truth_is_in_the_readers_folder(study: BuiltStudy) -> None:
    text = (study.folder.path / "study.json").read_text(encoding="utf-8")
    key = study.read_key()
    training = {item.item for item in key.items if item.is_training}
    for image in key.images:
        assert image.source not in text
        assert image.subject not in text
    assert "m1" not in text
    assert set(study.folder.study.training_truth) == training
    names = {path.name for path in study.folder.path.iterdir()}
    assert names == {"study.json", "images"}


def test_a_changed_missing_or_added_image_is_refused_in_words(study: BuiltStudy) -> None:
    study.folder.check_images()
    first, second = list(study.folder.study.image_sha256)[:2]
    path = study.folder.image_path(first)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"x")
    with pytest.raises(StudyError, match="the image was changed or only half copied"):
        study.folder.check_images()
    path.unlink()
    with pytest.raises(StudyError, match="the image is missing"):
        study.folder.checked_image_path(first)
    path.write_bytes(data)
    study.folder.checked_image_path(first)
    path.with_name(f"{second}-copy.nrrd").write_bytes(data)
    with pytest.raises(StudyError, match="is not a file of this study"):
        study.folder.check_images()
