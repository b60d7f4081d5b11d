"""Laws of the times a sampler visits and a training step draws."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from UterineSynthLib.diffusion.objective import draw_times
from UterineSynthLib.diffusion.samplers import time_grid
from UterineSynthLib.errors import ConfigError


@settings(max_examples=50, deadline=None)
@given(steps=st.integers(1, 200), shift=st.floats(0.2, 10.0))
def test_the_grid_falls_from_one_to_zero(steps: int, shift: float) -> None:
    times = time_grid(steps, shift)
    assert len(times) == steps + 1
    assert (times[0], times[-1]) == (1.0, 0.0)
    assert bool((times.diff() < 0).all())


def test_the_grid_is_even_without_shift_and_leans_to_the_noise_with_it() -> None:
    assert time_grid(4).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert time_grid(2, shift=3.0).tolist() == [1.0, 0.75, 0.0]
    assert bool((time_grid(10, shift=2.0)[1:-1] > time_grid(10)[1:-1]).all())


@pytest.mark.parametrize("steps", [0, -3])
def test_sampling_in_less_than_one_step_is_refused(steps: int) -> None:
    with pytest.raises(ConfigError, match=f"steps = {steps}: sampling needs at least 1 step"):
        time_grid(steps)


def _drawn(logit_normal_sd: float, shift: float = 1.0) -> torch.Tensor:
    return draw_times(4000, torch.Generator().manual_seed(7), logit_normal_sd, shift)


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("logit_normal_sd", [0.0, 1.0])
def test_training_times_lie_strictly_between_the_ends(logit_normal_sd: float, shift: float) -> None:
    times = _drawn(logit_normal_sd, shift)
    assert times.shape == (4000,)
    assert 0.0 < float(times.min()) < 0.1
    assert 0.9 < float(times.max()) < 1.0


def test_training_times_follow_the_law_they_name() -> None:
    uniform, logit_normal = _drawn(0.0), torch.logit(_drawn(0.7))
    assert stats.kstest(uniform.numpy(), "uniform").pvalue > 0.01
    assert stats.kstest(logit_normal.numpy() / 0.7, "norm").pvalue > 0.01
    assert stats.kstest(_drawn(0.7).numpy(), "uniform").pvalue < 1e-6


def test_a_shift_of_training_times_is_the_shift_of_the_grid() -> None:
    even = time_grid(8)
    torch.testing.assert_close(time_grid(8, 3.0), 3 * even / (1 + 2 * even))
    plain = _drawn(0.0).double()
    torch.testing.assert_close(_drawn(0.0, shift=3.0).double(), 3 * plain / (1 + 2 * plain), rtol=1e-5, atol=1e-6)


def test_training_times_depend_on_their_generator_alone() -> None:
    torch.manual_seed(1)
    first = _drawn(1.0)
    torch.manual_seed(2)
    assert torch.equal(first, _drawn(1.0))
