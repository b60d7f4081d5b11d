"""A diffusion process: how latents become noise, and what a network is taught and asked about it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Denoiser, Estimate, Network
from UterineSynthLib.diffusion.names import TRAIN_STEPS, PredictionName, ScheduleName, check_process
from UterineSynthLib.diffusion.prediction import PREDICTIONS, VELOCITY, Prediction, combined, solved
from UterineSynthLib.diffusion.schedule import RectifiedFlow, Schedule, mix, spread
from UterineSynthLib.diffusion.variance_preserving import DISCRETE


@dataclass(frozen=True)
class Process:
    """A schedule and what is predicted about it.

    Attributes:
        clips: clean latents are images in [-1, 1] and are held there, as pixel-space models are sampled.
    """

    schedule: Schedule
    prediction: Prediction = VELOCITY
    clips: bool = False

    def noisy_pair(self, clean: Tensor, t: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Network input ``x_t`` and its target for clean latents ``(B, C, ...)`` at times ``(B,)``."""
        return mix(clean, noise, t, self.schedule), combined(self.prediction, Estimate(clean, noise), t, self.schedule)

    def estimate(self, output: Tensor, x_t: Tensor, t: Tensor) -> Estimate:
        """Both ends of the path that a prediction implies, the clean one clipped if this process clips."""
        ends = solved(self.prediction, output, x_t, t, self.schedule)
        if not self.clips:
            return ends
        clean = ends.clean.clamp(-1.0, 1.0)
        alpha, sigma = spread(self.schedule.alpha(t), x_t), spread(self.schedule.sigma(t), x_t)
        # x_t is where it is: what the clean end loses by clipping, the noise takes over.
        return Estimate(clean, (x_t - alpha * clean) / sigma)

    def denoiser(self, network: Network) -> Denoiser:
        """A network of this process as a denoiser."""
        return lambda x_t, t: self.estimate(network(x_t, t), x_t, t)


def process_of(
    schedule: ScheduleName, prediction: PredictionName, train_steps: int = TRAIN_STEPS, clips: bool = False
) -> Process:
    """The process that a configuration names.

    Raises:
        ConfigError: the prediction does not work with the schedule.
    """
    check_process(schedule, prediction, train_steps)
    made: Schedule = DISCRETE[schedule](train_steps) if schedule in DISCRETE else RectifiedFlow()
    return Process(made, PREDICTIONS[prediction], clips)
