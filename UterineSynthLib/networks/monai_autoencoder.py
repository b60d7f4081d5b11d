"""MONAI's autoencoders as they are, in the place of ours."""

from __future__ import annotations

from typing import Any

import torch
from monai.networks.nets.autoencoderkl import AutoencoderKL
from monai.networks.nets.vqvae import VQVAE
from torch import Tensor, nn

from UterineSynthLib.networks.autoencoder import kl_divergence, last_convolution, slice_by_slice
from UterineSynthLib.networks.latent_space import Autoencoder, Restored
from UterineSynthLib.networks.monai_spaces import MonaiKlConfig, MonaiVqVaeConfig


class MonaiKl(Autoencoder):
    """``AutoencoderKL`` or ``AutoencoderKlMaisi`` on volumes ``(B, I, D, H, W)``; a 2D one works slice by slice."""

    def __init__(self, config: MonaiKlConfig) -> None:
        super().__init__()
        self.config: MonaiKlConfig = config
        self.network: nn.Module = _maisi(config) if config.num_splits else AutoencoderKL(**_shared(config))

    def forward(self, volume: Tensor, generator: torch.Generator) -> Restored:
        """Reconstruction of a volume through a draw from its posterior; the penalty ``kl`` is in nats a voxel."""
        mean, std = self.encode(volume)
        noise = torch.randn(mean.shape, generator=generator).to(mean)
        divergence = kl_divergence(mean.float(), std.float()) / volume.numel()
        return Restored(self.decode(mean + std * noise), {"kl": divergence}, {})

    def encode(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the raw latents."""

        def moments(piece: Tensor) -> Tensor:
            return torch.cat(self.network.encode(piece), dim=1)  # type: ignore[operator]

        mean, std = _through(moments, to_range(volume, self.config), self.config).chunk(2, dim=1)
        return mean, std

    def decode(self, latents: Tensor) -> Tensor:
        """Volume of raw latents."""
        return from_range(_through(self.network.decode, latents, self.config), self.config)

    @property
    def last_weight(self) -> Tensor:
        """See :class:`Autoencoder`."""
        return last_convolution(self.network.decoder)  # type: ignore[arg-type]


class MonaiVqVae(Autoencoder):
    """``VQVAE`` on volumes ``(B, I, D, H, W)``; a 2D one works slice by slice. Decoding quantises."""

    def __init__(self, config: MonaiVqVaeConfig) -> None:
        super().__init__()
        self.config: MonaiVqVaeConfig = config
        self.network: nn.Module = VQVAE(
            spatial_dims=config.spatial_dims,
            in_channels=config.image_channels,
            out_channels=config.image_channels,
            channels=config.channels,
            num_res_layers=config.num_res_layers,
            num_res_channels=config.num_res_channels,
            downsample_parameters=config.downsample_parameters,
            upsample_parameters=config.upsample_parameters,
            num_embeddings=config.num_embeddings,
            embedding_dim=config.latent_channels,
        )

    def forward(self, volume: Tensor, generator: torch.Generator) -> Restored:  # noqa: ARG002 (nothing is random)
        """Reconstruction of a volume through its codes."""
        latents = _through(self.network.encode, to_range(volume, self.config), self.config)
        flat = latents if not self.config.works_slice_by_slice else latents.transpose(1, 2).flatten(0, 1)
        codes, commitment = self.network.quantize(flat)  # type: ignore[operator]
        if self.config.works_slice_by_slice:
            codes = codes.unflatten(0, (len(volume), -1)).transpose(1, 2)
        restored = _through(self.network.decode, codes, self.config)
        return Restored(from_range(restored, self.config), {"commitment": commitment}, {})

    def encode(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        """Latents before quantisation, and no deviation."""
        latents = _through(self.network.encode, to_range(volume, self.config), self.config)
        return latents, torch.zeros_like(latents)

    def decode(self, latents: Tensor) -> Tensor:
        """Volume of the codes next to the latents."""

        def decoded(piece: Tensor) -> Tensor:
            volume: Tensor = self.network.decode(self.network.quantize(piece)[0])  # type: ignore[operator]
            return volume

        return from_range(_through(decoded, latents, self.config), self.config)

    @property
    def last_weight(self) -> Tensor:
        """See :class:`Autoencoder`."""
        found = [m.weight for m in self.network.modules() if isinstance(m, (nn.ConvTranspose2d, nn.ConvTranspose3d))]
        return found[-1]


def to_range(volume: Tensor, config: MonaiKlConfig | MonaiVqVaeConfig) -> Tensor:
    """From [-1, 1] to what the network takes for dark and bright."""
    low, high = config.intensity_range
    return (volume + 1) * ((high - low) / 2) + low


def from_range(volume: Tensor, config: MonaiKlConfig | MonaiVqVaeConfig) -> Tensor:
    """Back to [-1, 1]."""
    low, high = config.intensity_range
    return (volume - low) * (2 / (high - low)) - 1


def _through(network: Any, volume: Tensor, config: MonaiKlConfig | MonaiVqVaeConfig) -> Tensor:
    out: Tensor = slice_by_slice(network, volume) if config.works_slice_by_slice else network(volume)
    return out


def _shared(config: MonaiKlConfig) -> dict[str, Any]:
    return {
        "spatial_dims": config.spatial_dims,
        "in_channels": config.image_channels,
        "out_channels": config.image_channels,
        "channels": config.channels,
        "num_res_blocks": config.num_res_blocks,
        "attention_levels": config.attention_levels,
        "latent_channels": config.latent_channels,
        "norm_num_groups": config.norm_num_groups,
        "norm_eps": config.norm_eps,
        "with_encoder_nonlocal_attn": config.with_encoder_nonlocal_attn,
        "with_decoder_nonlocal_attn": config.with_decoder_nonlocal_attn,
        "include_fc": config.include_fc,
        "use_combined_linear": config.use_combined_linear,
        "use_convtranspose": config.use_convtranspose,
    }


def _maisi(config: MonaiKlConfig) -> nn.Module:
    """MAISI's variant: the same network, computed in pieces so that large volumes fit into memory."""
    from monai.apps.generation.maisi.networks.autoencoderkl_maisi import AutoencoderKlMaisi

    arguments = _shared(config)
    network: nn.Module = AutoencoderKlMaisi(
        num_channels=arguments.pop("channels"), num_splits=config.num_splits, save_mem=False, **arguments
    )
    return network
