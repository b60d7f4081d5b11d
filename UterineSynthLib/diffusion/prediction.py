"""What a network predicts: a weighted sum ``clean_weight x_0 + noise_weight eps``, and how both ends are read off it.

With ``x_t = alpha x_0 + sigma eps`` the prediction is a second equation for the two unknowns. They are told apart where
``alpha noise_weight - sigma clean_weight`` is not zero, which no prediction breaks at a time above 0; only epsilon at
``alpha = 0`` says nothing of the clean latents, and is refused there
(:func:`UterineSynthLib.diffusion.names.check_process`).
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Estimate
from UterineSynthLib.diffusion.schedule import Schedule, spread


class Prediction(Protocol):
    """What is predicted, as weights of both ends."""

    def weights(self, schedule: Schedule, t: Tensor) -> tuple[Tensor, Tensor]:
        """Weights of the clean latents and of the noise at times ``(B,)``."""
        ...


class Velocity:
    """``dx_t / dt``: how the latents move along their path (flow matching)."""

    def weights(self, schedule: Schedule, t: Tensor) -> tuple[Tensor, Tensor]:
        """Both rates of the schedule."""
        return schedule.alpha_rate(t), schedule.sigma_rate(t)


class Epsilon:
    """The noise (Ho et al. 2020, arXiv 2006.11239)."""

    def weights(self, schedule: Schedule, t: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """0 and 1."""
        return t.new_zeros(t.shape), t.new_ones(t.shape)


class Clean:
    """The clean latents ``x_0``."""

    def weights(self, schedule: Schedule, t: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """1 and 0."""
        return t.new_ones(t.shape), t.new_zeros(t.shape)


class VPrediction:
    """``alpha eps - sigma x_0`` (Salimans & Ho 2022, arXiv 2202.00512)."""

    def weights(self, schedule: Schedule, t: Tensor) -> tuple[Tensor, Tensor]:
        """The weights of the path, turned by a right angle."""
        return -schedule.sigma(t), schedule.alpha(t)


VELOCITY = Velocity()

PREDICTIONS: dict[str, Prediction] = {
    "velocity": VELOCITY,
    "epsilon": Epsilon(),
    "x0": Clean(),
    "v": VPrediction(),
}
"""By the name that configurations use."""


def combined(prediction: Prediction, ends: Estimate, t: Tensor, schedule: Schedule) -> Tensor:
    """What the network should say when the path has these ends ``(B, C, ...)``."""
    of_clean, of_noise = (spread(weight, ends.clean) for weight in prediction.weights(schedule, t))
    return of_clean * ends.clean + of_noise * ends.noise


def solved(prediction: Prediction, output: Tensor, x_t: Tensor, t: Tensor, schedule: Schedule) -> Estimate:
    """Both ends of the path through ``x_t`` on which the network says ``output``, at times above 0."""
    alpha, sigma = spread(schedule.alpha(t), x_t), spread(schedule.sigma(t), x_t)
    of_clean, of_noise = (spread(weight, x_t) for weight in prediction.weights(schedule, t))
    determinant = alpha * of_noise - sigma * of_clean
    clean = (of_noise * x_t - sigma * output) / determinant
    noise = (alpha * output - of_clean * x_t) / determinant
    return Estimate(clean, noise)
