"""From noise to clean latents: solvers of the probability-flow equation ``dx / dt = alpha' x_0 + sigma' eps``."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import torch
from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Denoiser, Estimate
from UterineSynthLib.diffusion.schedule import Schedule, mix, spread
from UterineSynthLib.errors import ConfigError, Stopped

OnStep = Callable[[int, int], None]
ShouldStop = Callable[[], bool]


class Solver(Protocol):
    """One step of a sampler."""

    def __call__(self, denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
        """Latents at the earlier times ``s`` from latents ``x`` at times ``t``, both ``(B,)``."""
        ...


def euler_step(denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
    """Re-mix both estimates at the new time: Euler's step for a rectified flow."""
    estimate = denoiser(x, t)
    return mix(estimate.clean, estimate.noise, s, schedule)


def heun_step(denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
    """Average the slopes at both ends (Karras et al. 2022, Algorithm 1); the last step, to time 0, is Euler's."""
    estimate = denoiser(x, t)
    ahead = mix(estimate.clean, estimate.noise, s, schedule)
    if bool((s == 0).all()):
        return ahead
    slope = (_slope(estimate, schedule, t) + _slope(denoiser(ahead, s), schedule, s)) / 2
    return x + spread(s - t, x) * slope


def _slope(estimate: Estimate, schedule: Schedule, t: Tensor) -> Tensor:
    clean, noise = estimate
    return spread(schedule.alpha_rate(t), clean) * clean + spread(schedule.sigma_rate(t), noise) * noise


class Sampler(StrEnum):
    """The samplers a request may name."""

    EULER = "euler"
    HEUN = "heun"


_SOLVERS: dict[Sampler, Solver] = {Sampler.EULER: euler_step, Sampler.HEUN: heun_step}


def time_grid(steps: int, shift: float = 1.0) -> Tensor:
    """``steps + 1`` times from 1 to 0; ``shift`` above 1 spends more of them near the noise (arXiv 2403.03206, eq. 23).

    Raises:
        ConfigError: fewer than one step.
    """
    if steps < 1:
        raise ConfigError(f"steps = {steps}: sampling needs at least 1 step")
    even = torch.linspace(1.0, 0.0, steps + 1, dtype=torch.float64)
    return (shift * even / (1.0 + (shift - 1.0) * even)).float()


def sample(
    denoiser: Denoiser,
    noise: Tensor,
    schedule: Schedule,
    times: Tensor,
    sampler: Sampler = Sampler.EULER,
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
) -> Tensor:
    """Carry ``noise`` ``(B, C, ...)`` through ``times`` (from 1 to 0) to clean latents.

    ``on_step(done, of)`` follows every step; ``should_stop()`` is asked before every step.

    Raises:
        Stopped: ``should_stop`` said so.
    """
    solver = _SOLVERS[sampler]
    x, steps = noise, len(times) - 1
    for step in range(steps):
        if should_stop is not None and should_stop():
            raise Stopped(f"stopped after {step} of {steps} steps")
        t, s = times[step].to(x.device).expand(len(x)), times[step + 1].to(x.device).expand(len(x))
        x = solver(denoiser, schedule, x, t, s)
        if on_step is not None:
            on_step(step + 1, steps)
    return x
