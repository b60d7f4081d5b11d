"""The discrete schedules against MONAI's tables, and between the steps."""

import pytest
import torch
from monai.networks.schedulers import DDPMScheduler

from UterineSynthLib.diffusion.variance_preserving import DISCRETE, VariancePreserving

TABLES = [
    ("linear", "linear_beta", {}),
    ("scaled_linear", "scaled_linear_beta", {"beta_start": 0.0015, "beta_end": 0.0195}),
    ("cosine", "cosine", {}),
]


@pytest.mark.parametrize("steps", [1000, 250, 300])
@pytest.mark.parametrize(("name", "theirs", "settings"), TABLES)
def test_the_weights_at_the_steps_are_those_of_monai(name, theirs, settings, steps) -> None:
    oracle = DDPMScheduler(num_train_timesteps=steps, schedule=theirs, **settings).alphas_cumprod.double()
    schedule, t = DISCRETE[name](steps), torch.arange(1, steps + 1) / steps
    torch.testing.assert_close(schedule.alpha(t).double().square(), oracle, rtol=2e-4, atol=2e-6)
    torch.testing.assert_close(schedule.sigma(t).double().square(), 1 - oracle, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("name", DISCRETE)
def test_a_path_starts_clean_keeps_its_variance_and_falls_all_the_way(name: str) -> None:
    schedule, t = DISCRETE[name](50), torch.linspace(0, 1, 777, dtype=torch.float64)
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    assert (float(alpha[0]), float(sigma[0])) == (1.0, 0.0)
    torch.testing.assert_close(alpha**2 + sigma**2, torch.ones_like(t))
    assert bool((alpha.diff() < 0).all())
    assert float(alpha[-1]) > 0


@pytest.mark.parametrize("name", DISCRETE)
def test_the_rates_are_derivatives_between_the_steps(name: str) -> None:
    schedule, h = DISCRETE[name](10), 1e-6
    t = torch.tensor([0.03, 0.12, 0.57, 0.94], dtype=torch.float64)
    for weight, rate in ((schedule.alpha, schedule.alpha_rate), (schedule.sigma, schedule.sigma_rate)):
        torch.testing.assert_close(rate(t), (weight(t + h) - weight(t - h)) / (2 * h), rtol=1e-5, atol=1e-7)


def test_a_step_that_32_bits_miss_by_a_little_is_still_the_end_of_its_interval() -> None:
    schedule = DISCRETE["cosine"](1000)
    exact = torch.arange(1, 1000, dtype=torch.float64) / 1000
    torch.testing.assert_close(
        schedule.alpha_rate(exact.float()).double(), schedule.alpha_rate(exact), rtol=1e-5, atol=0
    )


def test_half_of_a_step_halves_its_logarithm() -> None:
    schedule = VariancePreserving(torch.tensor([0.19, 0.5]))
    # 1 - 0.19 = 0.81: alpha is 0.9 after the first of two steps and 0.9 sqrt(0.5) after both.
    alpha = schedule.alpha(torch.tensor([0.25, 0.5, 1.0], dtype=torch.float64))
    expected = torch.tensor([0.9**0.5, 0.9, 0.9 * 0.5**0.5], dtype=torch.float64)
    torch.testing.assert_close(alpha, expected, rtol=1e-6, atol=0)
