"""What a sampler asks of a network: the clean latents and the noise it sees in ``x_t``."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor


class Estimate(NamedTuple):
    """The network's estimate of both ends of the path, each shaped as ``x_t``."""

    clean: Tensor
    noise: Tensor


class Denoiser(Protocol):
    """Anything that estimates clean latents and noise; guidance is a denoiser that wraps another."""

    def __call__(self, x_t: Tensor, t: Tensor) -> Estimate:
        """Estimate both ends from ``x_t`` ``(B, C, ...)`` at times ``(B,)`` above 0."""
        ...


class Network(Protocol):
    """A network that predicts something about ``x_t`` (:mod:`UterineSynthLib.diffusion.prediction`)."""

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        """The prediction, shaped as ``x_t``."""
        ...
