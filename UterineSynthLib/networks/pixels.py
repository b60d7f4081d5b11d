"""Pixel space: the denoiser works on the image itself."""

from __future__ import annotations

import torch
from torch import Tensor

from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.spaces import PixelConfig


class PixelSpace(LatentSpace):
    """Volume ``(B, C, D, H, W)`` in [-1, 1] <-> the same; nothing is learned and nothing is stored."""

    def __init__(self, config: PixelConfig) -> None:
        super().__init__()
        self.config = config

    def encode(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        """The volume as the mean of its latents, and no deviation."""
        return volume, torch.zeros_like(volume)

    def decode(self, latents: Tensor) -> Tensor:
        """The latents are the volume."""
        return latents

    def prescribed_scale(self) -> tuple[list[float], list[float]]:
        """Pixels lie in [-1, 1] already: mean 0, deviation 1."""
        channels = self.config.image_channels
        return [0.0] * channels, [1.0] * channels
