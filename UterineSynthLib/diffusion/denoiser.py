"""What a sampler asks of a network: the clean latents and the noise it sees in ``x_t``."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor

from UterineSynthLib.diffusion.schedule import Schedule, spread


class Estimate(NamedTuple):
    """The network's estimate of both ends of the path, each shaped as ``x_t``."""

    clean: Tensor
    noise: Tensor


class Denoiser(Protocol):
    """Anything that estimates clean latents and noise; guidance is a denoiser that wraps another."""

    def __call__(self, x_t: Tensor, t: Tensor) -> Estimate:
        """Estimate both ends from ``x_t`` ``(B, C, ...)`` at times ``(B,)``."""
        ...


class VelocityNetwork(Protocol):
    """A network that predicts ``dx_t / dt``."""

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Velocity, shaped as ``x_t``."""
        ...


class VelocityDenoiser:
    """Reads clean latents and noise off a predicted velocity.

    Solves ``x = alpha x_0 + sigma eps`` and ``v = alpha' x_0 + sigma' eps`` for the two unknowns.
    """

    def __init__(self, network: VelocityNetwork, schedule: Schedule) -> None:
        self.network = network
        self.schedule = schedule

    def __call__(self, x_t: Tensor, t: Tensor) -> Estimate:
        """See :class:`Denoiser`."""
        v = self.network(x_t, t)
        alpha, sigma = spread(self.schedule.alpha(t), x_t), spread(self.schedule.sigma(t), x_t)
        alpha_rate, sigma_rate = spread(self.schedule.alpha_rate(t), x_t), spread(self.schedule.sigma_rate(t), x_t)
        determinant = alpha * sigma_rate - sigma * alpha_rate
        clean = (sigma_rate * x_t - sigma * v) / determinant
        noise = (alpha * v - alpha_rate * x_t) / determinant
        return Estimate(clean, noise)
