"""A sketch with more channels begins as what the narrow one was, and can become more."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from UterineSynthLib.networks.config import ConditionConfig, DenoiserConfig, SketchConfig
from UterineSynthLib.networks.sketch import Sketcher
from UterineSynthLib.training.wider_sketch import with_more_channels

NARROW = DenoiserConfig(
    spatial_dims=3,
    latent_channels=4,
    channels=(8, 16),
    attention=(False, True),
    norm_groups=4,
    head_channels=8,
    mask_reduction=4,
    conditions=ConditionConfig(tone=True),
    sketch=SketchConfig(channels=8, blocks=2, norm_groups=4, neighbours=True, style_width=3),
)


def sketcher(times: int = 1) -> Sketcher:
    """With every weight drawn: those that training begins with at zero would hide what happens to them."""
    torch.manual_seed(0)
    narrow = Sketcher(NARROW.sketch, NARROW)
    for weight in narrow.parameters():
        nn.init.normal_(weight, std=0.2)
    if times == 1:
        return narrow
    wide = Sketcher(replace(NARROW.sketch, channels=8 * times), NARROW)
    wide.load_state_dict(with_more_channels(narrow.state_dict(), times))
    return wide


def shown() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Raw latents, labels, greys and a style of two studies."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(0, 39, (2, 3, 16, 16), generator=generator, dtype=torch.uint8)
    latents, greys = torch.randn(2, 4, 3, 4, 4, generator=generator), torch.rand(2, 3, 16, 16, generator=generator)
    return latents, labels, greys, torch.randn(2, 3, generator=generator)


@pytest.mark.parametrize("times", [2, 3])
@torch.no_grad()
def test_it_paints_and_reads_what_the_narrow_one_did(times: int) -> None:
    latents, labels, greys, style = shown()
    narrow, wide = sketcher(), sketcher(times)
    for was, now in zip(narrow(labels, greys, style), wide(labels, greys, style), strict=True):
        np.testing.assert_allclose(now, was, rtol=1e-3, atol=1e-4)
    for was, now in zip(narrow.read(latents, labels, greys), wide.read(latents, labels, greys), strict=True):
        np.testing.assert_allclose(now, was, rtol=1e-3, atol=1e-4)


def test_copies_of_a_channel_learn_apart() -> None:
    latents, labels, greys, style = shown()
    wide = sketcher(2)
    (wide(labels, greys, style).mean - latents).square().mean().backward()
    for layer in (wide.enter, wide.blocks[0].first, wide.blocks[0].second):
        first, second = layer.weight.grad[0::2], layer.weight.grad[1::2]
        assert (first - second).norm() > 0.05 * first.norm()
