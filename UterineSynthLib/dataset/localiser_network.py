"""The network behind the localiser: a coarse study in, a heat map of the middle of the uterus out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (8, 16, 32)
_IN_PLANE = (1, 2, 2)
"""Coarse slices are few and thick, so only rows and columns are halved."""


class LocaliserNetwork(nn.Module):
    """Three levels, added skips; ``[B, 1, D, H, W]`` in [-1, 1] to logits ``[B, 1, D, H, W]``.

    H and W must be divisible by 4.
    """

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = CHANNELS
        self.fine = _block(1, fine)
        self.middle = _block(fine, middle, _IN_PLANE)
        self.coarse = _block(middle, coarse, _IN_PLANE)
        self.deep = _block(coarse, coarse)
        self.up_middle = nn.Conv3d(coarse, middle, 1)
        self.joined_middle = _block(middle, middle)
        self.up_fine = nn.Conv3d(middle, fine, 1)
        self.joined_fine = _block(fine, fine)
        self.head = nn.Conv3d(fine, 1, 1)

    def forward(self, study: Tensor) -> Tensor:
        """Logits of the heat map."""
        fine = self.fine(study)
        middle = self.middle(fine)
        coarse = self.deep(self.coarse(middle))
        middle = self.joined_middle(middle + _as_large(self.up_middle(coarse), middle))
        fine = self.joined_fine(fine + _as_large(self.up_fine(middle), fine))
        logits: Tensor = self.head(fine)
        return logits


def heat_map(logits: Tensor) -> Tensor:
    """Shares ``[B, D, H, W]`` that add up to 1 over the voxels of each study."""
    flat = torch.softmax(logits.flatten(1), dim=1)
    return flat.reshape(logits.shape[0], *logits.shape[2:])


def _block(inputs: int, outputs: int, stride: tuple[int, int, int] = (1, 1, 1)) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(inputs, outputs, 3, stride, 1),
        nn.GroupNorm(4, outputs),
        nn.SiLU(),
        nn.Conv3d(outputs, outputs, 3, 1, 1),
        nn.GroupNorm(4, outputs),
        nn.SiLU(),
    )


def _as_large(small: Tensor, large: Tensor) -> Tensor:
    return functional.interpolate(small, size=large.shape[2:], mode="trilinear", align_corners=False)
