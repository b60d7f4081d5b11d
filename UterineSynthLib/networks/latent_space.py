"""What every space is, so that nobody has to ask which one it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain
from typing import NamedTuple

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


class Restored(NamedTuple):
    """What an autoencoder makes of a batch.

    Attributes:
        volume: the reconstruction; penalties: what is to become small beside its error, by name.
        facts: worth a look in the log, by name.
    """

    volume: Tensor
    penalties: dict[str, Tensor]
    facts: dict[str, Tensor]


class Autoencoder(LatentSpace):
    """A space that is learned."""

    @abstractmethod
    def forward(self, volume: Tensor, generator: torch.Generator) -> Restored:
        """Reconstruction of a volume in training; ``generator`` draws whatever is random in it."""

    @property
    @abstractmethod
    def last_weight(self) -> Tensor:
        """Weights of the last convolution before the volume: gradients there weigh losses against each other."""
