"""What a denoiser is trained on: times, losses and their weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from UterineSynthLib.diffusion.names import LossName, WeightName
from UterineSynthLib.diffusion.process import Process

DEFAULT_GAMMA = 5.0
"""Of min-SNR weighting, as its authors recommend."""


def draw_times(count: int, generator: torch.Generator, logit_normal_sd: float = 1.0, shift: float = 1.0) -> Tensor:
    """Training times ``(count,)``: logit-normal around one half, shifted towards the noise (arXiv 2403.03206).

    ``logit_normal_sd`` 0 draws uniform times.
    """
    if logit_normal_sd > 0:
        t = torch.sigmoid(logit_normal_sd * torch.randn(count, generator=generator))
    else:
        t = torch.rand(count, generator=generator)
    return shift * t / (1.0 + (shift - 1.0) * t)


def draw_grid_times(count: int, generator: torch.Generator, steps: int) -> Tensor:
    """Training times ``(count,)`` drawn evenly from the steps ``k / steps``, k from 1 to ``steps``."""
    return torch.randint(1, steps + 1, (count,), generator=generator) / steps


_LEAST_SQUARE = 1e-8
"""Keeps the slope of a distance finite where two draws are the same."""


def _square(predicted: Tensor, target: Tensor) -> Tensor:
    return (predicted - target).square()


def _absolute(predicted: Tensor, target: Tensor) -> Tensor:
    return (predicted - target).abs()


LOSSES: dict[LossName, Callable[[Tensor, Tensor], Tensor]] = {"mse": _square, "l1": _absolute}


def prediction_loss(predicted: Tensor, target: Tensor, loss: LossName = "mse") -> Tensor:
    """Mean distance of the prediction from its target, one value a sample ``(B,)``."""
    return LOSSES[loss](predicted.float(), target.float()).flatten(1).mean(1)


def patch_energy_score(first: Tensor, second: Tensor, truth: Tensor, size: int) -> Tensor:
    """Energy score of two independent draws for each truth, over square patches: one value a sample ``(B,)``.

    ``(|a - x| + |b - x| - |a - b|) / 2`` for patches of ``size`` x ``size`` places with all their channels, a distance
    being a root mean square; averaged over the patches of the plane of tensors ``(B, C, ..., H, W)``. Its expectation
    is least where a and b are distributed as x is, patch by patch (Gneiting & Raftery 2007, doi
    10.1198/016214506000001437, section 4.3).
    """
    near = _patch_distance(first, truth, size) + _patch_distance(second, truth, size)
    return 0.5 * (near - _patch_distance(first, second, size))


def _patch_distance(a: Tensor, b: Tensor, size: int) -> Tensor:
    squared = (a.float() - b.float()).square().mean(1)
    flat = squared.reshape(len(squared), -1, *squared.shape[-2:])
    kept = min(size, *flat.shape[-2:])
    return torch.sqrt(avg_pool2d(flat, kept, stride=max(1, kept // 2)) + _LEAST_SQUARE).flatten(1).mean(1)


def equal_weights(process: Process, t: Tensor, gamma: float) -> Tensor:  # noqa: ARG001
    """1 for every time."""
    return torch.ones_like(t)


def min_snr_weights(process: Process, t: Tensor, gamma: float = DEFAULT_GAMMA) -> Tensor:
    """Weights ``(B,)`` of the squared error at times ``(B,)`` above 0 after Hang et al. 2023 (arXiv 2303.09556).

    An error of the clean latents counts ``min(SNR, gamma)``, with ``SNR = alpha^2 / sigma^2``, whatever is predicted:
    an error ``e`` of the prediction is one of ``sigma e / (alpha noise_weight - sigma clean_weight)`` of the clean
    latents. That gives ``min(SNR, gamma) / SNR`` for epsilon and ``min(SNR, gamma) / (SNR + 1)`` for v.
    """
    alpha, sigma = process.schedule.alpha(t), process.schedule.sigma(t)
    of_clean, of_noise = process.prediction.weights(process.schedule, t)
    to_clean = sigma / (alpha * of_noise - sigma * of_clean)
    return (alpha / sigma).square().clamp(max=gamma) * to_clean.square()


WEIGHTS: dict[WeightName, Callable[[Process, Tensor, float], Tensor]] = {
    "none": equal_weights,
    "min_snr": min_snr_weights,
}
