"""A label map painted by a small network: what the clean latents will be, and how far they may lie from that.

One grey a structure (:mod:`UterineSynthLib.networks.tone`) knows nothing of partial volumes, of the shading inside an
organ or of what lies along a border. A sketch has learned that from studies and their label maps. It sees neither
noise nor time and is made once a volume, so that it may be wide where a denoiser, which runs at every step, may not;
and it knows where a study is determined by its label map (urine, air) and where it is not (bowel), element by element.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from UterineSynthLib.networks.config import DenoiserConfig, SketchConfig
from UterineSynthLib.networks.tone import Tones, painted

_LEAST_LOG_SD, _LARGEST_LOG_SD = -3.0, 0.7
"""Of whitened latents; the gradient of a deviation near zero has no bound."""


class Sketch(NamedTuple):
    """Raw latents ``(B, C, d, h, w)`` as a Gaussian, each element for itself."""

    mean: Tensor
    deviation: Tensor


class Sketcher(nn.Module):
    """Painted label maps -> sketches, slice by slice of the latents.

    The scale of the raw latents is part of the network (``centre``, ``spread``), so that a sketch means the same
    whatever a denoiser whitens them by.
    """

    def __init__(self, config: SketchConfig, denoiser: DenoiserConfig) -> None:
        super().__init__()
        self.reduction, self.slice_reduction = denoiser.mask_reduction, denoiser.slice_reduction
        self._conditions = denoiser.conditions
        voxels = self.reduction**2 * self.slice_reduction
        self.embed = nn.Embedding(denoiser.conditions.mask_labels, config.label_width)
        self.enter = nn.Conv2d((config.label_width + 1) * voxels, config.channels, 3, padding=1)
        self.blocks = nn.Sequential(*(_Block(config.channels, config.norm_groups) for _ in range(config.blocks)))
        self.leave = nn.Conv2d(config.channels, 2 * denoiser.latent_channels, 3, padding=1)
        for silent in self.leave.parameters():
            nn.init.zeros_(silent)
        self.register_buffer("centre", torch.zeros(denoiser.latent_channels))
        self.register_buffer("spread", torch.ones(denoiser.latent_channels))

    def forward(self, labels: Tensor, greys: Tensor) -> Sketch:
        """Sketches of label maps ``(B, D, H, W)`` uint8, painted in ``greys`` ``(B, D, H, W)`` in [-1, 1]."""
        batch, slices, rows, columns = labels.shape
        n, m = self.reduction, self.slice_reduction
        shown = torch.cat([self.embed(labels.long()), greys[..., None].to(self.embed.weight)], dim=-1)
        blocks = shown.reshape(batch, slices // m, m, rows // n, n, columns // n, n, -1)
        packed = blocks.permute(0, 1, 7, 2, 4, 6, 3, 5).flatten(2, 5).flatten(0, 1)
        hidden = self.blocks(self.enter(packed.contiguous(memory_format=torch.channels_last)))
        mean, log_sd = self.leave(silu(hidden)).float().chunk(2, dim=1)
        stacks = (mean, log_sd.clamp(_LEAST_LOG_SD, _LARGEST_LOG_SD).exp())
        mean, deviation = (part.reshape(batch, slices // m, *part.shape[1:]).transpose(1, 2) for part in stacks)
        scale = (1, -1, 1, 1, 1)
        spread: Tensor = self.spread.reshape(scale)  # type: ignore[operator] # a buffer
        return Sketch(mean * spread + self.centre.reshape(scale), deviation * spread)  # type: ignore[operator]

    def sketch(self, labels: npt.NDArray[np.uint8], tones: Tones | None = None) -> Sketch:
        """The sketch of one label map ``[D, H, W]``, painted in ``tones`` (None: typical).

        Raises:
            ConfigError: the map holds a label that the network does not know.
        """
        self._conditions.check_labels(int(labels.max()))
        device = self.embed.weight.device
        shown = (torch.from_numpy(np.array(labels)), torch.from_numpy(painted(labels, tones)[0]))
        found: Sketch = self(*(one[None].to(device) for one in shown))
        return found


class _Block(nn.Module):
    """A residual block without effect until it is trained."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, hidden: Tensor) -> Tensor:
        """``(N, C, h, w)``, as given."""
        added: Tensor = self.second(silu(self.first(silu(self.norm(hidden)))))
        return hidden + added
