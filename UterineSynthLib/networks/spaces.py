"""Typed configurations of the spaces a denoiser works in: pixels, or the latents of an autoencoder.

Each says ``latent_channels``, ``image_channels``, ``reductions``, ``works_slice_by_slice``, ``has_weights`` and
``depths(slices)``, so that nobody has to ask which of them it is. In JSON they are told apart by their schema.
"""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.networks.config import AutoencoderConfig, check_image_channels
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

    def depths(self, slices: int) -> tuple[int, ...]:  # noqa: ARG002 (every space answers)
        """There are no 3D convolutions."""
        return ()


SpaceConfig = AutoencoderConfig | PixelConfig
"""Every space there is; a JSON object without a schema is an :class:`AutoencoderConfig`."""
