"""From the configuration of a space to its module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from UterineSynthLib.networks.autoencoder import SliceAutoencoder
from UterineSynthLib.networks.config import AutoencoderConfig
from UterineSynthLib.networks.latent_space import Autoencoder, LatentSpace
from UterineSynthLib.networks.monai_autoencoder import MonaiKl, MonaiVqVae
from UterineSynthLib.networks.monai_spaces import MonaiKlConfig, MonaiVqVaeConfig
from UterineSynthLib.networks.pixels import PixelSpace
from UterineSynthLib.networks.spaces import AutoencoderKind, PixelConfig, SpaceConfig, VqGanConfig
from UterineSynthLib.networks.vq_gan import VqGan

_MODULES: Mapping[type, Callable[[Any], LatentSpace]] = {
    AutoencoderConfig: SliceAutoencoder,
    VqGanConfig: VqGan,
    MonaiKlConfig: MonaiKl,
    MonaiVqVaeConfig: MonaiVqVae,
    PixelConfig: PixelSpace,
}


def space_of(config: SpaceConfig) -> LatentSpace:
    """The module of a configuration; its weights, where it has any, are drawn anew."""
    return _MODULES[type(config)](config)


def autoencoder_of(config: AutoencoderKind) -> Autoencoder:
    """The module of a space that is learned, with weights drawn anew."""
    space = space_of(config)
    assert isinstance(space, Autoencoder)
    return space
