"""Typed configurations of what makes latents out of noise: our denoiser, MONAI's U-Nets as they are, or the prior.

Each says ``spatial_dims``, ``latent_channels``, ``conditions`` and ``has_weights`` and answers ``check_space``, so that
nobody has to ask which of them it is. In JSON they are told apart by their schema.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import ConditionConfig, DenoiserConfig, check_divides
from UterineSynthLib.records import record

BodyRegion = Literal["head", "chest", "abdomen", "lower-body"]
REGIONS: tuple[BodyRegion, ...] = get_args(BodyRegion)
"""MAISI's regions of the body, from above, in the order of its indices."""
UNCONDITIONAL = ConditionConfig(
    classes=False, attributes=False, spacing=False, mask=False, text=False, tone=False, place=False
)


@record("uterinesynth.prior")
@dataclass(frozen=True)
class PriorConfig:
    """No denoiser: the noise itself is the latents, a draw from the prior ``N(0, 1)`` of a KL autoencoder.

    The straight flow from a standard normal to a standard normal stands still, so this is the rectified flow whose
    velocity is zero, and every sampler of flows makes the same exact draw in any number of steps.
    """

    spatial_dims: int = 3
    latent_channels: int = 4

    def __post_init__(self) -> None:
        check_dims(self.spatial_dims, "prior")

    @property
    def conditions(self) -> ConditionConfig:
        """None are taken."""
        return UNCONDITIONAL

    @property
    def has_weights(self) -> bool:
        """There is nothing to train."""
        return False

    def check_space(self, latent_channels: int, reductions: tuple[int, int, int]) -> None:  # noqa: ARG002
        """Raise :class:`ConfigError` unless the space has as many latent channels."""
        check_channels_fit(self.latent_channels, latent_channels, "prior")


@record("uterinesynth.monai-denoiser")
@dataclass(frozen=True)
class MonaiDenoiserConfig:
    """MONAI's ``DiffusionModelUNet`` without conditions, to run what others trained; the fields bear its names.

    Attributes:
        timesteps: steps its time embedding counts; time 1 is step ``timesteps + first_step``, which is one less for
            MONAI's DDPM (it counts from 0) and none for its rectified flow.
        points_to_image: the network gives ``x_0 - noise``, as MONAI's rectified flow has it, and not the opposite.
    """

    spatial_dims: int = 3
    latent_channels: int = 4
    channels: tuple[int, ...] = (32, 64, 64, 64)
    attention_levels: tuple[bool, ...] = (False, False, True, True)
    num_res_blocks: tuple[int, ...] = (2, 2, 2, 2)
    norm_num_groups: int = 32
    norm_eps: float = 1e-6
    num_head_channels: tuple[int, ...] = (8, 8, 8, 8)
    resblock_updown: bool = False
    include_fc: bool = True
    use_combined_linear: bool = False
    timesteps: int = 1000
    first_step: int = -1
    points_to_image: bool = False

    def __post_init__(self) -> None:
        check_dims(self.spatial_dims, "denoiser")
        levels = {len(v) for v in (self.channels, self.attention_levels, self.num_res_blocks, self.num_head_channels)}
        if len(levels) != 1:
            raise ConfigError(
                "denoiser: channels, attention_levels, num_res_blocks and num_head_channels must have the same number "
                "of levels"
            )
        for channels in self.channels:
            check_divides(self.norm_num_groups, channels, "denoiser")

    @property
    def conditions(self) -> ConditionConfig:
        """None are taken."""
        return UNCONDITIONAL

    @property
    def has_weights(self) -> bool:
        """Whether there is something to train and to store."""
        return True

    def check_space(self, latent_channels: int, reductions: tuple[int, int, int]) -> None:  # noqa: ARG002
        """Raise :class:`ConfigError` unless the space has as many latent channels."""
        check_channels_fit(self.latent_channels, latent_channels, "denoiser")


@record("uterinesynth.maisi-denoiser")
@dataclass(frozen=True)
class MaisiDenoiserConfig(MonaiDenoiserConfig):
    """``DiffusionModelUNetMaisi``: told the voxel size of the grid, and two constants of all that it makes.

    Attributes:
        takes_spacing: it is told the voxel size.
        body_region: the uppermost and the lowest region of the body in the volume; None where it is not told.
        modalities: kinds of image it tells apart, 0 for none; modality: the one it is asked for.
    """

    takes_spacing: bool = False
    body_region: tuple[BodyRegion, BodyRegion] | None = None
    modalities: int = 0
    modality: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.body_region is not None and REGIONS.index(self.body_region[0]) > REGIONS.index(self.body_region[1]):
            raise ConfigError(
                f"denoiser: body_region runs up from {self.body_region[0]} to {self.body_region[1]}; the uppermost "
                f"comes first, in the order {', '.join(REGIONS)}"
            )
        if not 0 <= self.modality < max(1, self.modalities):
            raise ConfigError(f"denoiser: modality is {self.modality}, the network knows 0 to {self.modalities - 1}")

    @property
    def conditions(self) -> ConditionConfig:
        """The voxel size, which is a fact of the grid; nothing that a request could ask for."""
        return replace(UNCONDITIONAL, spacing=self.takes_spacing)


GeneratorConfig = DenoiserConfig | MonaiDenoiserConfig | MaisiDenoiserConfig | PriorConfig
"""Every generator there is; a JSON object without a schema is a :class:`DenoiserConfig`."""


def check_dims(spatial_dims: int, name: str) -> None:
    """Raise :class:`ConfigError` unless there are two or three dimensions."""
    if spatial_dims not in (2, 3):
        raise ConfigError(f"{name}: spatial_dims is {spatial_dims}, must be 2 or 3")


def check_channels_fit(own: int, of_space: int, name: str) -> None:
    """Raise :class:`ConfigError` unless a generator has as many channels as its space."""
    if own != of_space:
        raise ConfigError(
            f"{name}: latent_channels is {own}, the space it works in has {of_space}; set it to {of_space}"
        )
