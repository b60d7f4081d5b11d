"""Laws of predictions: round trips, loss weights, the Gaussian guess and clipping, for every schedule."""

import pytest
import torch
from monai.networks.schedulers import DDPMScheduler

from UterineSynthLib.diffusion.guess import GuessingNetwork, guessed, left_open
from UterineSynthLib.diffusion.names import check_eta
from UterineSynthLib.diffusion.objective import draw_grid_times, min_snr_weights
from UterineSynthLib.diffusion.process import Process, process_of
from UterineSynthLib.diffusion.samplers import sample, time_grid
from UterineSynthLib.errors import ConfigError

ALLOWED = [
    (schedule, prediction)
    for schedule in ("rectified_flow", "linear", "scaled_linear", "cosine")
    for prediction in ("velocity", "epsilon", "x0", "v")
    if (schedule, prediction) != ("rectified_flow", "epsilon")
]
TIMES = torch.tensor([0.001, 0.3, 0.72, 1.0], dtype=torch.float64)


def _ends() -> tuple[torch.Tensor, torch.Tensor]:
    return tuple(torch.randn((2, 4, 2, 3, 5), generator=torch.Generator().manual_seed(3), dtype=torch.float64))


@pytest.mark.parametrize(("schedule", "prediction"), ALLOWED)
def test_both_ends_come_back_from_every_prediction_up_to_pure_noise(schedule: str, prediction: str) -> None:
    process, (clean, noise) = process_of(schedule, prediction), _ends()
    x_t, target = process.noisy_pair(clean, TIMES, noise)
    ends = process.estimate(target, x_t, TIMES)
    torch.testing.assert_close(ends.clean, clean, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(ends.noise, noise, rtol=1e-6, atol=1e-6)


def test_the_targets_are_the_noise_the_image_and_the_v_of_monai() -> None:
    clean, noise = _ends()
    steps = torch.tensor([0, 99, 500, 999])
    oracle = DDPMScheduler(1000).get_velocity(clean, noise, steps)
    targets = {
        p: process_of("linear", p).noisy_pair(clean, (steps + 1) / 1000, noise)[1] for p in ("epsilon", "x0", "v")
    }
    assert torch.equal(targets["epsilon"], noise)
    assert torch.equal(targets["x0"], clean)
    torch.testing.assert_close(targets["v"], oracle, rtol=1e-3, atol=1e-4)


def test_noise_cannot_be_predicted_where_it_says_nothing() -> None:
    with pytest.raises(ConfigError, match="choose velocity, x0 or v, or one of the schedules linear"):
        process_of("rectified_flow", "epsilon")
    with pytest.raises(ConfigError, match="train_steps = 1: a discrete schedule has at least 2 steps"):
        process_of("linear", "v", 1)


@pytest.mark.parametrize(("schedule", "prediction"), ALLOWED)
def test_an_error_of_the_image_weighs_the_same_whatever_is_predicted(schedule: str, prediction: str) -> None:
    """min(SNR, gamma) times the squared error of the clean latents, from two outputs that differ by one."""
    process, t = process_of(schedule, prediction), TIMES[:3]
    x_t, zero = torch.zeros(3, 1, dtype=torch.float64), torch.zeros(3, 1, dtype=torch.float64)
    error = process.estimate(zero + 1, x_t, t).clean - process.estimate(zero, x_t, t).clean
    snr = (process.schedule.alpha(t) / process.schedule.sigma(t)).square()
    torch.testing.assert_close(min_snr_weights(process, t, 5.0), snr.clamp(max=5.0) * error[:, 0].square())


def test_min_snr_weights_are_those_of_its_paper() -> None:
    t = torch.tensor([0.05, 0.5, 0.95], dtype=torch.float64)
    weights = {p: min_snr_weights(process_of("cosine", p), t, 5.0) for p in ("epsilon", "x0", "v")}
    schedule = process_of("cosine", "x0").schedule
    snr = (schedule.alpha(t) / schedule.sigma(t)).square()
    torch.testing.assert_close(weights["x0"], snr.clamp(max=5.0))
    torch.testing.assert_close(weights["epsilon"], snr.clamp(max=5.0) / snr)
    torch.testing.assert_close(weights["v"], snr.clamp(max=5.0) / (snr + 1))


def test_grid_times_are_whole_steps_and_reach_both_ends() -> None:
    steps = draw_grid_times(3000, torch.Generator().manual_seed(1), 20) * 20
    assert set(steps.round().tolist()) == set(range(1, 21))
    torch.testing.assert_close(steps, steps.round())


@pytest.mark.parametrize(("schedule", "prediction"), ALLOWED)
def test_a_guess_is_what_is_best_predicted_of_gaussian_latents(schedule: str, prediction: str) -> None:
    """Against the regression of the target on x_t over many draws: for a Gaussian the expectation is linear."""
    process, generator = process_of(schedule, prediction), torch.Generator().manual_seed(0)
    t, count = torch.tensor([0.35], dtype=torch.float64), 200_000
    clean, noise = torch.randn((2, 1, count), generator=generator, dtype=torch.float64)
    clean = 0.8 + 0.7 * clean
    x_t, target = process.noisy_pair(clean, t, noise)
    guess = torch.full((1, count), 0.8), torch.full((1, count), 0.49)
    residual = target - guessed(guess, x_t, t, process)
    scale = float(target.std())
    assert abs(float(residual.mean())) < 0.01 * scale
    assert abs(float((residual * (x_t - x_t.mean())).mean())) < 0.01 * scale
    assert float(residual.std()) == pytest.approx(float(left_open(guess, t, process)[0, 0]), rel=0.01)


def test_an_output_in_deviations_is_quiet_where_the_guess_is_sure() -> None:
    class Sure:
        def guess(self, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.zeros_like(like), torch.linspace(0.0, 1.0, like.shape[-1], dtype=like.dtype).expand_as(like)

    x_t, process = _ends()[0], process_of("rectified_flow", "velocity")

    def said(network: float, in_deviations: bool) -> torch.Tensor:
        return GuessingNetwork(lambda x, *_: torch.full_like(x, network), process, in_deviations)(x_t, t, Sure())

    t = torch.full((len(x_t),), 1.0, dtype=torch.float64)
    torch.testing.assert_close(said(1.0, False) - said(0.0, False), torch.ones_like(x_t))
    added = said(1.0, True) - said(0.0, True)
    assert torch.allclose(added, torch.linspace(0.0, 1.0, x_t.shape[-1], dtype=torch.float64).sqrt().expand_as(x_t))


def test_a_condition_without_a_guess_leaves_the_network_as_it_is() -> None:
    class Silent:
        def guess(self, _: torch.Tensor) -> None:
            return None

    x_t = _ends()[0]
    network = GuessingNetwork(lambda x, *_: x + 1, process_of("linear", "epsilon"))
    assert torch.equal(network(x_t, TIMES, Silent()), x_t + 1)


def test_clipping_holds_the_image_in_range_and_leaves_the_latents_where_they_are() -> None:
    plain, (clean, noise) = process_of("linear", "epsilon"), _ends()
    x_t, target = plain.noisy_pair(3 * clean, TIMES, noise)
    ends = Process(plain.schedule, plain.prediction, clips=True).estimate(target, x_t, TIMES)
    torch.testing.assert_close(ends.clean, (3 * clean).clamp(-1, 1), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(Process(plain.schedule).noisy_pair(ends.clean, TIMES, ends.noise)[0], x_t)


@pytest.mark.parametrize(
    ("sampler", "eta", "words"),
    [
        ("ddim", 1.2, "must lie between 0"),
        ("ddim", -0.1, "must lie between 0"),
        ("euler", 0.5, "only the sampler ddim"),
    ],
)
def test_an_eta_out_of_place_is_named(sampler: str, eta: float, words: str) -> None:
    check_eta("ddim", 1.0)
    check_eta("euler", 0.0)
    with pytest.raises(ConfigError, match=words):
        check_eta(sampler, eta)


@pytest.mark.parametrize(("schedule", "prediction"), ALLOWED)
@pytest.mark.parametrize("steps", [1, 3])
def test_a_drawn_guess_ends_at_its_draw_after_any_number_of_steps(schedule: str, prediction: str, steps: int) -> None:
    class Known:
        def guess(self, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.full_like(like, 0.8), torch.full_like(like, 0.49)

    process, noise = process_of(schedule, prediction), _ends()[1]
    network = GuessingNetwork(lambda x, *_: torch.zeros_like(x), process, draws=True)
    denoiser = process.denoiser(lambda x_t, t: network(x_t, t, Known()))
    reached = sample(denoiser, noise, process.schedule, time_grid(steps, 1.0))
    torch.testing.assert_close(reached, 0.8 + 0.7 * noise, rtol=2e-2, atol=2e-2)
