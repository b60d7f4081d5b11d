"""Every process with every sampler: MONAI's schedulers as oracle, and data whose samples are known."""

import itertools
import math

import pytest
import torch
from monai.networks.schedulers import DDIMScheduler, DDPMScheduler
from torch import Tensor

from UterineSynthLib.diffusion.process import Process, process_of
from UterineSynthLib.diffusion.samplers import Sampler, sample, solver_of, time_grid
from UterineSynthLib.diffusion.solvers import Ddim

PAIRS = [("rectified_flow", "velocity"), ("linear", "epsilon"), ("scaled_linear", "v"), ("cosine", "x0")]
MONAIS = {"epsilon": "epsilon", "x0": "sample", "v": "v_prediction"}


def _noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _fresh(*shape: int):
    return lambda step: _noise(*shape, seed=100 + step)


def _wavy(x_t: Tensor, t: Tensor) -> Tensor:
    return torch.sin(2 * x_t) + t.reshape(-1, *([1] * (x_t.ndim - 1)))


@pytest.mark.parametrize("sampler", Sampler)
@pytest.mark.parametrize(("schedule", "prediction"), PAIRS)
def test_data_of_a_single_point_is_found_exactly(schedule: str, prediction: str, sampler: Sampler, gaussian_of) -> None:
    process = process_of(schedule, prediction)
    data = gaussian_of(0.6, 0.0, process.schedule, process.prediction)
    start = _noise(2, 2, 4, 4)
    found = sample(
        process.denoiser(data),
        start,
        process.schedule,
        time_grid(9).double(),
        solver_of(sampler, 0.5),
        _fresh(2, 2, 4, 4),
    )
    torch.testing.assert_close(found, torch.full_like(start, 0.6), rtol=0, atol=1e-6)


@pytest.mark.parametrize("eta", [0.4, 1.0])
@pytest.mark.parametrize("schedule", ["rectified_flow", "linear", "cosine"])
def test_gaussian_data_keeps_its_moments_through_fresh_noise(schedule: str, eta: float, gaussian_of) -> None:
    process = process_of(schedule, "v")
    data = gaussian_of(0.7, 0.4, process.schedule, process.prediction)
    shape, times = (1, 5_000), time_grid(400).double()
    found = sample(process.denoiser(data), _noise(*shape), process.schedule, times, Ddim(eta), _fresh(*shape))
    # Four standard errors of the mean and of the deviation, and the discretisation of 400 steps.
    assert float(found.mean()) == pytest.approx(0.7, abs=4 * 0.4 / math.sqrt(5_000) + 0.005)
    assert float(found.std()) == pytest.approx(0.4, abs=4 * 0.4 / math.sqrt(10_000) + 0.008)


@pytest.mark.parametrize("name", ["epsilon", "x0", "v"])
@pytest.mark.parametrize(("schedule", "theirs"), [("linear", "linear_beta"), ("cosine", "cosine")])
def test_ancestral_steps_are_those_of_monai_clipped_or_not(schedule: str, theirs: str, name: str) -> None:
    start = _noise(2, 1, 4, 4).float()
    for clips in (False, True):
        oracle = DDPMScheduler(20, theirs, clip_sample=clips, prediction_type=MONAIS[name])
        for array in ("betas", "alphas", "alphas_cumprod"):
            setattr(oracle, array, getattr(oracle, array).double())
        process = process_of(schedule, name, 20, clips)
        x, generator = start.double(), torch.Generator().manual_seed(5)
        for step in range(19, -1, -1):
            x, _ = oracle.step(_wavy(x, torch.full((2,), (step + 1) / 20, dtype=torch.float64)), step, x, generator)
        drawn = torch.Generator().manual_seed(5)
        found = sample(
            process.denoiser(_wavy),
            start.double(),
            process.schedule,
            torch.linspace(1, 0, 21, dtype=torch.float64),
            solver_of(Sampler.DDPM),
            lambda _, drawn=drawn: torch.randn(start.shape, generator=drawn, dtype=torch.float64),
        )
        # MONAI keeps its tables in 32 bits, and alpha is 1e-4 at the far end of the cosine schedule.
        torch.testing.assert_close(found, x, rtol=2e-3, atol=2e-3 * float(x.abs().max()))


@pytest.mark.parametrize("eta", [0.0, 0.6])
@pytest.mark.parametrize("name", ["epsilon", "x0", "v"])
def test_ddim_steps_are_those_of_monai(name: str, eta: float) -> None:
    oracle = DDIMScheduler(40, "linear_beta", clip_sample=False, prediction_type=MONAIS[name])
    oracle.set_timesteps(20)
    process = process_of("linear", name, 40)
    x, generator = _noise(2, 1, 4, 4), torch.Generator().manual_seed(5)
    for step in (39, 20, 7):
        t, s = (torch.full((2,), k / 40, dtype=torch.float64) for k in (step + 1, step - 1))
        theirs, _ = oracle.step(_wavy(x, t), step, x, eta, torch.Generator().manual_seed(step))
        noise = torch.randn(x.shape, generator=generator.manual_seed(step), dtype=torch.float64)
        ours = Ddim(eta).step(process.denoiser(_wavy), process.schedule, x, t, s, noise)
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_ddim_without_noise_is_euler_on_a_rectified_flow() -> None:
    process, times, start = process_of("rectified_flow", "velocity"), time_grid(6).double(), _noise(2, 1, 4, 4)
    x = start
    for t, s in itertools.pairwise(times):
        x = x + (s - t) * _wavy(x, t.expand(2))
    found = sample(process.denoiser(_wavy), start, process.schedule, times, solver_of(Sampler.DDIM))
    torch.testing.assert_close(found, x)


def _error(gaussian_of, process: Process, sampler: Sampler, steps: int) -> float:
    data, start = gaussian_of(0.7, 0.4, process.schedule, process.prediction), _noise(2, 50)
    found = sample(process.denoiser(data), start, process.schedule, time_grid(steps).double(), solver_of(sampler))
    alpha, sigma = (
        float(w(torch.ones(1, dtype=torch.float64))) for w in (process.schedule.alpha, process.schedule.sigma)
    )
    spread = math.sqrt(alpha**2 * 0.4**2 + sigma**2)
    # The exact flow keeps every quantile of N(alpha m, alpha^2 s^2 + sigma^2).
    return float((found - (0.7 + 0.4 * (start - alpha * 0.7) / spread)).abs().max())


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_two_step_memory_gains_an_order_over_ddim(schedule: str, gaussian_of) -> None:
    process = process_of(schedule, "epsilon")
    ddim, dpm = ([_error(gaussian_of, process, s, n) for n in (20, 40)] for s in (Sampler.DDIM, Sampler.DPM_2M))
    assert math.log2(ddim[0] / ddim[1]) == pytest.approx(1.0, abs=0.15)
    assert math.log2(dpm[0] / dpm[1]) > 2.0
    assert dpm[1] < ddim[1] / 5


def test_a_solver_with_memory_starts_anew_with_every_batch() -> None:
    process, start = process_of("linear", "v"), _noise(1, 2, 4, 4)
    runs = [
        sample(process.denoiser(_wavy), start, process.schedule, time_grid(5).double(), solver_of(Sampler.DPM_2M))
        for _ in range(2)
    ]
    assert torch.equal(runs[0], runs[1])
