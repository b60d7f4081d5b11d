"""Training of few-step sampling: what a denoiser sees in noise has to be a draw, and not the mean of all draws.

A network that is trained to a squared error says the mean of all clean latents that could lie behind ``x_t``, which is
smooth, and takes many steps to become one of them. Here it is trained by a proper scoring rule (De Bortoli et al. 2025,
arXiv 2502.02483) at the places and times where the sampler itself arrives: two draws for one condition should be as far
from the study's latents as they are from each other. No teacher is distilled and no critic can be fooled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from UterineSynthLib.diffusion.guess import GuessingNetwork
from UterineSynthLib.diffusion.objective import patch_energy_score
from UterineSynthLib.diffusion.samplers import sample, time_grid
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.draw_critic import CriticisedDenoiser, DrawCritic
from UterineSynthLib.training.config import FewStepsConfig
from UterineSynthLib.training.denoiser_task import DenoiserTask, Look

_OWN = "denoiser."
"""Begins the names of the denoiser's weights beside those of its critic."""


class Draws(NamedTuple):
    """Two draws for each case before their way through the sampler: all first ones, then all second ones.

    Attributes:
        noise, condition: of ``2 B`` draws; clean: latents of the ``B`` studies that the conditions describe.
        times: where the sampler stops on its way, the last of them where the network is tried.
    """

    noise: Tensor
    condition: Condition
    clean: Tensor
    times: Tensor


class Trial(NamedTuple):
    """Two draws for each case on their way through the sampler: all first ones, then all second ones.

    Attributes:
        x_t, t, condition: of ``2 B`` draws; clean: latents of the ``B`` studies that the conditions describe.
    """

    x_t: Tensor
    t: Tensor
    condition: Condition
    clean: Tensor


class FewStepTask(DenoiserTask):
    """Draws by the scoring rule, and under a critic where there is one, in the place of matching."""

    @property
    def few(self) -> FewStepsConfig:
        """What is to be taught."""
        assert self.config.few_steps is not None, "without it a run matches"
        return self.config.few_steps

    def _trained(self) -> nn.Module:
        critic = self.few.critic
        if critic is None:
            return self.denoiser
        judge = DrawCritic(self.config.model, critic.channels, self.coloured.components_of)
        return CriticisedDenoiser(self.denoiser, judge)

    def batch(self, generator: torch.Generator) -> Draws:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        clean, condition = self._cases(self.config.optimiser.batch_size, generator)
        steps = self.few.steps[int(torch.randint(len(self.few.steps), (1,), generator=generator))]
        reached = int(torch.randint(steps, (1,), generator=generator))
        noise = self.coloured(torch.randn((2 * len(clean), *clean.shape[1:]), generator=generator))
        return Draws(noise, condition.joined(condition), clean, time_grid(steps, self.config.time_shift)[: reached + 1])

    def loss(self, model: nn.Module, batch: Any, step: int, device: torch.device) -> tuple[Tensor, dict[str, float]]:  # noqa: ARG002 (all steps are alike)
        """See :class:`UterineSynthLib.training.loop.Task`."""
        trial = self._trial(batch, device)
        if self.few.critic is None:
            return self._score(self._drawn(model, trial), trial.clean)
        draws, verdict = model(lambda denoiser: self._drawn(denoiser, trial), trial.clean, trial.condition)
        score, scalars = self._score(draws, trial.clean)
        total = score + self.few.critic.weight * verdict.fooling + verdict.hinge
        return total, {**scalars, **{name: float(part.detach()) for name, part in verdict._asdict().items()}}

    def published(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """Those of the denoiser alone."""
        if self.model is self.denoiser:
            return weights
        return {name.removeprefix(_OWN): value for name, value in weights.items() if name.startswith(_OWN)}

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:  # noqa: ARG002 (it holds ours)
        """See :class:`DenoiserTask`."""
        super().sheet(self.denoiser, path, device)

    def _drawn(self, denoiser: nn.Module, trial: Trial) -> Tensor:
        """Where the two draws of each case would end, ``(2 B, ...)``."""
        predicted = self.guessing(denoiser)(trial.x_t, trial.t, trial.condition).float()
        return self.process.estimate(predicted, trial.x_t, trial.t).clean

    def _score(self, draws: Tensor, clean: Tensor) -> tuple[Tensor, dict[str, float]]:
        first, second = draws.chunk(2)
        seen = self._scored(first), self._scored(second), self._scored(clean)
        scores = {f"score_{size}": patch_energy_score(*seen, size).mean() for size in self.few.patches}
        spread = (first - second).detach().square().mean().sqrt()
        return torch.stack(list(scores.values())).mean(), {
            **{name: float(score.detach()) for name, score in scores.items()},
            "apart": float(spread),
        }

    def _scored(self, latents: Tensor) -> Tensor:
        return self.coloured.components_of(latents) if self.few.score == "components" else latents

    def guessing(self, model: nn.Module) -> GuessingNetwork[Condition]:
        """The network together with a draw of what its condition lets it guess."""
        return GuessingNetwork(model, self.process, self.config.model.in_deviations, draws=True)

    @property
    def _looks(self) -> tuple[Look, ...]:
        shift = self.config.time_shift
        from_mask = [Look(f"from its mask, steps: {steps}", steps, shift) for steps in self.few.steps]
        return (*from_mask, Look("from its description", max(self.few.steps), shift, without=("mask",)))

    @torch.no_grad()
    def _trial(self, draws: Draws, device: torch.device) -> Trial:
        """Noise, carried by the sampler to one of its own steps."""
        condition, network = draws.condition.to(device), self.guessing(self.denoiser)
        denoiser = self.process.denoiser(lambda x_t, t: network(x_t, t, condition))
        x_t = sample(denoiser, draws.noise.to(device), self.process.schedule, draws.times)
        return Trial(x_t, draws.times[-1].expand(len(x_t)).to(device), condition, draws.clean.to(device))
