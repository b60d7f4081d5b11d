"""Latents are kept once; pixels are not copied at all."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import AutoencoderConfig
from UterineSynthLib.networks.space_modules import space_of
from UterineSynthLib.networks.spaces import PixelConfig
from UterineSynthLib.networks.tone import completed, measured_tones, painted
from UterineSynthLib.training.latents import ENCODED_TONES, MEASURED_TONES, NO_TONES, codec_of, grain_of, latent_cases
from UterineSynthLib.training.prepared import PreparedCase


def case(channels: int = 1, seed: int = 0) -> PreparedCase:
    rng = np.random.default_rng(seed)
    image = rng.uniform(-1, 1, (channels, 4, 16, 16)).astype(np.float32)
    labels = rng.integers(0, 5, (4, 16, 16)).astype(np.uint8)
    return PreparedCase(f"c{seed}", image, labels, (4.0, 1.0, 1.0), None, "test", "Apache-2.0")


def test_images_are_their_own_latents_and_are_not_stored_again(tmp_path: Path) -> None:
    space, cases = space_of(PixelConfig(2)), [case(2), case(2, 1)]
    made = latent_cases(space, "0" * 64, cases, ArrayCache(tmp_path), NO_TONES)
    assert all(one.mean is one.case.image for one in made)
    assert not any(one.std.any() for one in made)
    assert list(tmp_path.iterdir()) == []
    codec = codec_of(space, made, tmp_path)
    assert (codec.mean, codec.std) == ((0.0, 0.0), (1.0, 1.0))
    assert json.loads((tmp_path / "latents.json").read_text(encoding="utf-8"))["sampling_noise_share"] == 0.0


def test_tones_are_made_where_the_model_is_shown_them(tmp_path: Path) -> None:
    space, cache, one = space_of(PixelConfig(2)), ArrayCache(tmp_path), case(2)
    without, with_them = (latent_cases(space, "0" * 64, [one], cache, tones)[0] for tones in (NO_TONES, ENCODED_TONES))
    assert without.tone is None
    tones = completed(measured_tones(one.volume, one.labels))
    np.testing.assert_allclose(with_them.tone, painted(one.labels, tones, 2), atol=1e-3)
    assert with_them.umd_tone.shape == one.image.shape


def test_tones_are_measured_anew_under_other_labels_and_latents_are_not(tmp_path: Path) -> None:
    torch.manual_seed(0)
    space, one = space_of(AutoencoderConfig(2, (8, 8), (8, 8), norm_groups=4)), case()
    other = dataclasses.replace(one, labels=np.where(one.labels == 1, 6, one.labels).astype(np.uint8))
    first, second = (latent_cases(space, "2" * 64, [c], ArrayCache(tmp_path), MEASURED_TONES)[0] for c in (one, other))
    np.testing.assert_array_equal(first.tones, measured_tones(one.volume, one.labels))
    np.testing.assert_array_equal(second.tones, measured_tones(one.volume, other.labels))
    assert len(list(tmp_path.glob("latents-*-mean.npy"))) == 1


def test_whitening_makes_draws_from_the_posteriors_standard(tmp_path: Path) -> None:
    torch.manual_seed(0)
    space = space_of(AutoencoderConfig(2, (8, 8), (8, 8), norm_groups=4))
    made = latent_cases(space, "1" * 64, [case(1, n) for n in range(4)], ArrayCache(tmp_path), NO_TONES)
    codec = codec_of(space, made, tmp_path)
    generator = torch.Generator().manual_seed(0)
    draws = torch.cat(
        [
            codec.resample(
                *(torch.from_numpy(a.astype(np.float32))[None] for a in (one.mean, one.std)), generator=generator
            )
            for one in made
            for _ in range(8)
        ]
    )
    assert draws.mean(dim=(0, 2, 3, 4)).numpy() == pytest.approx([0, 0], abs=0.05)
    assert draws.std(dim=(0, 2, 3, 4)).numpy() == pytest.approx([1, 1], abs=0.05)


def test_grain_is_what_decoding_does_not_bring_back_of_the_body(tmp_path: Path) -> None:
    """A space of pixels brings back its latents as they are: what is added to the images alone is lost."""
    space, cases = space_of(PixelConfig(1)), [case(1, seed) for seed in range(6)]
    made = latent_cases(space, "0" * 64, cases, ArrayCache(tmp_path), NO_TONES)
    lost = []
    for number, one in enumerate(made):
        noise = 0.03 * np.random.default_rng([9, number]).standard_normal(one.mean.shape).astype(np.float32)
        mean = 0.8 * np.asarray(one.mean)
        air = mean < -0.7
        image = np.where(air, -1.0, mean + noise).astype(np.float32)
        lost.append(dataclasses.replace(one, mean=mean, case=dataclasses.replace(one.case, image=image)))
    found = grain_of(space, lost)
    assert np.exp(found.log_sd) == pytest.approx(0.03, rel=0.05)
    assert np.abs(found.colour.correlations).max() < 0.15


def test_a_case_of_another_number_of_channels_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"case 'c0' has 1 channel\(s\), the model takes 2"):
        latent_cases(space_of(PixelConfig(2)), "0" * 64, [case()], ArrayCache(tmp_path), NO_TONES)
