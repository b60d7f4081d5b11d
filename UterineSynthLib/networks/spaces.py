"""Typed configurations of the spaces a denoiser works in: pixels, or the latents of an autoencoder.

Each says ``latent_channels``, ``image_channels``, ``reductions``, ``works_slice_by_slice``, ``has_weights`` and
``has_prior``, so that nobody has to ask which of them it is. In JSON they are told apart by their schema.
"""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import AutoencoderConfig, check_divides, check_image_channels
from UterineSynthLib.networks.levels import HalvingLevels
from UterineSynthLib.networks.monai_spaces import MonaiKlConfig, MonaiVqVaeConfig
from UterineSynthLib.records import record


@record("uterinesynth.pixels")
@dataclass(frozen=True)
class PixelConfig:
    """No autoencoder: the latents are the image.

    Attributes:
        image_channels: channels of a volume, one for each modality.
    """

    image_channels: int = 1

    def __post_init__(self) -> None:
        check_image_channels(self.image_channels, "pixels")

    @property
    def latent_channels(self) -> int:
        """Those of the image."""
        return self.image_channels

    @property
    def reductions(self) -> tuple[int, int, int]:
        """One voxel is one latent along slices, rows and columns."""
        return 1, 1, 1

    @property
    def works_slice_by_slice(self) -> bool:
        """Whether no slice knows of another."""
        return True

    @property
    def has_weights(self) -> bool:
        """There is nothing to train."""
        return False

    @property
    def has_prior(self) -> bool:
        """Whether decoded draws of a standard normal are images."""
        return False


@record("uterinesynth.vq-gan")
@dataclass(frozen=True)
class VqGanConfig(HalvingLevels):
    """An autoencoder with a codebook, as in Medical Diffusion (arXiv 2211.03364).

    Attributes:
        spatial_dims: 3 for volumes; 2 works slice by slice.
        image_channels: channels of a volume, one for each modality.
        latent_channels: numbers of a code; codes: how many there are.
        channels: one entry a level; each level after the first halves all axes (rows and columns if 2D).
        res_blocks, norm_groups: of the residual blocks.
        decay: of the running means that the codes follow.
        restart_share: a code used less than this share of its even part starts again.
    """

    spatial_dims: int = 3
    image_channels: int = 1
    latent_channels: int = 8
    codes: int = 16384
    channels: tuple[int, ...] = (32, 64)
    res_blocks: int = 1
    norm_groups: int = 8
    decay: float = 0.99
    restart_share: float = 0.1

    def __post_init__(self) -> None:
        check_image_channels(self.image_channels, "vq-gan")
        if self.spatial_dims not in (2, 3):
            raise ConfigError(f"vq-gan: spatial_dims is {self.spatial_dims}, must be 2 or 3")
        if self.codes < 2 or self.latent_channels < 1 or not self.channels:
            raise ConfigError("vq-gan: needs at least 2 codes, 1 latent channel and 1 level")
        if not (0 < self.decay < 1 and 0 <= self.restart_share < 1):
            raise ConfigError(
                f"vq-gan: decay {self.decay:g} and restart_share {self.restart_share:g} must lie between 0 and 1"
            )
        for channels in self.channels:
            check_divides(self.norm_groups, channels, "vq-gan")

    @property
    def has_prior(self) -> bool:
        """Whether decoded draws of a standard normal are images."""
        return False


AutoencoderKind = AutoencoderConfig | VqGanConfig | MonaiKlConfig | MonaiVqVaeConfig
"""Spaces that are learned; a JSON object without a schema is an :class:`AutoencoderConfig`."""
SpaceConfig = AutoencoderConfig | VqGanConfig | MonaiKlConfig | MonaiVqVaeConfig | PixelConfig
"""Every space there is."""
