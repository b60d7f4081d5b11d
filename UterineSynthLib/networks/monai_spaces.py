"""Typed configurations of MONAI's autoencoders as they are, to run what others trained.

The fields bear the names of MONAI's arguments. ``intensity_range`` is what the network takes for dark and bright:
MONAI's tutorials scale images to (0, 1), this library to (-1, 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import check_divides, check_image_channels
from UterineSynthLib.networks.levels import HalvingLevels, LearnedLevels
from UterineSynthLib.records import record


@record("uterinesynth.monai-autoencoder-kl")
@dataclass(frozen=True)
class MonaiKlConfig(HalvingLevels):
    """``AutoencoderKL``, or ``AutoencoderKlMaisi`` where ``num_splits`` is above 0."""

    spatial_dims: int = 3
    image_channels: int = 1
    latent_channels: int = 3
    channels: tuple[int, ...] = (32, 64, 64, 64)
    num_res_blocks: tuple[int, ...] = (2, 2, 2, 2)
    attention_levels: tuple[bool, ...] = (False, False, True, True)
    norm_num_groups: int = 32
    norm_eps: float = 1e-6
    with_encoder_nonlocal_attn: bool = True
    with_decoder_nonlocal_attn: bool = True
    include_fc: bool = True
    use_combined_linear: bool = False
    use_convtranspose: bool = False
    num_splits: int = 0
    intensity_range: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        _check_common(self.spatial_dims, self.image_channels, self.intensity_range)
        if not len(self.channels) == len(self.num_res_blocks) == len(self.attention_levels):
            raise ConfigError(
                "autoencoder: channels, num_res_blocks and attention_levels must have the same number of levels"
            )
        for channels in self.channels:
            check_divides(self.norm_num_groups, channels, "autoencoder")

    @property
    def has_prior(self) -> bool:
        """Whether decoded draws of a standard normal are images."""
        return True


@record("uterinesynth.monai-vq-vae")
@dataclass(frozen=True)
class MonaiVqVaeConfig(LearnedLevels):
    """``VQVAE``; its latents are those before quantisation, its ``latent_channels`` MONAI's ``embedding_dim``.

    Attributes:
        downsample_parameters: of each level: stride, kernel size, dilation and padding.
        upsample_parameters: of each level: stride, kernel size, dilation, padding and output padding.
    """

    spatial_dims: int = 3
    image_channels: int = 1
    latent_channels: int = 64
    num_embeddings: int = 32
    channels: tuple[int, ...] = (96, 96, 192)
    num_res_layers: int = 3
    num_res_channels: tuple[int, ...] = (96, 96, 192)
    downsample_parameters: tuple[tuple[int, int, int, int], ...] = ((2, 4, 1, 1),) * 3
    upsample_parameters: tuple[tuple[int, int, int, int, int], ...] = ((2, 4, 1, 1, 0),) * 3
    intensity_range: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        _check_common(self.spatial_dims, self.image_channels, self.intensity_range)
        levels = (self.channels, self.num_res_channels, self.downsample_parameters, self.upsample_parameters)
        if len({len(level) for level in levels}) != 1:
            raise ConfigError(
                "autoencoder: channels, num_res_channels, downsample_parameters and upsample_parameters must have the "
                "same number of levels"
            )

    @property
    def reductions(self) -> tuple[int, int, int]:
        """How many slices, rows and columns become one latent."""
        reduction = prod(stride for stride, *_ in self.downsample_parameters)
        return (1 if self.works_slice_by_slice else reduction), reduction, reduction

    @property
    def has_prior(self) -> bool:
        """Whether decoded draws of a standard normal are images."""
        return False


def _check_common(spatial_dims: int, image_channels: int, intensity_range: tuple[float, float]) -> None:
    check_image_channels(image_channels, "autoencoder")
    if spatial_dims not in (2, 3):
        raise ConfigError(f"autoencoder: spatial_dims is {spatial_dims}, must be 2 or 3")
    low, high = intensity_range
    if low >= high:
        raise ConfigError(f"autoencoder: intensity_range {low:g} to {high:g} must rise")
