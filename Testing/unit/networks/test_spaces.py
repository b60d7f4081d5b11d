"""Every space answers the same questions, and JSON tells which one it is."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from UterineSynthLib.errors import ConfigError, RecordError
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.config import AutoencoderConfig
from UterineSynthLib.networks.latent_space import Autoencoder
from UterineSynthLib.networks.monai_spaces import MonaiKlConfig, MonaiVqVaeConfig
from UterineSynthLib.networks.space_modules import space_of
from UterineSynthLib.networks.spaces import PixelConfig, SpaceConfig, VqGanConfig
from UterineSynthLib.networks.tone import painted
from UterineSynthLib.records import from_json, from_plain, to_json

SPACES = {
    "slices": AutoencoderConfig(4, (8, 8), (8, 8), norm_groups=4),
    "joint slices": AutoencoderConfig(4, (8, 8), (8, 8), norm_groups=4, through_plane_reduction=2),
    "two modalities": AutoencoderConfig(4, (8, 8), (8, 8), norm_groups=4, image_channels=2),
    "codes of volumes": VqGanConfig(codes=12, channels=(8, 8), norm_groups=4),
    "codes of slices": VqGanConfig(2, 2, codes=12, channels=(8, 8), norm_groups=4),
    "MONAI KL of volumes": MonaiKlConfig(3, 1, 2, (8, 8), (1, 1), (False, True), 4),
    "MONAI KL of slices": MonaiKlConfig(2, 2, 2, (8, 8), (1, 1), (False, False), 4, 1e-6, False, False),
    "MAISI": MonaiKlConfig(3, 1, 2, (8, 8), (1, 1), (False, False), 4, 1e-6, False, False, False, num_splits=1),
    "MONAI VQ-VAE of volumes": MonaiVqVaeConfig(3, 1, 4, 8, (8,), 1, (8,), ((2, 4, 1, 1),), ((2, 4, 1, 1, 0),)),
    "MONAI VQ-VAE of slices": MonaiVqVaeConfig(2, 1, 4, 8, (8,), 1, (8,), ((2, 4, 1, 1),), ((2, 4, 1, 1, 0),)),
    "pixels": PixelConfig(),
    "pixels of four modalities": PixelConfig(4),
}


@dataclass(frozen=True)
class Holder:
    space: SpaceConfig


@pytest.mark.parametrize("name", SPACES)
@torch.no_grad()
def test_a_space_keeps_the_promises_of_its_config(name: str) -> None:
    config = SPACES[name]
    space = space_of(config).eval()
    volume = torch.rand(1, config.image_channels, 4, 16, 16) * 2 - 1
    mean, std = space.encode(volume)
    expected = (config.latent_channels, *(n // r for n, r in zip((4, 16, 16), config.reductions, strict=True)))
    assert mean.shape == std.shape == (1, *expected)
    assert LatentCodec(space, *scale_of(space)).latent_shape((4, 16, 16)) == expected
    assert space.decode(mean).shape == volume.shape
    assert bool(list(space.parameters())) == config.has_weights


@pytest.mark.parametrize("name", SPACES)
@torch.no_grad()
def test_slices_know_of_each_other_exactly_where_the_config_says_so(name: str) -> None:
    config = SPACES[name]
    space = space_of(config).eval()
    volume = torch.rand(1, config.image_channels, 4, 16, 16) * 2 - 1
    other = volume.clone()
    other[:, :, 1] *= -1
    touched = (space.encode(volume)[0] != space.encode(other)[0]).amax(dim=(0, 1, 3, 4))
    assert (touched.tolist() == [k == 1 for k in range(4)]) == config.works_slice_by_slice


@pytest.mark.parametrize("name", SPACES)
def test_what_is_learned_restores_a_volume_with_a_gradient_to_its_last_convolution(name: str) -> None:
    space = space_of(SPACES[name])
    if not isinstance(space, Autoencoder):
        assert not SPACES[name].has_weights
        return
    volume = torch.rand(1, SPACES[name].image_channels, 4, 16, 16) * 2 - 1
    restored = space(volume, torch.Generator().manual_seed(0))
    assert restored.volume.shape == volume.shape
    assert all(bool(penalty.isfinite()) for penalty in restored.penalties.values())
    restored.volume.square().sum().backward()
    assert float(space.last_weight.grad.abs().sum()) > 0


@pytest.mark.parametrize("name", SPACES)
def test_json_brings_back_the_same_kind_of_space(name: str) -> None:
    held = Holder(SPACES[name])
    assert from_json(Holder, to_json(held)) == held


def test_without_a_schema_a_space_is_an_autoencoder_as_it_always_was() -> None:
    assert from_plain(Holder, {"space": {"latent_channels": 8}}).space == AutoencoderConfig(8)
    with pytest.raises(RecordError, match=r"^space: this is a \"uterinesynth.dream\" record, expected one of"):
        from_plain(Holder, {"space": {"schema": "uterinesynth.dream"}})
    with pytest.raises(RecordError, match=r"^space.latent_channels: unknown field; known are image_channels"):
        from_plain(Holder, {"space": {"schema": "uterinesynth.pixels", "latent_channels": 8}})


@torch.no_grad()
def test_pixels_are_their_own_final_latents() -> None:
    space = space_of(PixelConfig(2))
    codec = LatentCodec(space, *scale_of(space))
    volume = torch.rand(1, 2, 3, 5, 7) * 2 - 1
    assert torch.equal(codec.encode(volume), volume)
    assert torch.equal(codec.decode(volume), volume)
    assert torch.equal(codec.resample(*space.encode(volume), torch.Generator()), volume)


def test_the_tone_of_a_mask_is_the_same_in_every_channel() -> None:
    labels = np.random.default_rng(0).integers(0, 5, (2, 4, 4)).astype(np.uint8)
    space = space_of(PixelConfig(3))
    tone = LatentCodec(space, *scale_of(space)).tone_of(labels)
    assert tone.shape == (1, 3, 2, 4, 4)
    for channel in tone[0]:
        assert np.array_equal(channel.numpy(), painted(labels)[0])


def test_an_image_without_channels_is_refused() -> None:
    with pytest.raises(ConfigError, match="image_channels is 0; an image has at least 1"):
        PixelConfig(0)
    with pytest.raises(ConfigError, match="image_channels is 0; an image has at least 1"):
        replace(AutoencoderConfig(), image_channels=0)


def scale_of(space) -> tuple[list[float], list[float]]:
    channels = space.config.latent_channels
    return space.prescribed_scale() or ([0.0] * channels, [1.0] * channels)
