"""What a denoiser is trained on."""

from __future__ import annotations

import torch
from torch import Tensor

from UterineSynthLib.diffusion.schedule import Schedule, mix, velocity


def draw_times(count: int, generator: torch.Generator, logit_normal_sd: float = 1.0, shift: float = 1.0) -> Tensor:
    """Training times ``(count,)``: logit-normal around one half, shifted towards the noise (arXiv 2403.03206).

    ``logit_normal_sd`` 0 draws uniform times.
    """
    if logit_normal_sd > 0:
        t = torch.sigmoid(logit_normal_sd * torch.randn(count, generator=generator))
    else:
        t = torch.rand(count, generator=generator)
    return shift * t / (1.0 + (shift - 1.0) * t)


def noisy_pair(clean: Tensor, t: Tensor, noise: Tensor, schedule: Schedule) -> tuple[Tensor, Tensor]:
    """Network input ``x_t`` and its target velocity for clean latents ``(B, C, ...)``."""
    return mix(clean, noise, t, schedule), velocity(clean, noise, t, schedule)


def velocity_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of the velocity, one value a sample ``(B,)``."""
    return (predicted.float() - target.float()).square().flatten(1).mean(1)
