"""From the configuration of a space to its module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from UterineSynthLib.networks.autoencoder import SliceAutoencoder
from UterineSynthLib.networks.config import AutoencoderConfig
from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.pixels import PixelSpace
from UterineSynthLib.networks.spaces import PixelConfig, SpaceConfig

_MODULES: Mapping[type, Callable[[Any], LatentSpace]] = {
    AutoencoderConfig: SliceAutoencoder,
    PixelConfig: PixelSpace,
}


def space_of(config: SpaceConfig) -> LatentSpace:
    """The module of a configuration; its weights, where it has any, are drawn anew."""
    return _MODULES[type(config)](config)
