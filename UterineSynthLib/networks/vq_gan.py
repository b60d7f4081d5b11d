"""The VQ-GAN of Medical Diffusion (Khader et al. 2023, arXiv 2211.03364), assembled from MONAI's encoder and decoder.

Diffusion works on the latents before quantisation, scaled by the range of the codebook; decoding quantises them.
"""

from __future__ import annotations

from typing import Any

import torch
from monai.networks.nets.autoencoderkl import Decoder, Encoder
from torch import Tensor, nn

from UterineSynthLib.networks.autoencoder import last_convolution, slice_by_slice
from UterineSynthLib.networks.codebook import Codebook
from UterineSynthLib.networks.latent_space import Autoencoder, Restored
from UterineSynthLib.networks.spaces import VqGanConfig


class VqGan(Autoencoder):
    """Volume ``(B, I, D, H, W)`` in [-1, 1] <-> latents ``(B, L, d, h, w)`` before quantisation."""

    def __init__(self, config: VqGanConfig) -> None:
        super().__init__()
        self.config: VqGanConfig = config
        levels: dict[str, Any] = {
            "spatial_dims": config.spatial_dims,
            "channels": config.channels,
            "num_res_blocks": [config.res_blocks] * len(config.channels),
            "norm_num_groups": config.norm_groups,
            "norm_eps": 1e-6,
            "attention_levels": [False] * len(config.channels),
            "with_nonlocal_attn": False,
        }
        image, latent = config.image_channels, config.latent_channels
        self.encoder: nn.Module = Encoder(in_channels=image, out_channels=latent, **levels)
        self.decoder: nn.Module = Decoder(in_channels=latent, out_channels=image, **levels)
        self.codebook = Codebook(config.codes, latent, config.decay, config.restart_share)

    def forward(self, volume: Tensor, generator: torch.Generator) -> Restored:
        """Reconstruction of a volume through its codes."""
        quantised = self.codebook(self._through(self.encoder, volume), generator)
        restored = self._through(self.decoder, quantised.latents)
        facts = {"perplexity": quantised.perplexity, "used_share": quantised.used_share}
        return Restored(restored, {"commitment": quantised.commitment}, facts)

    def encode(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        """Latents before quantisation, and no deviation."""
        latents = self._through(self.encoder, volume)
        return latents, torch.zeros_like(latents)

    def decode(self, latents: Tensor) -> Tensor:
        """Volume of the codes next to the latents."""
        return self._through(self.decoder, self.codebook.quantise(latents))

    def prescribed_scale(self) -> tuple[list[float], list[float]]:
        """The range of the codebook becomes [-1, 1], in all channels alike."""
        low, high = float(self.codebook.codes.min()), float(self.codebook.codes.max())
        channels = self.config.latent_channels
        return [(high + low) / 2] * channels, [(high - low) / 2] * channels

    @property
    def last_weight(self) -> Tensor:
        """See :class:`Autoencoder`."""
        return last_convolution(self.decoder)

    def _through(self, network: nn.Module, volume: Tensor) -> Tensor:
        if self.config.works_slice_by_slice:
            return slice_by_slice(network, volume)
        out: Tensor = network(volume)
        return out
