"""What every space is, so that nobody has to ask which one it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain

import torch
from torch import Tensor, nn

from UterineSynthLib.networks.spaces import SpaceConfig


class LatentSpace(nn.Module, ABC):
    """Volume ``(B, C, D, H, W)`` in [-1, 1] <-> raw latents ``(B, L, d, h, w)``."""

    config: SpaceConfig

    @abstractmethod
    def encode(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the raw latents."""

    @abstractmethod
    def decode(self, latents: Tensor) -> Tensor:
        """Volume of raw latents."""

    def prescribed_scale(self) -> tuple[list[float], list[float]] | None:
        """Mean and deviation by channel that latents are scaled by; None takes those of the training set."""
        return None

    @property
    def device(self) -> torch.device:
        """Where its weights are; the CPU where it has none."""
        held = next(chain(self.parameters(), self.buffers()), None)
        return torch.device("cpu") if held is None else held.device
