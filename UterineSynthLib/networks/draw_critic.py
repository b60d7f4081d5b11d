"""A critic that tells draws of latents from studies, place by place: the texture that a sketch leaves open.

What a sketch knows is nobody's to judge, so the critic is shown it: the mean, the deviation and the label map beside
what draw or study differs from them by. Hinge loss (Lim & Ye, arXiv 1705.02894), at the distance of the latents and at
twice it. Nothing is normalised over a batch, which has one or two members.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from UterineSynthLib.networks.adversarial import hinge_of, seen_by
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.config import DenoiserConfig
from UterineSynthLib.networks.embedding import MaskEncoder

_NORM_GROUPS, _SLOPE = 8, 0.2
_FARTHEST = 6.0
"""In deviations: studies have places that no sketch foresaw, and draws would be known by lacking them."""
_LEAST_SD = 1e-3
_MASK_FEATURES = 24


class DrawVerdict(NamedTuple):
    """What a critic says of draws.

    Attributes:
        fooling: falls where draws are taken for studies; its gradient reaches the draws alone.
        hinge: the critic's own loss; its gradient reaches the critic alone.
        told: share of places of draws and studies, half of them each, that the critic tells right.
    """

    fooling: Tensor
    hinge: Tensor
    told: Tensor


class DrawCritic(nn.Module):
    """Says of every place how much it looks like a study's.

    Args:
        channels: the width, doubled where it looks wider.
        components: latents ``(B, C, ...)`` in combinations of channels that are independent and vary alike.
    """

    def __init__(self, denoiser: DenoiserConfig, channels: int, components: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._components = components
        labels = denoiser.conditions.label_values
        self.mask_encoder = MaskEncoder(labels, _MASK_FEATURES, denoiser.mask_reduction, denoiser.slice_reduction)
        self.near = nn.Sequential(
            nn.Conv2d(3 * denoiser.latent_channels + _MASK_FEATURES, channels, 3, padding=1),
            nn.LeakyReLU(_SLOPE),
            _seen(channels, channels, 3),
        )
        self.wide = nn.Sequential(
            _seen(channels, 2 * channels, 4, stride=2),
            _seen(2 * channels, 2 * channels, 3),
            _seen(2 * channels, 2 * channels, 3),
        )
        self.of_near, self.of_wide = nn.Conv2d(channels, 1, 1), nn.Conv2d(2 * channels, 1, 1)

    def forward(self, latents: Tensor, condition: Condition) -> list[Tensor]:
        """Logits of both distances for final latents ``(B, C, D, h, w)`` or ``(B, C, h, w)``, slices one by one."""
        mean, variance = condition.guess(latents) or (torch.zeros_like(latents), torch.ones_like(latents))
        deviation = variance.sqrt().clamp(min=_LEAST_SD)
        missed = ((latents - mean) / deviation).clamp(-_FARTHEST, _FARTHEST)
        told = (self._components(missed), mean, deviation.log())
        stacks = [part[:, :, None] if part.ndim == 4 else part for part in told]
        shown = torch.cat([*stacks, self.mask_encoder(condition.mask, condition.present["mask"])], dim=1)
        near = self.near(shown.transpose(1, 2).flatten(0, 1))
        return [self.of_near(near).float(), self.of_wide(self.wide(near)).float()]

    def verdict(self, studies: Tensor, draws: Tensor, condition: Condition) -> DrawVerdict:
        """On draws ``(n B, ...)``, one or more of each of ``B`` studies, in their order; ``condition`` is theirs."""
        of_studies = Condition.of_parts([part[: len(studies)] for part in condition.parts])
        real, drawn = self(studies, of_studies), self(draws.detach(), condition)
        fooling = torch.stack([logits.mean() for logits in seen_by(self, draws, condition)]).sum()
        hinge = torch.stack([hinge_of(a, b) for a, b in zip(real, drawn, strict=True)]).sum()
        told = [(a > 0).float().mean() + (b < 0).float().mean() for a, b in zip(real, drawn, strict=True)]
        return DrawVerdict(-fooling, hinge, torch.stack(told).mean() / 2)


class CriticisedDenoiser(nn.Module):
    """A denoiser and the critic of its draws: one module, so that one optimiser and one checkpoint hold both."""

    def __init__(self, denoiser: nn.Module, critic: DrawCritic) -> None:
        super().__init__()
        self.denoiser, self.critic = denoiser, critic

    def forward(
        self, draw: Callable[[nn.Module], Tensor], studies: Tensor, condition: Condition
    ) -> tuple[Tensor, DrawVerdict]:
        """What ``draw`` makes with the denoiser under ``condition``, and the critic's verdict on it beside studies."""
        draws = draw(self.denoiser)
        return draws, self.critic.verdict(studies, draws, condition)


def _seen(channels: int, wider: int, side: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, wider, side, stride=stride, padding=1),
        nn.GroupNorm(_NORM_GROUPS, wider),
        nn.LeakyReLU(_SLOPE),
    )
