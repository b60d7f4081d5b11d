"""Laws of preprocessing."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.centring import Centre, CentredOn
from UterineSynthLib.dataset.manifest import Manifest, read_manifest, write_manifest
from UterineSynthLib.dataset.preprocessing import Preprocessing, preprocess, preprocess_case
from UterineSynthLib.errors import ConfigError, VolumeError
from UterineSynthLib.records import from_json, to_plain
from UterineSynthLib.volumes.bias_field import BiasCorrection
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


def test_further_modalities_become_channels_each_in_its_own_range(tmp_path: Path) -> None:
    image, labels = _study()
    for name, one in (("t1", image), ("t2", image * 7 + 30), ("flair", -image)):
        write_image(one, tmp_path / f"{name}.nii.gz")
    write_image(labels, tmp_path / "seg.nii.gz")
    case = Case("a", "t1.nii.gz", "p", "test", "CC0-1.0", "seg.nii.gz", further_images=("t2.nii.gz", "flair.nii.gz"))
    write_manifest([case], tmp_path / "m.jsonl")
    made = preprocess_case(read_manifest(tmp_path / "m.jsonl"), case, CONFIG, ArrayCache(tmp_path / "cache"))
    assert made.image.shape == (3, 8, 32, 32)
    np.testing.assert_allclose(made.image[1], made.image[0], atol=1e-4)
    np.testing.assert_allclose(made.image[2], preprocess(-image, labels, CONFIG).image[0], atol=1e-4)
    assert np.abs(made.image[2] - made.image[0]).max() > 1.0


def test_a_modality_on_another_grid_is_refused_by_its_number() -> None:
    image, labels = _study()
    moved = sitk.Image(image)
    moved.SetOrigin((0.0, 0.0, 0.0))
    with pytest.raises(VolumeError, match="image 3: lies on another grid than the first of 3"):
        preprocess(image, labels, CONFIG, (image, moved))


def test_a_window_maps_its_ends_to_minus_one_and_one_whatever_the_volume_holds() -> None:
    image, labels = _study()
    made = preprocess(image, labels, replace(CONFIG, window=(-1000.0, 1000.0)))
    bright = made.image[0][made.labels == Structure.UTERINE_WALL].mean()
    assert bright == pytest.approx(0.3, abs=0.02)
    with pytest.raises(ConfigError, match="must ascend"):
        replace(CONFIG, window=(5.0, 5.0))
    with pytest.raises(ConfigError, match="set one of them"):
        replace(CONFIG, window=(0.0, 1.0), bias_correction=BiasCorrection())


def test_settings_written_before_these_steps_existed_are_the_same_settings_and_find_their_cache() -> None:
    old = '{"schema": "uterinesynth.preprocessing", "version": 1, "size": [32, 32, 8], "spacing_mm": [1.6, 1.6, 4.4],'
    old += ' "centre": "uterus", "interpolation": "linear"}'
    assert from_json(Preprocessing, old) == CONFIG
    assert to_plain(CONFIG) == json.loads(old)


def test_what_the_grid_was_centred_on_is_told_and_survives_the_cache(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled, cache = manifest.cases[0], ArrayCache(tmp_path / "cache")
    told = {Centre.UTERUS: CentredOn.LABELS, Centre.STUDY: CentredOn.STUDY, Centre.FOUND: CentredOn.LABELS}
    for centre, source in told.items():
        for _ in range(2):
            assert preprocess_case(manifest, labelled, replace(CONFIG, centre=centre), cache).centred_on is source
    seen = preprocess_case(manifest, manifest.cases[1], replace(CONFIG, centre=Centre.FOUND), cache).centred_on
    assert seen is not CentredOn.LABELS
    monkeypatch.setattr(
        "UterineSynthLib.dataset.preprocessing.preprocess", lambda *_: pytest.fail("not from the cache")
    )
    assert preprocess_case(manifest, manifest.cases[1], replace(CONFIG, centre=Centre.FOUND), cache).centred_on is seen


def test_what_voxels_hold_besides_their_label_is_known_on_the_grid_of_the_study(tmp_path: Path) -> None:
    image, labels = _study()
    second, share = (np.random.default_rng(n).integers(0, 26, STUDY.shape).astype(np.uint8) for n in (1, 2))
    volumes = {"image": image, "labels": labels, "second": STUDY.image_of(second), "share": STUDY.image_of(share)}
    for name, volume in volumes.items():
        write_image(volume, tmp_path / f"{name}.nii.gz")
    case = Case("a", "image.nii.gz", "p", "test", "CC0-1.0", "labels.nii.gz")
    case = replace(case, second_labels="second.nii.gz", second_share="share.nii.gz")
    write_manifest([case], tmp_path / "m.jsonl")
    manifest, cache = read_manifest(tmp_path / "m.jsonl"), ArrayCache(tmp_path / "cache")
    own = Preprocessing(STUDY.size, STUDY.spacing_mm, centre=Centre.STUDY)
    for kept in (None, cache, cache):
        made = preprocess_case(manifest, case, own, kept)
        assert made.partial_volume is not None
        np.testing.assert_array_equal(made.partial_volume.second, second)
        np.testing.assert_array_equal(made.partial_volume.share, share)
        assert preprocess_case(manifest, case, CONFIG, kept).partial_volume is None
    write_image(STUDY.image_of(share // 2), tmp_path / "share.nii.gz")
    again = preprocess_case(manifest, case, own, cache).partial_volume
    assert again is not None
    np.testing.assert_array_equal(again.share, share // 2)
    broken = {"a share is a whole number": share / np.float32(255), r"has the value -\d": share.astype(np.int16) - 9}
    for told, wrong in broken.items():
        write_image(STUDY.image_of(wrong), tmp_path / "share.nii.gz")
        with pytest.raises(VolumeError, match=told):
            preprocess_case(manifest, case, own)
    write_image(sagittal_geometry(20, 96, 4.4, 0.9).image_of(share), tmp_path / "share.nii.gz")
    with pytest.raises(VolumeError, match="case 'a': second label or its share: lies on another grid"):
        preprocess_case(manifest, case, own)
