"""The discrete schedules of denoising diffusion, read at any time: linear, scaled linear and cosine.

Step ``k`` of ``T`` (1 to T) lies at time ``t = k / T``; its ``alpha_t^2`` is the product of ``1 - beta_i`` over
``i <= k``, which MONAI's schedulers list as ``alphas_cumprod[k - 1]``. Between two steps ``log alpha_t^2`` is linear,
that is, each step spends its ``beta`` evenly, and at time 0 ``alpha`` is exactly 1.

At time 1 ``alpha`` is small and not 0 (0.0064 for 1000 linear steps, 0.00005 cosine): as in the published systems a
sampler starts from pure noise all the same, so that a trace of the mean brightness is left to chance (Lin et al. 2023,
arXiv 2305.08891); a rectified flow has no such gap.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from UterineSynthLib.diffusion.names import TRAIN_STEPS

_COSINE_OFFSET = 0.008
_LARGEST_BETA = 0.999
_STEP_TOLERANCE = 1e-3


class VariancePreserving:
    """``alpha_t^2 + sigma_t^2 = 1``, given by the noise ``betas`` of its steps.

    Attributes:
        steps: T.
    """

    def __init__(self, betas: Tensor) -> None:
        self.steps = len(betas)
        log_alpha_squared = torch.log1p(-betas.double()).cumsum(0)
        self._log_alpha_squared = torch.cat([torch.zeros(1, dtype=torch.float64), log_alpha_squared])

    def alpha(self, t: Tensor) -> Tensor:
        """Weight of the clean latents at times ``(B,)``."""
        return torch.exp(0.5 * self._at(t)[0]).to(t)

    def sigma(self, t: Tensor) -> Tensor:
        """Weight of the noise."""
        return torch.sqrt(-torch.expm1(self._at(t)[0])).to(t)

    def alpha_rate(self, t: Tensor) -> Tensor:
        """Derivative of ``alpha``; at a step, that of the interval before it."""
        value, rate = self._at(t)
        return (0.5 * rate * torch.exp(0.5 * value)).to(t)

    def sigma_rate(self, t: Tensor) -> Tensor:
        """Derivative of ``sigma``; infinite at time 0, where the noise sets in as a square root."""
        value, rate = self._at(t)
        return (-0.5 * rate * torch.exp(value) / torch.sqrt(-torch.expm1(value))).to(t)

    def _at(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """``log alpha^2`` and its rate, float64."""
        table = self._log_alpha_squared.to(t.device)
        place = t.double() * self.steps
        # A time of 32 bits misses most steps by a little, and must not fall into the interval behind them.
        place = torch.where((place - place.round()).abs() < _STEP_TOLERANCE, place.round(), place)
        before = (place.ceil() - 1).clamp(0, self.steps - 1).long()
        rise = table[before + 1] - table[before]
        return table[before] + (place - before) * rise, rise * self.steps


def linear(steps: int = TRAIN_STEPS) -> VariancePreserving:
    """Betas from 0.0001 to 0.02 in even steps (arXiv 2006.11239)."""
    return VariancePreserving(torch.linspace(1e-4, 2e-2, steps, dtype=torch.float64))


def scaled_linear(steps: int = TRAIN_STEPS) -> VariancePreserving:
    """Betas whose roots go in even steps, from 0.0015 to 0.0195, as latent diffusion takes them (arXiv 2112.10752)."""
    return VariancePreserving(torch.linspace(0.0015**0.5, 0.0195**0.5, steps, dtype=torch.float64) ** 2)


def cosine(steps: int = TRAIN_STEPS) -> VariancePreserving:
    """``alpha_t^2`` falls as a squared cosine, no beta above 0.999 (Nichol & Dhariwal 2021, arXiv 2102.09672)."""
    place = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    alpha_squared = torch.cos((place + _COSINE_OFFSET) / (1 + _COSINE_OFFSET) * torch.pi / 2) ** 2
    return VariancePreserving((1 - alpha_squared[1:] / alpha_squared[:-1]).clamp(0, _LARGEST_BETA))


DISCRETE: dict[str, Callable[[int], VariancePreserving]] = {
    "linear": linear,
    "scaled_linear": scaled_linear,
    "cosine": cosine,
}
"""The schedules that are told their number of steps, by name."""
