"""Laws of the autoencoder of thick slices and of the codec that owns the way to final latents."""

import pytest
import torch

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.autoencoder import SliceAutoencoder
from UterineSynthLib.networks.codec import LatentCodec, sampling_noise_share
from UterineSynthLib.networks.config import AutoencoderConfig, DenoiserConfig


def _volume(seed: int = 0) -> torch.Tensor:
    return torch.rand(2, 1, 8, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize("reduction", [1, 2])
@torch.no_grad()
def test_latents_have_the_promised_shape_and_decode_to_the_volume_grid(reduction: int, autoencoder_of) -> None:
    network = SliceAutoencoder(autoencoder_of(reduction))
    mean, std = network.encode(_volume())
    codec = LatentCodec(network, (0.0,) * 4, (1.0,) * 4)
    assert mean.shape == std.shape == (2, *codec.latent_shape((8, 16, 16))) == (2, 4, 8 // reduction, 4, 4)
    assert bool((std > 0).all())
    assert network.decode(mean).shape == _volume().shape


@torch.no_grad()
def test_slice_by_slice_a_changed_slice_changes_its_own_latents_and_no_other(autoencoder_of) -> None:
    network = SliceAutoencoder(autoencoder_of())
    other = _volume()
    other[:, :, 3] = _volume(1)[:, :, 3]
    before, after = network.encode(_volume())[0], network.encode(other)[0]
    changed = (network.decode(before) != network.decode(after)).amax(dim=(0, 1, 3, 4))
    assert (before != after).amax(dim=(0, 1, 3, 4)).tolist() == [k == 3 for k in range(8)]
    assert changed.tolist() == [k == 3 for k in range(8)]


@torch.no_grad()
def test_one_slice_is_encoded_as_in_its_volume(autoencoder_of) -> None:
    network = SliceAutoencoder(autoencoder_of())
    whole, alone = network.encode(_volume())[0], network.encode(_volume()[:, :, 5:6])[0]
    torch.testing.assert_close(alone, whole[:, :, 5:6])


@torch.no_grad()
def test_with_a_joint_last_level_slices_know_of_each_other(autoencoder_of) -> None:
    network = SliceAutoencoder(autoencoder_of(2))
    other = _volume()
    other[:, :, 3] = _volume(1)[:, :, 3]
    difference = (network.encode(_volume())[0] != network.encode(other)[0]).amax(dim=(0, 1, 3, 4))
    assert int(difference.sum()) > 1


@torch.no_grad()
def test_a_forward_pass_decodes_a_draw_from_the_posterior(autoencoder_of) -> None:
    network = SliceAutoencoder(autoencoder_of())
    again = network(_volume(), torch.Generator().manual_seed(4)).volume
    mean, std = network.encode(_volume())
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(4))
    torch.testing.assert_close(again, network.decode(mean + std * noise))


def test_settings_that_no_network_has_are_refused() -> None:
    with pytest.raises(ConfigError, match="same number of levels"):
        AutoencoderConfig(encoder_channels=(8, 16), decoder_channels=(8,))
    with pytest.raises(ConfigError, match="through_plane_reduction is 4; thick slices allow 1 or 2"):
        AutoencoderConfig(through_plane_reduction=4)
    with pytest.raises(ConfigError, match="through_plane_reduction 2 needs at least 2 levels"):
        AutoencoderConfig(encoder_channels=(8,), decoder_channels=(8,), through_plane_reduction=2)
    with pytest.raises(ConfigError, match="12 channels cannot be normalised in 8 groups"):
        AutoencoderConfig(encoder_channels=(12,), decoder_channels=(8,))
    with pytest.raises(ConfigError, match="spatial_dims is 4, must be 2 or 3"):
        DenoiserConfig(spatial_dims=4)
    with pytest.raises(ConfigError, match="channels and attention must have the same number"):
        DenoiserConfig(channels=(8, 16), attention=(True,))


def _codec(autoencoder_of) -> LatentCodec:
    return LatentCodec(SliceAutoencoder(autoencoder_of(2)), (1.0, -2.0, 0.0, 5.0), (0.5, 2.0, 1.0, 4.0))


def test_whitening_is_per_channel_and_unwhitening_its_inverse(autoencoder_of) -> None:
    codec = _codec(autoencoder_of)
    raw = torch.tensor([2.0, 2.0, 2.0, 1.0]).reshape(1, 4, 1, 1, 1)
    assert codec.whiten(raw).flatten().tolist() == [2.0, 2.0, 2.0, -1.0]
    latents = torch.randn(2, 4, 3, 5, 5)
    torch.testing.assert_close(codec.whiten(codec.unwhiten(latents)), latents)
    torch.testing.assert_close(codec.whiten(codec.unwhiten(latents[:, :, 0])), latents[:, :, 0])


def test_a_resampled_latent_is_mean_plus_deviation_times_noise(autoencoder_of) -> None:
    codec, mean, std = _codec(autoencoder_of), torch.randn(1, 4, 2, 2, 2), torch.rand(1, 4, 2, 2, 2)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(8))
    drawn = codec.resample(mean, std, torch.Generator().manual_seed(8))
    torch.testing.assert_close(codec.unwhiten(drawn), mean + std * noise)
    assert torch.equal(codec.resample(mean, 0 * std, torch.Generator()), codec.whiten(mean))


@torch.no_grad()
def test_a_decoded_volume_stays_in_the_unit_range(autoencoder_of) -> None:
    volume = _codec(autoencoder_of).decode(1000 * torch.randn(1, 4, 2, 4, 4))
    assert (float(volume.min()), float(volume.max())) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("shape", "message"),
    [((7, 16, 16), "7 slices .* of 2"), ((8, 18, 16), "18 rows .* of 4"), ((8, 16, 15), "15 columns .* of 4")],
)
def test_a_grid_that_does_not_divide_is_refused_by_axis(shape, message: str, autoencoder_of) -> None:
    with pytest.raises(ConfigError, match=message):
        _codec(autoencoder_of).latent_shape(shape)


@pytest.mark.parametrize(("mean", "std"), [((0.0,), (1.0,) * 4), ((0.0,) * 4, (1.0,)), ((0.0,) * 4, (1, 1, 0, 1))])
def test_whitening_constants_that_do_not_fit_are_refused(mean, std, autoencoder_of) -> None:
    with pytest.raises(ConfigError, match="need 4 values each, every std above 0"):
        LatentCodec(SliceAutoencoder(autoencoder_of()), mean, std)


def test_the_share_of_sampling_noise_can_be_counted_by_hand() -> None:
    mean = torch.tensor([-1.0, 1.0, -1.0, 1.0]).reshape(1, 1, 1, 2, 2)  # variance 4/3
    std = torch.full_like(mean, 2.0)  # variance 4
    assert sampling_noise_share(mean, std) == pytest.approx(0.75)
    assert sampling_noise_share(mean, 0 * std) == 0.0
