"""The judge as a network and as a bundle."""

import json
import re

import numpy as np
import pytest
import torch

from UterineSynthLib.bundles import catalogue
from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.errors import BundleError, ConfigError, OutputError
from UterineSynthLib.evaluation.adherence import Adherence
from UterineSynthLib.evaluation.judge_bundle import JudgeConfig, find_judge, read_judge, write_judge
from UterineSynthLib.networks.segmenter import Segmenter, SegmenterConfig, windows_of
from UterineSynthLib.training import scanner_noise
from UterineSynthLib.training.scanner_noise import disturbed
from UterineSynthLib.training.segmenter_task import label_weights, soft_dice

SPACING_MM = (4.4, 1.25, 1.25)
SMALL = SegmenterConfig(features=(8, 8, 8, 8, 8, 8), norm_groups=4)
VOLUME = np.random.default_rng(0).random((4, 32, 32), dtype=np.float32)


def test_every_slice_stands_between_its_neighbours():
    windows = windows_of(torch.arange(4.0)[:, None, None])
    assert windows[:, :, 0, 0].tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 3]]


def test_features_that_no_group_divides_are_refused():
    with pytest.raises(ConfigError, match="cannot be normalised in 8 groups"):
        SegmenterConfig(features=(12, 16, 16, 16, 16, 16))


def test_levels_fit_each_other_without_padding():
    torch.manual_seed(0)
    segmenter, windows = Segmenter(SMALL), torch.rand(1, 3, 32, 48)
    found = segmenter(windows)
    for level in (segmenter.unet.upcat_1, segmenter.unet.upcat_2, segmenter.unet.upcat_3, segmenter.unet.upcat_4):
        assert not level.is_pad
        level.is_pad = True
    assert torch.equal(segmenter(windows), found)


def test_labels_lie_on_the_grid_of_the_volume_whatever_its_pixels(small_judge):
    judge = small_judge.load()
    for shape, pixel_mm in (((4, 32, 32), 1.25), ((1, 50, 50), 1.0), ((3, 40, 40), 0.625)):
        volume = np.random.default_rng(1).random(shape, dtype=np.float32)
        labels = judge.labels_of(volume, (4.4, pixel_mm, pixel_mm))
        assert labels.shape == shape
        assert labels.dtype == np.uint8


def test_what_is_read_does_not_depend_on_the_unit_of_the_signal(small_judge):
    judge = small_judge.load()
    assert np.array_equal(judge.labels_of(VOLUME, SPACING_MM), judge.labels_of(VOLUME * 512, SPACING_MM))


def test_a_stack_has_the_spread_of_its_slices_as_features_and_a_single_slice_has_not(small_judge):
    judge = small_judge.load()
    width = SMALL.features[3] + SMALL.features[4]
    assert judge.features_of(VOLUME, SPACING_MM).shape == (2 * width,)
    assert judge.features_of(VOLUME[:1], SPACING_MM).shape == (width,)
    assert np.array_equal(judge.features_of(VOLUME, SPACING_MM), judge.features_of(4 * VOLUME, SPACING_MM))


def test_a_judge_is_no_generator_and_is_not_listed_among_them(tmp_path, monkeypatch, new_judge):
    judge = new_judge(tmp_path / "judge")
    monkeypatch.setattr(catalogue, "model_folders", lambda: [tmp_path])
    assert catalogue.list_bundles() == []
    with pytest.raises(BundleError, match="a judge of images, not a model that makes them"):
        read_bundle(judge.path)


def test_a_judge_is_found_by_name_and_by_folder(tmp_path, monkeypatch, new_judge):
    written = new_judge(tmp_path / "judge")
    monkeypatch.setattr("UterineSynthLib.evaluation.judge_bundle.model_folders", lambda: [tmp_path])
    assert find_judge().digest == find_judge(written.path).digest == written.digest
    with pytest.raises(BundleError, match="there is no judge of this name"):
        find_judge("other")


def test_a_judge_that_was_altered_is_refused(tmp_path, new_judge):
    written = new_judge(tmp_path / "judge")
    config = written.path / "configs" / "judge.json"
    config.write_text(config.read_text(encoding="utf-8").replace("0.0.1", "9.9.9"), encoding="utf-8")
    with pytest.raises(BundleError, match=re.escape("configs/judge.json differs from the digest")):
        read_judge(written.path)


def test_a_judge_is_not_overwritten_unless_told(tmp_path, new_judge):
    written = new_judge(tmp_path / "judge")
    with pytest.raises(OutputError, match="something at this place already"):
        new_judge(written.path)


def test_the_card_tells_the_accuracy_and_that_it_is_no_generator(tmp_path, small_judge):
    config = JudgeConfig("judge", "1.0", SMALL, accuracy=Adherence(12, pathologies_right=0.75, dice={"wall": 0.9}))
    judge = write_judge(tmp_path / "judge", config, small_judge.ledger, Segmenter(SMALL).state_dict(), "terms")
    card = (judge.path / "docs" / "README.md").read_text(encoding="utf-8")
    assert "This is no generator" in card
    assert "| unseen phantoms | 12 | 75 % |" in card
    assert read_judge(judge.path).config == config
    assert (
        json.loads((judge.path / "configs" / "judge.json").read_text(encoding="utf-8"))["schema"]
        == "uterinesynth.judge"
    )


def test_the_soft_dice_is_that_of_one_hot_maps():
    logits, labels = torch.randn(2, 4, 6, 6), torch.randint(0, 3, (2, 6, 6))
    shares = logits.softmax(dim=1)
    truth = torch.nn.functional.one_hot(labels, 4).movedim(-1, 1).float()
    scores = 2 * (shares * truth).sum((0, 2, 3)) / (shares.sum((0, 2, 3)) + truth.sum((0, 2, 3)))
    assert float(soft_dice(logits, labels)) == pytest.approx(float(scores[:3].mean()), abs=1e-6)
    sure = 50.0 * truth
    assert float(soft_dice(sure, labels)) == pytest.approx(1.0, abs=1e-6)


def test_rare_labels_weigh_more_within_bounds():
    labels = np.zeros((1, 100, 100), np.uint8)
    labels[0, :50] = 1
    labels[0, 0, :4] = 2
    weights = label_weights([labels], 4)
    assert float(weights[2]) == 3.0
    assert float(weights[0]) == pytest.approx(float(weights[1]), rel=0.01)


def test_without_strength_nothing_is_disturbed_and_with_it_the_range_is_kept():
    windows = torch.rand(3, 3, 16, 16) * 2 - 1
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 26, windows.shape, generator=generator, dtype=torch.uint8)
    assert torch.equal(disturbed(windows, labels, generator, 0.0), windows)
    changed = disturbed(windows, labels, generator)
    again = disturbed(windows, labels, torch.Generator().manual_seed(0))
    assert changed.shape == windows.shape
    assert float(changed.min()) >= -1
    assert float(changed.max()) <= 1
    assert not torch.allclose(changed, windows, atol=0.01)
    assert torch.equal(again, disturbed(windows, labels, torch.Generator().manual_seed(0)))


@pytest.fixture
def only(monkeypatch):
    """Disturbances of one kind alone, each in every window."""

    def leave(kind: str) -> None:
        for name in ("_GAMMA_SD", "_CONTRAST", "_SHIFT", "_SHADING_SD"):
            monkeypatch.setattr(scanner_noise, name, 0.0)
        for name in ("_BLUR_SHARE", "_NOISE_SHARE", "_GRAIN_SHARE", "_TINT_SHARE"):
            monkeypatch.setattr(scanner_noise, name, float(name == kind))

    return leave


def test_a_structure_is_tinted_as_a_whole_and_alike_in_all_slices_of_a_window(only):
    only("_TINT_SHARE")
    labels = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    labels[:, :, 4:] = 7
    changed = disturbed(torch.zeros(2, 3, 8, 8), labels, torch.Generator().manual_seed(0))
    for window in changed:
        first, second = window[:, :4], window[:, 4:]
        assert float(first.std()) < 1e-6 > float(second.std())
        assert abs(float(first.mean() - second.mean())) > 1e-3
    assert not torch.allclose(changed[0], changed[1], atol=1e-3)


def test_grain_hangs_together_and_noise_does_not(only):
    def likeness_of_neighbours(kind: str) -> float:
        only(kind)
        windows = torch.zeros(4, 3, 48, 48)
        changed = disturbed(windows, windows.to(torch.uint8), torch.Generator().manual_seed(0))
        assert 0 < float(changed.std()) < 0.1
        pairs = torch.stack([changed[..., :-1].flatten(), changed[..., 1:].flatten()])
        return float(torch.corrcoef(pairs)[0, 1])

    assert likeness_of_neighbours("_GRAIN_SHARE") > 0.4
    assert abs(likeness_of_neighbours("_NOISE_SHARE")) < 0.1
