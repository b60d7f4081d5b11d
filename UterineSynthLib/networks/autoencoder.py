"""A KL autoencoder for stacks of thick slices, assembled from MONAI's encoder and decoder.

Slices of a pelvic stack are 4-7 mm apart and acquired one by one, so all levels but (optionally) the last work slice by
slice; the same weights then serve a single slice and a volume. With ``through_plane_reduction`` 2 the last level is 3D
and halves the slices too.
"""

from __future__ import annotations

from typing import Any

import torch
from monai.networks.nets.autoencoderkl import Decoder, Encoder
from torch import Tensor, nn

from UterineSynthLib.networks.config import AutoencoderConfig
from UterineSynthLib.networks.latent_space import Autoencoder, Restored

_LOG_VARIANCE_RANGE = (-30.0, 20.0)


class SliceAutoencoder(Autoencoder):
    """Volume ``(B, I, D, H, W)`` in [-1, 1] <-> raw latents ``(B, C, d, h, w)``."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        joint = not config.works_slice_by_slice
        slice_levels = len(config.encoder_channels) - (1 if joint else 0)
        latent = config.latent_channels
        inner = config.encoder_channels[slice_levels - 1] if joint else 2 * latent
        outer = config.decoder_channels[slice_levels - 1] if joint else latent
        self.slice_encoder = _encoder(
            config, config.encoder_channels[:slice_levels], config.image_channels, inner, dims=2
        )
        self.slice_decoder = _decoder(
            config, config.decoder_channels[:slice_levels], outer, config.image_channels, dims=2
        )
        self.stack_encoder = (
            _encoder(config, config.encoder_channels[-2:], inner, 2 * latent, dims=3) if joint else None
        )
        self.stack_decoder = _decoder(config, config.decoder_channels[-2:], latent, outer, dims=3) if joint else None
        self.to_moments = nn.Conv3d(2 * latent, 2 * latent, 1)
        self.from_latent = nn.Conv3d(latent, latent, 1)

    def forward(self, volume: Tensor, generator: torch.Generator) -> Restored:
        """Reconstruction of a volume through a draw from its posterior; the penalty ``kl`` is in nats a voxel."""
        mean, std = self.encode(volume)
        noise = torch.randn(mean.shape, generator=generator).to(mean)
        divergence = kl_divergence(mean.float(), std.float()) / volume.numel()
        return Restored(self.decode(mean + std * noise), {"kl": divergence}, {})

    def encode(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the latents, each ``(B, C, d, h, w)``."""
        hidden = slice_by_slice(self.slice_encoder, volume)
        if self.stack_encoder is not None:
            hidden = self.stack_encoder(hidden)
        mean, log_variance = self.to_moments(hidden).chunk(2, dim=1)
        return mean, torch.exp(0.5 * log_variance.clamp(*_LOG_VARIANCE_RANGE))

    def decode(self, latents: Tensor) -> Tensor:
        """Volume ``(B, I, D, H, W)`` of latents ``(B, C, d, h, w)``."""
        hidden = self.from_latent(latents)
        if self.stack_decoder is not None:
            hidden = self.stack_decoder(hidden)
        return slice_by_slice(self.slice_decoder, hidden)

    @property
    def last_weight(self) -> Tensor:
        """See :class:`Autoencoder`."""
        return last_convolution(self.slice_decoder)


def last_convolution(network: nn.Module) -> Tensor:
    """Weights of the last convolution of a network whose modules stand in the order they run."""
    return [module.weight for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Conv3d))][-1]


def kl_divergence(mean: Tensor, std: Tensor) -> Tensor:
    """Kullback-Leibler divergence of ``N(mean, std^2)`` from ``N(0, 1)``, summed, in nats."""
    return 0.5 * (mean.square() + std.square() - 1 - 2 * std.clamp(min=1e-12).log()).sum()


def slice_by_slice(network: nn.Module, volume: Tensor) -> Tensor:
    """Run a 2D network over the slices of ``(B, C, D, H, W)``."""
    batch, channels, slices, rows, columns = volume.shape
    flat = volume.transpose(1, 2).reshape(batch * slices, channels, rows, columns)
    out: Tensor = network(flat.contiguous(memory_format=torch.channels_last))
    return out.reshape(batch, slices, *out.shape[1:]).transpose(1, 2)


def _encoder(
    config: AutoencoderConfig, channels: tuple[int, ...], in_channels: int, out_channels: int, dims: int
) -> nn.Module:
    network: nn.Module = Encoder(in_channels=in_channels, out_channels=out_channels, **_levels(config, channels, dims))
    return network


def _decoder(
    config: AutoencoderConfig, channels: tuple[int, ...], in_channels: int, out_channels: int, dims: int
) -> nn.Module:
    network: nn.Module = Decoder(in_channels=in_channels, out_channels=out_channels, **_levels(config, channels, dims))
    return network


def _levels(config: AutoencoderConfig, channels: tuple[int, ...], dims: int) -> dict[str, Any]:
    """What MONAI's encoder and decoder are told alike."""
    return {
        "spatial_dims": dims,
        "channels": channels,
        "num_res_blocks": [config.res_blocks] * len(channels),
        "norm_num_groups": config.norm_groups,
        "norm_eps": 1e-6,
        "attention_levels": [False] * len(channels),
        "with_nonlocal_attn": False,
    }
