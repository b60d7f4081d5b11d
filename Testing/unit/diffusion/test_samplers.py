"""Laws of the samplers: MONAI's scheduler as oracle, and a Gaussian whose flow is known in closed form."""

import math

import pytest
import torch
from monai.networks.schedulers import RFlowScheduler
from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Denoiser, Estimate
from UterineSynthLib.diffusion.process import Process
from UterineSynthLib.diffusion.samplers import Sampler, sample, solver_of, time_grid
from UterineSynthLib.diffusion.schedule import RectifiedFlow, Schedule
from UterineSynthLib.diffusion.seeds import noise_for, step_noise_for
from UterineSynthLib.errors import ConfigError, Stopped

FLOW = RectifiedFlow()
QUIET = (Sampler.EULER, Sampler.HEUN, Sampler.DDIM, Sampler.DPM_2M)
"""Samplers that add no noise and follow the probability flow."""


def _wavy(x_t: Tensor, t: Tensor) -> Tensor:
    """A velocity that depends on place and time in a way no schedule makes easy."""
    return torch.sin(3 * x_t) + t.reshape(-1, *([1] * (x_t.ndim - 1))) * x_t


def _noise(count: int = 2, shape: tuple[int, ...] = (3, 2, 5, 4)) -> Tensor:
    return torch.stack([noise_for(1, index, shape) for index in range(count)])


@pytest.mark.parametrize("shape", [(2, 5, 4), (2, 3, 5, 4)])
def test_euler_walks_the_trajectory_of_monai(shape: tuple[int, ...]) -> None:
    oracle = RFlowScheduler(num_train_timesteps=1000)
    oracle.set_timesteps(8)
    x = noise = _noise(2, shape)
    for k, step in enumerate(oracle.timesteps):
        following = oracle.timesteps[k + 1] if k < 7 else 0
        # MONAI's velocity points from noise to data.
        x, _ = oracle.step(-_wavy(x, (step / 1000).expand(2)), step, x, following)
    ours = sample(Process(FLOW).denoiser(_wavy), noise, FLOW, time_grid(8))
    torch.testing.assert_close(ours, x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sampler", QUIET)
@pytest.mark.parametrize("which", ["rectified", "cosine"])
def test_a_gaussian_is_sampled_to_its_moments(sampler: Sampler, which: str, cosine: Schedule, gaussian_of) -> None:
    schedule = FLOW if which == "rectified" else cosine
    data = gaussian_of(0.7, 0.4, schedule)
    noise = _noise(4, (4, 8, 16, 16))
    result = sample(Process(schedule).denoiser(data), noise, schedule, time_grid(60), solver_of(sampler))
    count = result.numel()
    assert float(result.mean()) == pytest.approx(0.7, abs=0.01 + 4 * 0.4 / math.sqrt(count))
    assert float(result.std()) == pytest.approx(0.4, abs=0.02)
    torch.testing.assert_close(result, data.carried(noise), rtol=0, atol=0.08)


def _error(gaussian_of, sampler: Sampler, steps: int) -> float:
    data = gaussian_of(0.7, 0.4, FLOW)
    noise = _noise(1).double()
    result = sample(Process(FLOW).denoiser(data), noise, FLOW, time_grid(steps).double(), solver_of(sampler))
    return float((result - data.carried(noise)).abs().max())


def test_halving_the_step_halves_the_error_of_euler_and_quarters_that_of_heun(gaussian_of) -> None:
    order = {s: math.log2(_error(gaussian_of, s, 40) / _error(gaussian_of, s, 80)) for s in QUIET}
    assert order[Sampler.EULER] == pytest.approx(1.0, abs=0.15)
    assert order[Sampler.DDIM] == order[Sampler.EULER]
    assert order[Sampler.HEUN] == pytest.approx(2.0, abs=0.3)
    # Its first step and its last are of first order here, which 80 steps do not hide yet.
    assert order[Sampler.DPM_2M] > 1.4
    assert _error(gaussian_of, Sampler.HEUN, 20) < _error(gaussian_of, Sampler.EULER, 40) / 4


def test_one_step_lands_on_the_clean_estimate() -> None:
    denoiser: Denoiser = Process(FLOW).denoiser(_wavy)
    noise = _noise()
    expected = denoiser(noise, torch.ones(2)).clean
    for sampler in Sampler:
        found = sample(denoiser, noise, FLOW, time_grid(1), solver_of(sampler, 0.5), lambda _: noise)
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(("sampler", "evaluations"), [(s, 9 if s is Sampler.HEUN else 5) for s in Sampler])
def test_the_network_is_asked_once_a_step_and_by_heun_twice_but_for_the_last(
    sampler: Sampler, evaluations: int
) -> None:
    asked: list[float] = []

    def counting(x_t: Tensor, t: Tensor) -> Estimate:
        asked.append(float(t[0]))
        return Estimate(0.5 * x_t, x_t)

    sample(counting, _noise(), FLOW, time_grid(5), solver_of(sampler), lambda _: _noise())
    assert len(asked) == evaluations
    assert min(asked) > 0.0


@pytest.mark.parametrize("sampler", Sampler)
def test_a_sample_is_the_same_alone_and_in_any_batch(sampler: Sampler) -> None:
    denoiser = Process(FLOW).denoiser(_wavy)

    def drawn(indices: list[int]) -> Tensor:
        noise = torch.stack([noise_for(5, index, (2, 3, 4, 4)) for index in indices])
        fresh = step_noise_for(5, indices, (2, 3, 4, 4))
        return sample(denoiser, noise, FLOW, time_grid(4), solver_of(sampler, 0.7), fresh)

    alone = {index: drawn([index])[0] for index in range(3)}
    for order in ([0, 1, 2], [2, 0], [1, 2, 0]):
        for place, index in enumerate(order):
            assert torch.equal(drawn(order)[place], alone[index])


@pytest.mark.parametrize("sampler", Sampler)
def test_a_slice_is_sampled_as_a_volume_of_one_slice(sampler: Sampler) -> None:
    flat = _noise(2, (3, 5, 4))
    denoiser = Process(FLOW).denoiser(_wavy)
    of_flat = sample(denoiser, flat, FLOW, time_grid(4), solver_of(sampler), lambda _: flat)
    of_deep = sample(denoiser, flat[:, :, None], FLOW, time_grid(4), solver_of(sampler), lambda _: flat[:, :, None])
    assert torch.equal(of_deep[:, :, 0], of_flat)


def test_progress_counts_every_step_once() -> None:
    told: list[tuple[int, int]] = []
    sample(
        Process(FLOW).denoiser(_wavy), _noise(), FLOW, time_grid(3), on_step=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_stop_is_heard_before_the_next_step() -> None:
    told: list[int] = []
    with pytest.raises(Stopped, match="stopped after 2 of 50 steps"):
        sample(
            Process(FLOW).denoiser(_wavy),
            _noise(),
            FLOW,
            time_grid(50),
            on_step=lambda done, _: told.append(done),
            should_stop=lambda: len(told) == 2,
        )
    assert told == [1, 2]


@pytest.mark.parametrize("sampler", [Sampler.DDPM, Sampler.DDIM])
def test_a_sampler_that_adds_noise_refuses_to_go_without(sampler: Sampler) -> None:
    with pytest.raises(ConfigError, match="give step_noise, or a sampler that adds none"):
        sample(Process(FLOW).denoiser(_wavy), _noise(), FLOW, time_grid(2), solver_of(sampler, 1.0))


def test_fresh_noise_differs_by_step_and_sample_and_from_where_it_starts() -> None:
    fresh = step_noise_for(5, [0, 1], (2, 8, 8))
    drawn = [*fresh(0), *fresh(1), noise_for(5, 0, (2, 8, 8)), noise_for(5, 1, (2, 8, 8))]
    assert all(not torch.equal(a, b) for n, a in enumerate(drawn) for b in drawn[:n])
    assert torch.equal(fresh(1), fresh(1))
    assert torch.equal(step_noise_for(5, [1], (2, 8, 8))(0)[0], drawn[1])
