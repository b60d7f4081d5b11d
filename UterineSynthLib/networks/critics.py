"""Patch discriminators that look at slices and at whole volumes, as in Medical Diffusion (arXiv 2211.03364).

Hinge loss (Lim & Ye, arXiv 1705.02894) and feature matching (Wang et al., arXiv 1711.11585). Groups are normalised in
the place of batches: a batch of volumes has one or two members.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from monai.networks.nets.patchgan_discriminator import PatchDiscriminator
from torch import Tensor, nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.adversarial import hinge_of, seen_by
from UterineSynthLib.networks.latent_space import Autoencoder, Restored

_NORM_GROUPS = 8


class Verdict(NamedTuple):
    """What critics say of a reconstruction.

    Attributes:
        fooling: falls where the critics take it for real; its gradient reaches the reconstruction alone.
        features: distance of the critics' features from those of the real volume; likewise.
        hinge: the critics' own loss; its gradient reaches them alone.
    """

    fooling: Tensor
    features: Tensor
    hinge: Tensor


class Critics(nn.Module):
    """A critic of single slices and one of volumes, each of which may be left out.

    Args:
        channels: of the first layer, doubled by each; layers: how many halve the grid.
    """

    def __init__(self, image_channels: int, channels: int, layers: int, slices: bool, volumes: bool) -> None:
        super().__init__()
        if not slices and not volumes:
            raise ConfigError("adversary: slices and volumes are both off; let at least one critic look")
        self.of_slices = _critic(2, image_channels, channels, layers) if slices else None
        self.of_volumes = _critic(3, image_channels, channels, layers) if volumes else None

    def forward(self, real: Tensor, restored: Tensor, generator: torch.Generator) -> Verdict:
        """Verdict on volumes ``(B, C, D, H, W)``; the critic of slices sees one slice of each, drawn at random."""
        verdicts = []
        if self.of_slices is not None:
            chosen = torch.randint(real.shape[2], (len(real),), generator=generator)
            each = torch.arange(len(real))
            verdicts.append(_verdict(self.of_slices, real[each, :, chosen], restored[each, :, chosen]))
        if self.of_volumes is not None:
            verdicts.append(_verdict(self.of_volumes, real, restored))
        return Verdict(*(torch.stack(parts).sum() for parts in zip(*verdicts, strict=True)))


class CriticisedAutoencoder(nn.Module):
    """An autoencoder and its critics: one module, so that one optimiser and one checkpoint hold both."""

    def __init__(self, autoencoder: Autoencoder, critics: Critics) -> None:
        super().__init__()
        self.autoencoder, self.critics = autoencoder, critics

    def forward(self, volume: Tensor, generator: torch.Generator, is_judged: bool) -> Restored:
        """Reconstruction with the penalties of the autoencoder and, where it is judged, of the critics' verdict."""
        restored: Restored = self.autoencoder(volume, generator)
        if is_judged:
            verdict = self.critics(volume, restored.volume.float(), generator)
            return restored._replace(penalties={**restored.penalties, **verdict._asdict()})
        # Processes that train together expect a gradient, if only zero, for every weight.
        still = torch.stack([weight.sum() for weight in self.critics.parameters()]).sum() * 0
        return restored._replace(penalties={**restored.penalties, "hinge": still})


def _critic(spatial_dims: int, image_channels: int, channels: int, layers: int) -> nn.Module:
    critic: nn.Module = PatchDiscriminator(
        spatial_dims=spatial_dims,
        channels=channels,
        in_channels=image_channels,
        num_layers_d=layers,
        norm=("GROUP", {"num_groups": _NORM_GROUPS}),
    )
    return critic


def _verdict(critic: nn.Module, real: Tensor, restored: Tensor) -> Verdict:
    of_real: list[Tensor] = critic(real)
    of_restored: list[Tensor] = critic(restored.detach())
    seen = seen_by(critic, restored)
    matched = [(a - b.detach()).abs().mean() for a, b in zip(seen[:-1], of_real[:-1], strict=True)]
    hinge = hinge_of(of_real[-1], of_restored[-1])
    return Verdict(-seen[-1].mean(), torch.stack(matched).mean(), 0.5 * hinge)
