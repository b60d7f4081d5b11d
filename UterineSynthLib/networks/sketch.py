"""A label map painted by a small network: what the clean latents will be, and how far they may lie from that.

One grey a structure (:mod:`UterineSynthLib.networks.tone`) knows nothing of partial volumes, of the shading inside an
organ or of what lies along a border. A sketch has learned that from studies and their label maps. It sees neither
noise nor time and is made once a volume, so that it may be wide where a denoiser, which runs at every step, may not;
and it knows where a study is determined by its label map (urine, air) and where it is not (bowel), element by element.

What is alike in all slices of a study and written in no label map (which way and how far fat is shifted, how soft the
pixels are, where the coil is bright) would come out as the mean of all studies, with every border blurred. So a sketch
is given a *style*, a few numbers that stand for it: read from the study in training, as the code of a variational
autoencoder (Kingma and Welling 2014, arXiv 1312.6114; for label maps Park et al. 2019, arXiv 1903.07291), and drawn for
a sample (:mod:`UterineSynthLib.networks.style_prior`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from UterineSynthLib.networks.config import DenoiserConfig, SketchConfig
from UterineSynthLib.networks.style_prior import StyleCode
from UterineSynthLib.networks.tone import Tones, greys_of
from UterineSynthLib.volumes.partial_volume import WHOLE, PartialVolume
from UterineSynthLib.volumes.structures import Structure

_LEAST_LOG_SD, _LARGEST_LOG_SD = -3.0, 0.7
"""Of whitened latents; the gradient of a deviation near zero has no bound."""
_LEAST_LOG_STYLE_SD, _FIRST_LOG_STYLE_SD = -5.0, -2.0
"""A code that starts as noise is never listened to, and then never written."""
_READING_BLOCKS = 2


class Sketch(NamedTuple):
    """Raw latents ``(B, C, d, h, w)`` as a Gaussian, each element for itself."""

    mean: Tensor
    deviation: Tensor


class Style(NamedTuple):
    """The style of studies ``(B, S)`` as a Gaussian, each number for itself."""

    mean: Tensor
    deviation: Tensor


class Sketcher(nn.Module):
    """Painted label maps -> sketches, slice by slice of the latents; with ``neighbours`` the labels of the slices
    before and after are seen too, because a thick slice mixes what lies through it.

    The scale of the raw latents is part of the network (``centre``, ``spread``), so that a sketch means the same
    whatever a denoiser whitens them by.
    """

    def __init__(self, config: SketchConfig, denoiser: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.reduction, self.slice_reduction = denoiser.mask_reduction, denoiser.slice_reduction
        self._conditions = denoiser.conditions
        self._step = 1 if denoiser.spatial_dims == 3 else 0  # A single slice is its own neighbour.
        features = (config.label_width + 1) * self.reduction**2 * self.slice_reduction
        self.embed = nn.Embedding(denoiser.conditions.mask_labels, config.label_width)
        self.enter = nn.Conv2d(features * (3 if config.neighbours else 1), config.channels, 3, padding=1)
        self.blocks = nn.ModuleList(
            _Block(config.channels, config.norm_groups, config.style_width) for _ in range(config.blocks)
        )
        self.leave = nn.Conv2d(config.channels, 2 * denoiser.latent_channels, 3, padding=1)
        for silent in self.leave.parameters():
            nn.init.zeros_(silent)
        self.reader = _Reader(config, features + denoiser.latent_channels) if config.style_width else None
        self.register_buffer("centre", torch.zeros(denoiser.latent_channels))
        self.register_buffer("spread", torch.ones(denoiser.latent_channels))

    def forward(self, labels: Tensor, greys: Tensor, style: Tensor | None = None, inner: slice = slice(None)) -> Sketch:
        """Sketches of label maps ``(B, D, H, W)`` uint8, painted in ``greys`` ``(B, D, H, W)`` in [-1, 1].

        ``style`` is ``(B, S)``, None the usual one; ``inner`` are the slices of latents that are wanted, the others
        are neighbours alone.
        """
        packed = self._packed(labels, greys)
        seen = self._with_neighbours(packed)[:, inner]
        batch, slices = seen.shape[:2]
        usual = torch.zeros(batch, self.config.style_width, device=labels.device)
        styles = (usual if style is None else style).repeat_interleave(slices, dim=0)
        hidden = self.enter(seen.flatten(0, 1).contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            hidden = block(hidden, styles)
        mean, log_sd = self.leave(silu(hidden)).float().chunk(2, dim=1)
        stacks = (mean, log_sd.clamp(_LEAST_LOG_SD, _LARGEST_LOG_SD).exp())
        mean, deviation = (part.reshape(batch, slices, *part.shape[1:]).transpose(1, 2) for part in stacks)
        centre, spread = self._scale
        return Sketch(mean * spread + centre, deviation * spread)

    def read(self, raw: Tensor, labels: Tensor, greys: Tensor) -> Style:
        """The style of studies: raw latents ``(B, C, d, h, w)``, with label maps and greys as in a sketch."""
        assert self.reader is not None, "a sketch without a style has nothing to read"
        centre, spread = self._scale
        white = ((raw - centre) / spread).transpose(1, 2)
        style: Style = self.reader(torch.cat([white, self._packed(labels, greys)], dim=2))
        return style

    def sketch(
        self,
        labels: npt.NDArray[np.uint8],
        tones: Tones | None = None,
        style: StyleCode | None = None,
        partial: PartialVolume | None = None,
    ) -> Sketch:
        """The sketch of one label map ``[D, H, W]``, painted in ``tones`` (None: typical) and in a style ``[S]``.

        Raises:
            ConfigError: the map holds a label that the network does not know.
        """
        found: Sketch = self(*self.inputs_of(labels, tones, style, partial))
        return found

    def inputs_of(
        self,
        labels: npt.NDArray[np.uint8],
        tones: Tones | None,
        style: StyleCode | None,
        partial: PartialVolume | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What :meth:`forward` takes for one label map: labels, greys and style, on the network's device.

        Raises:
            ConfigError: the map holds a label that the network does not know.
        """
        code = np.zeros(self.config.style_width, dtype=np.float32) if style is None else style
        return *self._shown(labels, tones, partial), self._on_device(code)

    def style_of(
        self,
        raw: npt.NDArray[np.generic],
        labels: npt.NDArray[np.uint8],
        tones: Tones | None,
        partial: PartialVolume | None = None,
    ) -> StyleCode:
        """The style ``[S]`` of one study: its raw latents ``[C, d, h, w]``, label map and tones; empty without one."""
        if self.reader is None:
            return np.zeros(0, dtype=np.float32)
        found = self.read(self._on_device(raw.astype(np.float32)), *self._shown(labels, tones, partial)).mean
        code: StyleCode = found[0].float().cpu().numpy()
        return code

    @property
    def knows_texture(self) -> bool:
        """Whether it was taught what tissues hold besides themselves, of which connective tissue is the last label."""
        return self.config.partial_volume and self.embed.num_embeddings > Structure.CONNECTIVE_TISSUE

    @property
    def _scale(self) -> tuple[Tensor, Tensor]:
        shape = (1, -1, 1, 1, 1)
        return self.centre.reshape(shape), self.spread.reshape(shape)  # type: ignore[operator] # buffers

    def _shown(
        self, labels: npt.NDArray[np.uint8], tones: Tones | None, partial: PartialVolume | None
    ) -> tuple[Tensor, Tensor]:
        """Labels and greys; painted on the device, where that takes no time."""
        self._conditions.check_labels(int(labels.max()))
        shown, table = self._on_device(np.array(labels)), self._on_device(greys_of(labels, tones))[0]
        greys = table[shown.long()]
        if partial is not None:
            second, share = (self._on_device(np.array(part)) for part in (partial.second, partial.share))
            greys = greys + (table[second.long()] - greys) * (share / WHOLE)
        return shown, greys

    def _on_device(self, values: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(values)[None].to(self.embed.weight.device, non_blocking=True)

    def _with_neighbours(self, packed: Tensor) -> Tensor:
        if not self.config.neighbours:
            return packed
        return torch.cat([_moved(packed, -self._step), packed, _moved(packed, self._step)], dim=2)

    def _packed(self, labels: Tensor, greys: Tensor) -> Tensor:
        """Every voxel of a latent side by side: ``(B, d, features, h, w)``."""
        batch, slices, rows, columns = labels.shape
        n, m = self.reduction, self.slice_reduction
        shown = torch.cat([self.embed(labels.long()), greys[..., None].to(self.embed.weight)], dim=-1)
        voxels = shown.reshape(batch, slices // m, m, rows // n, n, columns // n, n, -1)
        return voxels.permute(0, 1, 7, 2, 4, 6, 3, 5).flatten(2, 5)


class _Block(nn.Module):
    """A residual block without effect until it is trained, in a style that moves and scales its features."""

    def __init__(self, channels: int, groups: int, style_width: int = 0) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        self.style = nn.Linear(style_width, 2 * channels) if style_width else None

    def forward(self, hidden: Tensor, style: Tensor | None = None) -> Tensor:
        """``(N, C, h, w)``, as given, in styles ``(N, S)``."""
        normed = self.norm(hidden)
        if self.style is not None and style is not None:
            scale, shift = self.style(style)[:, :, None, None].chunk(2, dim=1)
            normed = normed * (1 + scale) + shift
        added: Tensor = self.second(silu(self.first(silu(normed))))
        return hidden + added


class _Reader(nn.Module):
    """What is alike all over a study: local evidence, averaged over its places and slices."""

    def __init__(self, config: SketchConfig, features: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(features, config.channels, 3, padding=1)
        self.blocks = nn.Sequential(*(_Block(config.channels, config.norm_groups) for _ in range(_READING_BLOCKS)))
        self.leave = nn.Linear(config.channels, 2 * config.style_width)
        nn.init.constant_(self.leave.bias[config.style_width :], _FIRST_LOG_STYLE_SD)

    def forward(self, seen: Tensor) -> Style:
        """Slices ``(B, d, features, h, w)`` of studies."""
        flat = seen.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        evidence = silu(self.blocks(self.enter(flat))).mean(dim=(2, 3)).reshape(*seen.shape[:2], -1).mean(dim=1)
        mean, log_sd = self.leave(evidence).float().chunk(2, dim=1)
        return Style(mean, log_sd.clamp(min=_LEAST_LOG_STYLE_SD).exp())


def _moved(packed: Tensor, by: int) -> Tensor:
    """The slice ``by`` slices on from each slice ``(B, d, ...)``; a stack goes on as it ends."""
    numbers = (torch.arange(packed.shape[1], device=packed.device) + by).clamp(0, packed.shape[1] - 1)
    return packed[:, numbers]
