"""Laws of the schedule, the training target and the denoiser that reads both ends off a velocity."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.networks.schedulers import RFlowScheduler
from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Estimate
from UterineSynthLib.diffusion.objective import prediction_loss
from UterineSynthLib.diffusion.prediction import Velocity, combined
from UterineSynthLib.diffusion.process import Process
from UterineSynthLib.diffusion.schedule import RectifiedFlow, Schedule, mix, spread

SHAPES = [(3, 2, 5, 4), (3, 2, 3, 5, 4)]


def _ends(shape: tuple[int, ...], seed: int = 0) -> tuple[Tensor, Tensor]:
    clean, noise = torch.randn((2, *shape), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return clean, noise


@pytest.mark.parametrize("shape", SHAPES)
def test_the_noisy_latents_and_the_target_are_those_of_monai(shape: tuple[int, ...]) -> None:
    clean, noise = _ends(shape)
    clean, noise = clean.float(), noise.float()
    steps = torch.tensor([1, 250, 999])
    oracle = RFlowScheduler(num_train_timesteps=1000)
    x_t, target = Process(RectifiedFlow()).noisy_pair(clean, steps / 1000, noise)
    torch.testing.assert_close(x_t, oracle.add_noise(clean, noise, steps))
    # MONAI teaches the way from noise to data (its tutorial: images - noise); time here runs from data to noise.
    torch.testing.assert_close(target, -(clean - noise))


@pytest.mark.parametrize("which", ["rectified", "cosine"])
def test_a_path_starts_clean_and_ends_in_noise(which: str, cosine: Schedule) -> None:
    schedule = RectifiedFlow() if which == "rectified" else cosine
    clean, noise = _ends(SHAPES[1])
    zero, one = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(mix(clean, noise, zero, schedule), clean)
    torch.testing.assert_close(mix(clean, noise, one, schedule), noise)


@pytest.mark.parametrize("which", ["rectified", "cosine"])
def test_the_velocity_is_the_derivative_of_the_path(which: str, cosine: Schedule) -> None:
    schedule = RectifiedFlow() if which == "rectified" else cosine
    clean, noise = _ends(SHAPES[0])
    t, h = torch.tensor([0.1, 0.5, 0.8], dtype=torch.float64), 1e-5
    numeric = (mix(clean, noise, t + h, schedule) - mix(clean, noise, t - h, schedule)) / (2 * h)
    torch.testing.assert_close(combined(Velocity(), Estimate(clean, noise), t, schedule), numeric, rtol=1e-7, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(time=st.floats(0.001, 0.999), power=st.floats(0.5, 3.0), seed=st.integers(0, 1000))
def test_both_ends_are_recovered_from_the_true_velocity_of_any_schedule(time: float, power: float, seed: int) -> None:
    class PowerFlow:
        """``alpha_t = (1 - t)^power``, ``sigma_t = t``."""

        def alpha(self, t: Tensor) -> Tensor:
            return (1 - t) ** power

        def sigma(self, t: Tensor) -> Tensor:
            return t

        def alpha_rate(self, t: Tensor) -> Tensor:
            return -power * (1 - t) ** (power - 1)

        def sigma_rate(self, t: Tensor) -> Tensor:
            return torch.ones_like(t)

    _check_recovery(PowerFlow(), time, seed)


@pytest.mark.parametrize("time", [0.0, 0.3, 1.0])
def test_both_ends_are_recovered_at_the_very_ends_too(time: float, cosine: Schedule) -> None:
    _check_recovery(cosine, time, 5)
    _check_recovery(RectifiedFlow(), time, 5)


def _check_recovery(schedule: Schedule, time: float, seed: int) -> None:
    clean, noise = _ends(SHAPES[1], seed)
    t = torch.full((3,), time, dtype=torch.float64)
    process = Process(schedule)
    x_t, target = process.noisy_pair(clean, t, noise)
    estimate = process.denoiser(lambda *_: target)(x_t, t)
    torch.testing.assert_close(estimate.clean, clean, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(estimate.noise, noise, rtol=1e-6, atol=1e-6)


def test_every_sample_of_a_batch_has_its_own_time() -> None:
    clean, noise = _ends(SHAPES[0])
    t = torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64)
    together, _ = Process(RectifiedFlow()).noisy_pair(clean, t, noise)
    alone, _ = Process(RectifiedFlow()).noisy_pair(clean[1:2], t[1:2], noise[1:2])
    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=0)
    assert spread(t, clean).shape == (3, 1, 1, 1)


def test_the_loss_is_the_mean_square_or_the_mean_distance_of_each_sample() -> None:
    predicted = torch.zeros(2, 1, 2, 2)
    target = torch.stack([torch.full((1, 2, 2), 3.0), torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])])
    assert prediction_loss(predicted, target).tolist() == [9.0, 0.5]
    assert prediction_loss(predicted, target, "l1").tolist() == [3.0, 0.5]
