"""Names of schedules, predictions, losses and samplers as configurations write them; standard library only."""

from __future__ import annotations

from typing import Literal

from UterineSynthLib.errors import ConfigError

ScheduleName = Literal["rectified_flow", "linear", "scaled_linear", "cosine"]
PredictionName = Literal["velocity", "epsilon", "x0", "v"]
SamplerName = Literal["euler", "heun", "ddpm", "ddim", "dpm++2m"]
LossName = Literal["mse", "l1"]
WeightName = Literal["none", "min_snr"]
TimesName = Literal["logit_normal", "uniform", "grid"]
TRAIN_STEPS = 1000
"""Steps of the discrete schedules unless said otherwise (Ho et al. 2020, arXiv 2006.11239)."""


def check_process(schedule: ScheduleName, prediction: PredictionName, train_steps: int) -> None:
    """Refuse what cannot work.

    Raises:
        ConfigError: the noise alone is to be predicted where pure noise says nothing of the image, or there are fewer
            than two training steps.
    """
    if schedule == "rectified_flow" and prediction == "epsilon":
        raise ConfigError(
            "prediction = epsilon: a rectified flow ends in pure noise, whose noise says nothing of the image; "
            "choose velocity, x0 or v, or one of the schedules linear, scaled_linear, cosine"
        )
    if train_steps < 2:
        raise ConfigError(f"train_steps = {train_steps}: a discrete schedule has at least 2 steps")


def check_eta(sampler: SamplerName, eta: float) -> None:
    """Raise :class:`ConfigError` for an ``eta`` outside 0 to 1, or above 0 for a sampler that knows none."""
    if not 0.0 <= eta <= 1.0:
        raise ConfigError(
            f"eta = {eta:g}: must lie between 0 (no noise is added) and 1 (as much as ancestral sampling)"
        )
    if eta > 0.0 and sampler != "ddim":
        raise ConfigError(f"eta = {eta:g}: only the sampler ddim has it, not {sampler}; leave eta at 0")
