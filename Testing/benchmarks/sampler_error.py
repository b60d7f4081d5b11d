"""Largest error of each sampler on Gaussian data, whose probability flow is known in closed form. Markdown, seconds."""

import math

import torch
from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Estimate
from UterineSynthLib.diffusion.process import process_of
from UterineSynthLib.diffusion.samplers import Sampler, sample, solver_of
from UterineSynthLib.diffusion.schedule import Schedule, spread

MEAN, SPREAD = 0.7, 0.4
STEPS = 40
SCHEDULES = ("rectified_flow", "linear", "scaled_linear", "cosine")
SAMPLERS = (Sampler.DDIM, Sampler.HEUN, Sampler.DPM_2M)


def main() -> None:
    """Print one row a schedule."""
    print(f"| schedule, {STEPS} steps | {' | '.join(SAMPLERS)} |")
    print("|---" * (len(SAMPLERS) + 1) + "|")
    for name in SCHEDULES:
        schedule = process_of(name, "v").schedule
        errors = " | ".join(f"{error(schedule, sampler):.4f}" for sampler in SAMPLERS)
        print(f"| {name} | {errors} |")


def error(schedule: Schedule, sampler: Sampler) -> float:
    """Largest distance of 100 samples from where the exact flow carries their noise: it keeps every quantile."""

    def denoiser(x_t: Tensor, t: Tensor) -> Estimate:
        alpha, sigma = spread(schedule.alpha(t), x_t), spread(schedule.sigma(t), x_t)
        surprise = (x_t - alpha * MEAN) / (alpha**2 * SPREAD**2 + sigma**2)
        return Estimate(MEAN + alpha * SPREAD**2 * surprise, sigma * surprise)

    start = torch.randn(2, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    times = torch.linspace(1, 0, STEPS + 1, dtype=torch.float64)
    found = sample(denoiser, start, schedule, times, solver_of(sampler))
    alpha, sigma = (float(weight(torch.ones(1, dtype=torch.float64))) for weight in (schedule.alpha, schedule.sigma))
    exact = MEAN + SPREAD * (start - alpha * MEAN) / math.hypot(alpha * SPREAD, sigma)
    return float((found - exact).abs().max())


if __name__ == "__main__":
    main()
