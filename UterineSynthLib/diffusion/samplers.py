"""From noise to clean latents, step by step."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import torch
from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Denoiser
from UterineSynthLib.diffusion.schedule import Schedule
from UterineSynthLib.diffusion.solvers import Ddim, DpmMultistep, Euler, Heun, Solver
from UterineSynthLib.errors import ConfigError, Stopped

OnStep = Callable[[int, int], None]
ShouldStop = Callable[[], bool]
StepNoise = Callable[[int], Tensor]
"""Fresh noise ``(B, C, ...)`` for a step, counted from 0."""


class Sampler(StrEnum):
    """The samplers a request may name; each works with every process."""

    EULER = "euler"
    HEUN = "heun"
    DDPM = "ddpm"
    DDIM = "ddim"
    DPM_2M = "dpm++2m"


def solver_of(sampler: Sampler, eta: float = 0.0) -> Solver:
    """A new solver; ``eta`` is DDIM's."""
    makers: dict[Sampler, Callable[[], Solver]] = {
        Sampler.EULER: Euler,
        Sampler.HEUN: Heun,
        Sampler.DDPM: lambda: Ddim(1.0),
        Sampler.DDIM: lambda: Ddim(eta),
        Sampler.DPM_2M: DpmMultistep,
    }
    return makers[sampler]()


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
    solver: Solver | None = None,
    step_noise: StepNoise | None = None,
    on_step: OnStep | None = None,
    should_stop: ShouldStop | None = None,
) -> Tensor:
    """Carry ``noise`` ``(B, C, ...)`` through ``times`` (from 1 to 0) to clean latents.

    ``solver`` is Euler's by default; ``step_noise`` feeds one that adds noise. ``on_step(done, of)`` follows every
    step; ``should_stop()`` is asked before every step.

    Raises:
        ConfigError: the solver adds noise and there is none.
        Stopped: ``should_stop`` said so.
    """
    solver = solver or Euler()
    if solver.adds_noise and step_noise is None:
        raise ConfigError("this sampler adds noise at every step; give step_noise, or a sampler that adds none")
    # At once: a GPU would stop for every time that comes from the host.
    x, steps, times = noise, len(times) - 1, times.to(noise.device)
    for step in range(steps):
        if should_stop is not None and should_stop():
            raise Stopped(f"stopped after {step} of {steps} steps")
        t, s = times[step].expand(len(x)), times[step + 1].expand(len(x))
        fresh = step_noise(step).to(x) if solver.adds_noise and step_noise is not None else x.new_empty(0)
        x = solver.step(denoiser, schedule, x, t, s, fresh)
        if on_step is not None:
            on_step(step + 1, steps)
    return x
