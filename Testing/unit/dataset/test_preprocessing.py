"""Laws of preprocessing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.manifest import Manifest, read_manifest, write_manifest
from UterineSynthLib.dataset.preprocessing import Centre, Preprocessing, preprocess, preprocess_case
from UterineSynthLib.errors import ConfigError, VolumeError
from UterineSynthLib.volumes.files import write_image
from UterineSynthLib.volumes.geometry import sagittal_geometry
from UterineSynthLib.volumes.structures import Structure

STUDY = sagittal_geometry(20, 96, 4.4, 0.8, (5.0, -12.0, 30.0))
CONFIG = Preprocessing((32, 32, 8), (1.6, 1.6, 4.4))


def _study() -> tuple[sitk.Image, sitk.Image]:
    labels = np.zeros(STUDY.shape, dtype=np.uint8)
    labels[6:11, 20:41, 50:71] = Structure.UTERINE_WALL
    values = np.random.default_rng(0).normal(100.0, 10.0, size=STUDY.shape) + 200.0 * (labels > 0)
    return STUDY.image_of(values.astype(np.float32)), STUDY.image_of(labels)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    image, labels = _study()
    write_image(image, tmp_path / "a.nii.gz")
    write_image(labels, tmp_path / "a_labels.nii.gz")
    case = Case("a", "a.nii.gz", "p", "test", "CC0-1.0")
    write_manifest([replace(case, labels="a_labels.nii.gz"), replace(case, id="b")], tmp_path / "m.jsonl")
    return read_manifest(tmp_path / "m.jsonl")


def test_shapes_types_and_range_are_those_of_a_model() -> None:
    made = preprocess(*_study(), CONFIG)
    assert (made.image.shape, made.image.dtype) == ((1, 8, 32, 32), np.float32)
    assert made.labels is not None
    assert (made.labels.shape, made.labels.dtype) == ((8, 32, 32), np.uint8)
    assert (made.image.min(), made.image.max()) == (-1.0, 1.0)


def test_the_uterus_lies_in_the_middle_and_under_its_label() -> None:
    made = preprocess(*_study(), CONFIG)
    assert made.labels is not None
    where = np.argwhere(made.labels == Structure.UTERINE_WALL)
    np.testing.assert_allclose(where.mean(axis=0), (np.array(made.labels.shape) - 1) / 2, atol=0.51)
    assert made.image[0][made.labels == Structure.UTERINE_WALL].mean() > made.image[0][made.labels == 0].mean() + 0.8


@pytest.mark.parametrize("order", ["LPS", "RAI", "SAR", "PIR", "AIL"])
def test_the_order_in_which_a_study_is_stored_does_not_matter(order: str) -> None:
    image, labels = _study()
    expected = preprocess(image, labels, CONFIG)
    made = preprocess(sitk.DICOMOrient(image, order), sitk.DICOMOrient(labels, order), CONFIG)
    np.testing.assert_allclose(made.image, expected.image, atol=1e-4)
    np.testing.assert_array_equal(made.labels, expected.labels)


def test_without_labels_the_middle_of_the_study_is_taken_when_asked_and_only_then() -> None:
    image, _ = _study()
    made = preprocess(image, None, replace(CONFIG, centre=Centre.STUDY))
    assert made.labels is None
    with pytest.raises(VolumeError, match="centre on the study instead"):
        preprocess(image, None, CONFIG)


def test_a_stack_acquired_in_another_plane_is_refused_with_the_numbers() -> None:
    image, labels = _study()
    turn = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.0, 0.0, np.pi / 2)
    frame = np.array(turn.GetMatrix()).reshape(3, 3) @ np.array(STUDY.direction).reshape(3, 3)
    for one in (image, labels):
        one.SetDirection(frame.ravel().tolist())
    with pytest.raises(VolumeError, match=r"4\.4 mm between pixels in the sagittal plane, the model 1\.6 mm"):
        preprocess(image, labels, CONFIG)


def test_labels_on_another_grid_and_an_impossible_grid_are_refused() -> None:
    image, labels = _study()
    labels.SetOrigin((0.0, 0.0, 0.0))
    with pytest.raises(VolumeError, match="another grid than its image"):
        preprocess(image, labels, CONFIG)
    with pytest.raises(ConfigError, match="above zero"):
        Preprocessing((32, 0, 8), (1.0, 1.0, 4.0))


def test_from_the_cache_comes_what_would_be_made_and_a_changed_scan_is_made_anew(
    manifest: Manifest, tmp_path: Path
) -> None:
    case, cache = manifest.cases[0], ArrayCache(tmp_path / "cache")
    direct = preprocess_case(manifest, case, CONFIG)
    for _ in range(2):
        kept = preprocess_case(manifest, case, CONFIG, cache)
        np.testing.assert_array_equal(kept.image, direct.image)
        np.testing.assert_array_equal(kept.labels, direct.labels)
    assert len(list(cache.folder.iterdir())) == 2
    image, _ = _study()
    write_image(-image, manifest.image_path(case))
    changed = preprocess_case(manifest, case, CONFIG, cache)
    assert np.abs(changed.image - direct.image).max() > 1.0
    assert len(list(cache.folder.iterdir())) == 4


def test_a_case_that_cannot_be_used_is_named(manifest: Manifest) -> None:
    with pytest.raises(VolumeError, match=r"case 'b': .*no label map"):
        preprocess_case(manifest, manifest.cases[1], CONFIG)
