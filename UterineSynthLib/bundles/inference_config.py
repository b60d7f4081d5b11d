"""What a bundle says about making volumes with it: networks, latent scale, grid, samplers and steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from UterineSynthLib.description.limits import LIMITS, Limit
from UterineSynthLib.diffusion.names import (
    TRAIN_STEPS,
    PredictionName,
    SamplerName,
    ScheduleName,
    check_eta,
    check_process,
)
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import DenoiserConfig
from UterineSynthLib.networks.generators import GeneratorConfig
from UterineSynthLib.networks.grain import Grain
from UterineSynthLib.networks.noise_colour import NoiseColour
from UterineSynthLib.networks.spaces import SpaceConfig
from UterineSynthLib.networks.style_prior import StylePrior
from UterineSynthLib.networks.tone_prior import TonePrior
from UterineSynthLib.records import record

_LIMITS = {**LIMITS, "slice_count": Limit(1, 512, "slices")}
"""Those of pelvic stacks, and more slices for volumes of cubic voxels."""


class Quality(StrEnum):
    """How many steps a volume is given."""

    DRAFT = "draft"
    STANDARD = "standard"
    BEST = "best"


class Way(StrEnum):
    """How a description becomes a volume: through a label map of the shape model, or by the denoiser alone."""

    ANATOMY_FIRST = "anatomy_first"
    DIRECT = "direct"


@dataclass(frozen=True)
class ModelGrid:
    """The grid a model generates on.

    Attributes:
        shape: (slices D, rows H, columns W); D is 1 for a model of single slices.
        spacing_mm: distance of voxel centres along (slice k, row j, column i).
        centre: what the grid is laid around; ``study`` is the middle of whatever is given.
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    centre: Literal["uterus", "pelvis", "study"] = "uterus"

    def __post_init__(self) -> None:
        slices, rows, columns = self.shape
        if rows != columns or not math.isclose(self.spacing_mm[1], self.spacing_mm[2]):
            raise ConfigError(f"grid: {rows} x {columns} at {self.spacing_mm[1:]} mm; slices must be square")
        for name, value in (
            ("slice_count", slices),
            ("matrix", rows),
            ("slice_spacing_mm", self.spacing_mm[0]),
            ("in_plane_spacing_mm", self.spacing_mm[1]),
        ):
            if not _LIMITS[name].low <= value <= _LIMITS[name].high:
                raise ConfigError(f"grid: {name} is {value:g}, {_LIMITS[name]}")

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    def __str__(self) -> str:
        slices, rows, columns = self.shape
        sizes = " x ".join(f"{s:g}" for s in self.spacing_mm)
        return f"{slices} x {rows} x {columns} voxels of {sizes} mm (slices, rows, columns)"


@dataclass(frozen=True)
class QualitySteps:
    """Sampling steps of each quality."""

    draft: int = 4
    standard: int = 8
    best: int = 24

    def __post_init__(self) -> None:
        if not 1 <= self.draft <= self.standard <= self.best:
            raise ConfigError(
                f"steps: draft {self.draft}, standard {self.standard}, best {self.best}; at least 1 and not falling"
            )

    def of(self, quality: Quality) -> int:
        """Steps of one quality."""
        return {Quality.DRAFT: self.draft, Quality.STANDARD: self.standard, Quality.BEST: self.best}[quality]


@dataclass(frozen=True)
class WayConfig:
    """How one way samples unless the request says otherwise.

    Attributes:
        guidance_scale: 1.0 is off; eta: the share of fresh noise of the sampler ddim, 0 for all others.
    """

    sampler: SamplerName = "euler"
    guidance_scale: float = 1.0
    steps: QualitySteps = QualitySteps()
    eta: float = 0.0

    def __post_init__(self) -> None:
        check_eta(self.sampler, self.eta)


@record("uterinesynth.inference")
@dataclass(frozen=True)
class InferenceConfig:
    """``configs/inference.json`` of a bundle.

    Attributes:
        autoencoder: the space that the denoiser works in; denoiser: what makes latents out of noise.
        latent_mean, latent_std: of the raw latents, one value a channel; final latents are scaled by them.
        grid: where the model generates.
        schedule: how noise and latents are mixed; ``time_shift`` above 1 spends more steps near the noise.
        prediction: what the denoiser predicts; train_steps: steps of a discrete schedule.
        clip: hold the clean latents in [-1, 1] at every step, for models of pixels.
        temperature: factor of all noise that sampling starts from or adds. Below 1, samples are closer to the most
            likely image and less varied: what a network that has not learned to remove all noise leaves of it is
            weaker, and so is texture.
        needs_mask: without a label map, drawn or given, it makes no image; a request for the direct way is refused.
        draws: the denoiser adds to a draw of what its condition lets it guess, as one does that was taught to draw in
            few steps, and not to its mean.
        anatomy_first, direct: defaults of the two ways.
        default_way: what a request without a wish gets.
        intensity_high: the scanner-like value that 1 of the model's [-1, 1] becomes; -1 becomes 0.
        tones: what the greys of structures are drawn from, for a model that is shown them; None takes typical ones.
        styles: what the style of a sketch is drawn from; None takes the usual one.
        colour: how the noise hangs together; None is white noise.
        grain: what is added to a decoded image for what an autoencoder loses; None adds nothing.
    """

    autoencoder: SpaceConfig
    denoiser: GeneratorConfig
    latent_mean: tuple[float, ...]
    latent_std: tuple[float, ...]
    grid: ModelGrid
    schedule: ScheduleName = "rectified_flow"
    prediction: PredictionName = "velocity"
    train_steps: int = TRAIN_STEPS
    clip: bool = False
    time_shift: float = 1.0
    temperature: float = 1.0
    draws: bool = False
    needs_mask: bool = False
    anatomy_first: WayConfig = field(default_factory=WayConfig)
    direct: WayConfig = field(default_factory=lambda: WayConfig(guidance_scale=2.0))
    default_way: Way = Way.ANATOMY_FIRST
    intensity_high: float = 1000.0
    tones: TonePrior | None = None
    styles: StylePrior | None = None
    colour: NoiseColour | None = None
    grain: Grain | None = None

    def __post_init__(self) -> None:
        check_process(self.schedule, self.prediction, self.train_steps)
        channels = self.autoencoder.latent_channels
        if not channels == len(self.latent_mean) == len(self.latent_std) == self.denoiser.latent_channels:
            raise ConfigError(
                f"latents: the autoencoder has {channels} channels, the denoiser {self.denoiser.latent_channels}, "
                f"mean {len(self.latent_mean)} and std {len(self.latent_std)} values; they must agree"
            )
        self.denoiser.check_space(channels, self.autoencoder.reductions)
        if min(self.latent_std) <= 0:
            raise ConfigError(f"latent_std: {min(self.latent_std):g} must be above zero")
        if not 0 < self.temperature <= 1:
            raise ConfigError(
                f"temperature = {self.temperature:g}: must be above 0 and at most 1, which changes nothing"
            )
        self._check_styles()
        if self.needs_mask and (not self.denoiser.conditions.mask or self.default_way is Way.DIRECT):
            raise ConfigError("needs_mask: the model has to take a mask, and anatomy_first has to be its default way")
        if self.colour is not None and self.colour.channels != channels:
            raise ConfigError(f"colour: noise of {self.colour.channels} channels, the latents have {channels}")
        if self.grain is not None and self.grain.colour.channels != self.autoencoder.image_channels:
            raise ConfigError(
                f"grain: of {self.grain.colour.channels} modalities, the images have {self.autoencoder.image_channels}"
            )
        if self.dimension == 2 and self.grid.shape[0] != 1:
            raise ConfigError(f"grid: {self.grid.shape[0]} slices, but the denoiser is 2D and makes a single slice")

    def _check_styles(self) -> None:
        sketch = self.denoiser.sketch if isinstance(self.denoiser, DenoiserConfig) else None
        width = 0 if sketch is None else sketch.style_width
        if self.styles is not None and self.styles.width != width:
            raise ConfigError(f"styles: drawn ones have {self.styles.width} number(s), those of the sketch {width}")

    @property
    def dimension(self) -> int:
        """3 for volumes, 2 for single slices."""
        return self.denoiser.spatial_dims

    @property
    def voxels(self) -> int:
        """Number of voxels of all modalities of a volume."""
        return self.grid.voxels * self.autoencoder.image_channels

    def way(self, way: Way) -> WayConfig:
        """Defaults of one way."""
        return self.anatomy_first if way is Way.ANATOMY_FIRST else self.direct
