"""One step of a sampler, from a time to an earlier one."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from UterineSynthLib.diffusion.denoiser import Denoiser, Estimate
from UterineSynthLib.diffusion.schedule import Schedule, mix, spread


class Solver(Protocol):
    """One step of a sampler; made anew for every batch, so that it may remember the steps before.

    Attributes:
        adds_noise: whether ``noise`` must be given.
    """

    @property
    def adds_noise(self) -> bool:
        """Whether a step draws on fresh noise."""
        ...

    def step(self, denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor, noise: Tensor) -> Tensor:
        """Latents at the earlier times ``s`` from latents ``x`` at times ``t``, both ``(B,)``.

        ``noise`` is fresh standard normal noise shaped as ``x``, without elements for a solver that adds none.
        """
        ...


class Euler:
    """Re-mix both estimates at the new time: Euler's step for a rectified flow, and DDIM without noise for any."""

    adds_noise = False

    def step(self, denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor, noise: Tensor) -> Tensor:  # noqa: ARG002
        """See :class:`Solver`."""
        estimate = denoiser(x, t)
        return mix(estimate.clean, estimate.noise, s, schedule)


class Heun:
    """Average the slopes at both ends (Karras et al. 2022, Algorithm 1); the last step, to time 0, is Euler's."""

    adds_noise = False

    def step(self, denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor, noise: Tensor) -> Tensor:  # noqa: ARG002
        """See :class:`Solver`."""
        estimate = denoiser(x, t)
        ahead = mix(estimate.clean, estimate.noise, s, schedule)
        if bool((s == 0).all()):
            return ahead
        slope = (_slope(estimate, schedule, t) + _slope(denoiser(ahead, s), schedule, s)) / 2
        return x + spread(s - t, x) * slope


class Ddim:
    """DDIM (Song et al. 2021, arXiv 2010.02502, eq. 12 and 16) with times of any distance and any schedule.

    ``eta`` 0 adds no noise; ``eta`` 1 is ancestral sampling (DDPM, arXiv 2006.11239, eq. 6-7): the posterior of ``x_s``
    given ``x_t`` and the estimated clean latents, which needs no more of a schedule than its signal-to-noise ratio.
    """

    def __init__(self, eta: float = 0.0) -> None:
        self.eta = eta
        self.adds_noise = eta > 0

    def step(self, denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor, noise: Tensor) -> Tensor:
        """See :class:`Solver`."""
        estimate = denoiser(x, t)
        if not self.adds_noise:
            return mix(estimate.clean, estimate.noise, s, schedule)
        alpha_s, sigma_s = schedule.alpha(s), schedule.sigma(s)
        lost = schedule.alpha(t) / alpha_s * sigma_s / schedule.sigma(t)
        variance = (self.eta * sigma_s).square() * (1 - lost.square())
        kept = torch.sqrt((sigma_s.square() - variance).clamp(min=0))
        return (
            spread(alpha_s, x) * estimate.clean + spread(kept, x) * estimate.noise + spread(variance.sqrt(), x) * noise
        )


class DpmMultistep:
    """DPM-Solver++ (2M) of Lu et al. 2022 (arXiv 2211.01095, Algorithm 2): one estimate a step, second order.

    The clean latents are extrapolated in ``lambda = log(alpha / sigma)`` from this step and the one before. Where
    ``lambda`` is infinite (the last step, and the first of a rectified flow) the step is of first order, as in Ddim.
    """

    adds_noise = False

    def __init__(self) -> None:
        self._before: tuple[Tensor, Tensor] | None = None

    def step(self, denoiser: Denoiser, schedule: Schedule, x: Tensor, t: Tensor, s: Tensor, noise: Tensor) -> Tensor:  # noqa: ARG002
        """See :class:`Solver`."""
        clean = denoiser(x, t).clean
        rate = schedule.sigma(s) / schedule.sigma(t)
        share = schedule.alpha(s) - schedule.alpha(t) * rate
        leading = clean + self._correction(clean, schedule, t, s)
        self._before = clean, t
        return spread(rate, x) * x + spread(share, x) * leading

    def _correction(self, clean: Tensor, schedule: Schedule, t: Tensor, s: Tensor) -> Tensor:
        if self._before is None:
            return torch.zeros_like(clean)
        clean_before, t_before = self._before
        ahead = _log_ratio(schedule, s) - _log_ratio(schedule, t)
        behind = _log_ratio(schedule, t) - _log_ratio(schedule, t_before)
        is_finite = torch.isfinite(ahead) & torch.isfinite(behind)
        weight = torch.where(is_finite, ahead / (2 * behind), torch.zeros_like(ahead))
        return spread(weight, clean) * (clean - clean_before)


def _log_ratio(schedule: Schedule, t: Tensor) -> Tensor:
    return torch.log(schedule.alpha(t) / schedule.sigma(t))


def _slope(estimate: Estimate, schedule: Schedule, t: Tensor) -> Tensor:
    clean, noise = estimate
    return spread(schedule.alpha_rate(t), clean) * clean + spread(schedule.sigma_rate(t), noise) * noise
