"""Typed configurations of the networks: what a bundle's JSON may say, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.records import record
from UterineSynthLib.volumes.structures import STRUCTURE_COUNT


@record("uterinesynth.autoencoder")
@dataclass(frozen=True)
class AutoencoderConfig:
    """A KL autoencoder that respects thick slices.

    Attributes:
        latent_channels: channels of the latent.
        encoder_channels, decoder_channels: one entry a level; each level after the first halves rows and columns.
            A light decoder has narrower levels than the encoder.
        res_blocks: residual blocks a level.
        norm_groups: groups of the group normalisation; divides every channel count.
        through_plane_reduction: 1 works slice by slice; 2 halves the slices in the last level, which is then 3D.
        image_channels: channels of a volume, one for each modality.
    """

    latent_channels: int = 4
    encoder_channels: tuple[int, ...] = (32, 64, 96)
    decoder_channels: tuple[int, ...] = (32, 64, 96)
    res_blocks: int = 1
    norm_groups: int = 8
    through_plane_reduction: int = 1
    image_channels: int = 1

    def __post_init__(self) -> None:
        if len(self.encoder_channels) != len(self.decoder_channels) or not self.encoder_channels:
            raise ConfigError("autoencoder: encoder_channels and decoder_channels must have the same number of levels")
        check_image_channels(self.image_channels, "autoencoder")
        if self.through_plane_reduction not in (1, 2):
            raise ConfigError(
                f"autoencoder: through_plane_reduction is {self.through_plane_reduction}; thick slices allow 1 or 2"
            )
        if self.through_plane_reduction == 2 and len(self.encoder_channels) < 2:
            raise ConfigError("autoencoder: through_plane_reduction 2 needs at least 2 levels")
        for channels in (*self.encoder_channels, *self.decoder_channels):
            check_divides(self.norm_groups, channels, "autoencoder")

    @property
    def reductions(self) -> tuple[int, int, int]:
        """How many slices, rows and columns become one latent."""
        in_plane = int(2 ** (len(self.encoder_channels) - 1))
        return self.through_plane_reduction, in_plane, in_plane

    @property
    def works_slice_by_slice(self) -> bool:
        """Whether no slice knows of another."""
        return self.through_plane_reduction == 1

    @property
    def has_weights(self) -> bool:
        """Whether there is something to train and to store."""
        return True

    @property
    def has_prior(self) -> bool:
        """Whether decoded draws of a standard normal are images."""
        return True


@record("uterinesynth.conditions")
@dataclass(frozen=True)
class ConditionConfig:
    """Which conditions the denoiser takes; each can be left out of a request.

    Attributes:
        classes: pathology and position class; attributes: the numbers of the description; spacing: voxel size.
        mask: label map; text: free text through a tokenizer trained with the model.
        vocabulary_size, text_length: size of the tokenizer and tokens a sentence.
        text_layers, text_width: the text transformer.
        text_encoder_width: width of a frozen external encoder in the place of the trained one; 0 means trained.
        tone: the mask is also shown in one grey a structure, as latents (:mod:`UterineSynthLib.networks.tone`).
        mask_labels: labels a mask may hold; mask_channels: features a label map is turned into.
        body_other: a mask that labels nothing beyond UMD's structures leaves the rest of the body open; that rest is a
            label of its own, the one after ``mask_labels``, and not the air around the body.
        place: rows, columns and slice position of each latent are shown beside it.
        width: width of the embedding shared by all conditions.
    """

    classes: bool = True
    attributes: bool = True
    spacing: bool = True
    mask: bool = True
    text: bool = True
    vocabulary_size: int = 512
    text_length: int = 64
    text_layers: int = 2
    text_width: int = 64
    text_encoder_width: int = 0
    mask_labels: int = STRUCTURE_COUNT
    mask_channels: int = 24
    tone: bool = False
    body_other: bool = False
    place: bool = True
    width: int = 128

    @property
    def label_values(self) -> int:
        """Values a label map may hold on its way into the network."""
        return self.mask_labels + int(self.body_other)

    def check_labels(self, largest: int) -> None:
        """Raise :class:`ConfigError` unless a mask's largest label is known."""
        if largest >= self.mask_labels:
            raise ConfigError(
                f"mask: holds the label {largest}, the model knows 0 to {self.mask_labels - 1}; relabel the mask, or "
                f"train with model.conditions.mask_labels={largest + 1}"
            )

    @property
    def takes_description(self) -> bool:
        """Whether anything of a description reaches the network."""
        return self.classes or self.attributes or self.text


@record("uterinesynth.sketch")
@dataclass(frozen=True)
class SketchConfig:
    """The network that paints a label map as latents (:mod:`UterineSynthLib.networks.sketch`).

    Attributes:
        channels: width of its layers; blocks: residual blocks; norm_groups: divides the channels.
        label_width: numbers that stand for a label.
        neighbours: whether a slice is painted with the labels of the slices before and after in sight.
        style_width: numbers that stand for what is alike all over a study; 0 paints every study in one style.
        partial_volume: whether a voxel that holds two structures may be shown in a mixture of their greys.
    """

    channels: int = 64
    blocks: int = 4
    norm_groups: int = 8
    label_width: int = 6
    neighbours: bool = False
    style_width: int = 0
    partial_volume: bool = False

    def __post_init__(self) -> None:
        if self.blocks < 1 or self.label_width < 1:
            raise ConfigError(
                f"sketch: blocks = {self.blocks}, label_width = {self.label_width}; both must be at least 1"
            )
        if self.style_width < 0:
            raise ConfigError(f"sketch: style_width = {self.style_width}; must be 0 or more")
        check_divides(self.norm_groups, self.channels, "sketch")


@record("uterinesynth.denoiser")
@dataclass(frozen=True)
class DenoiserConfig:
    """A U-Net that predicts something about the latents.

    Attributes:
        spatial_dims: 3 for volumes ``(B, C, D, H, W)``, 2 for single slices ``(B, C, H, W)``.
        latent_channels: channels in and out.
        channels: one entry a level; each level after the first halves all axes.
        attention: whether a level attends to itself and to the condition tokens.
        res_blocks, norm_groups, head_channels: as in MONAI's ``DiffusionModelUNet``.
        mask_reduction: rows (and columns) of a mask that fall on one latent.
        slice_reduction: slices of a mask that fall on one latent.
        mask_as: beside the latents, or through spatially adaptive normalisation (SPADE) on the way up.
        convolutions: ``full`` has those of MONAI in all dimensions; ``factorised`` has them in the plane and mixes
            slices between (:mod:`UterineSynthLib.networks.factorised`), and only rows and columns are halved.
        sketch: the tone is painted by a network of its own, which knows how sure it is; null is one grey a structure.
        in_deviations: the output counts in what the tone leaves open, element by element
            (:mod:`UterineSynthLib.diffusion.guess`).
    """

    spatial_dims: int = 3
    latent_channels: int = 4
    channels: tuple[int, ...] = (32, 64, 96)
    attention: tuple[bool, ...] = (False, False, True)
    res_blocks: int = 1
    norm_groups: int = 8
    head_channels: int = 16
    mask_reduction: int = 4
    slice_reduction: int = 1
    mask_as: Literal["concatenate", "spade"] = "concatenate"
    conditions: ConditionConfig = ConditionConfig()
    convolutions: Literal["full", "factorised"] = "full"
    sketch: SketchConfig | None = None
    in_deviations: bool = False

    def __post_init__(self) -> None:
        if self.spatial_dims not in (2, 3):
            raise ConfigError(f"denoiser: spatial_dims is {self.spatial_dims}, must be 2 or 3")
        if len(self.channels) != len(self.attention):
            raise ConfigError("denoiser: channels and attention must have the same number of levels")
        if self.convolutions == "factorised" and self.mask_as == "spade":
            raise ConfigError("denoiser: mask_as 'spade' needs full convolutions; set convolutions to 'full'")
        if self.sketch is not None and not (self.conditions.mask and self.conditions.tone):
            raise ConfigError("denoiser: a sketch is painted from a mask's tone; set conditions.mask and tone to true")
        if self.in_deviations and not (self.conditions.mask and self.conditions.tone):
            raise ConfigError(
                "denoiser: in_deviations needs a tone to deviate from; set conditions.mask and tone to true"
            )
        for channels in self.channels:
            check_divides(self.norm_groups, channels, "denoiser")

    @property
    def has_weights(self) -> bool:
        """Whether there is something to train and to store."""
        return True

    @property
    def halves_slices(self) -> bool:
        """Whether each level after the first halves the slices, too."""
        return self.spatial_dims == 3 and self.convolutions == "full"

    @property
    def reduction(self) -> int:
        """Latent axes that are halved must be divisible by this."""
        return int(2 ** (len(self.channels) - 1))

    def check_space(self, latent_channels: int, reductions: tuple[int, int, int]) -> None:
        """Raise :class:`ConfigError` unless this denoiser fits a space of latents."""
        slices, rows, _ = reductions
        for name, got, wanted in (
            ("latent_channels", self.latent_channels, latent_channels),
            ("mask_reduction", self.mask_reduction, rows),
            ("slice_reduction", self.slice_reduction, slices),
        ):
            if got != wanted:
                raise ConfigError(f"denoiser: {name} is {got}, the space it works in has {wanted}; set it to {wanted}")

    def check_shape(self, latent_shape: tuple[int, int, int]) -> None:
        """Raise :class:`ConfigError` unless latents of (slices, rows, columns) can be halved from level to level."""
        axes = {"slices": latent_shape[0]} if self.halves_slices else {}
        axes |= {"rows": latent_shape[1], "columns": latent_shape[2]}
        for name, size in axes.items():
            if size % self.reduction:
                levels = next(n for n in range(len(self.channels), 0, -1) if size % 2 ** (n - 1) == 0)
                raise ConfigError(
                    f"denoiser: {size} {name} of latents cannot be halved {len(self.channels) - 1} times; give "
                    f"a multiple of {self.reduction} (cases.grid.size, crop_slices), or {levels} level(s) in channels "
                    "and attention"
                )


def check_image_channels(channels: int, name: str) -> None:
    """Raise :class:`ConfigError` unless an image has at least one channel."""
    if channels < 1:
        raise ConfigError(f"{name}: image_channels is {channels}; an image has at least 1")


def check_divides(groups: int, channels: int, name: str) -> None:
    """Raise :class:`ConfigError` unless the groups of a normalisation divide its channels."""
    if channels <= 0 or groups <= 0 or channels % groups:
        raise ConfigError(f"{name}: {channels} channels cannot be normalised in {groups} groups")
