"""Weights of a sketch with more channels: it paints what the narrow one painted, and has room to learn more.

Every channel becomes several that are alike, and what reads them shares its weights out among them (Net2Net, Chen et
al. 2016, arXiv 1511.05641). The shares are drawn, each for itself: copies that were read alike would learn alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from UterineSynthLib.networks.config import SketchConfig

_SEED = 0
_UNEVENNESS = 0.5
_AS_THEY_ARE = ("embed.weight", "centre", "spread", "leave.bias", "reader.leave.bias")
_READS_FEATURES = ("enter.weight", "reader.enter.weight")
_IS_READ_OUT = ("leave.weight", "reader.leave.weight")


def as_wide_as(
    wanted: SketchConfig | None, trained: SketchConfig | None, weights: Mapping[str, Tensor]
) -> tuple[SketchConfig | None, dict[str, Tensor]]:
    """What was trained as ``wanted``, where that differs from it by a multiple of channels alone; else as it is."""
    if trained is None or wanted is None or wanted.channels % trained.channels:
        return trained, dict(weights)
    times = wanted.channels // trained.channels
    if times == 1 or replace(trained, channels=wanted.channels) != wanted:
        return trained, dict(weights)
    return wanted, with_more_channels(weights, times)


def with_more_channels(weights: Mapping[str, Tensor], times: int) -> dict[str, Tensor]:
    """``weights`` of a :class:`UterineSynthLib.networks.sketch.Sketcher` for one with ``times`` as many channels."""
    generator = torch.Generator().manual_seed(_SEED)
    return {name: _widened(name, value, times, generator) for name, value in weights.items()}


def _widened(name: str, value: Tensor, times: int, generator: torch.Generator) -> Tensor:
    if name in _AS_THEY_ARE:
        return value
    made = value if name in _IS_READ_OUT else value.repeat_interleave(times, dim=0)
    is_convolution = value.dim() == 4 and name not in _READS_FEATURES
    return _shared_out(made, times, generator) if is_convolution or name in _IS_READ_OUT else made


def _shared_out(value: Tensor, times: int, generator: torch.Generator) -> Tensor:
    """Weights ``[out, in, ...]`` for ``in`` times as many inputs, copies beside each other."""
    uneven = 1 + _UNEVENNESS * (2 * torch.rand((*value.shape[:2], times), generator=generator) - 1)
    shares = uneven / uneven.sum(dim=2, keepdim=True)
    rest = (1,) * (value.dim() - 2)
    return value.repeat_interleave(times, dim=1) * shares.flatten(1).reshape(*value.shape[:1], -1, *rest).to(value)
