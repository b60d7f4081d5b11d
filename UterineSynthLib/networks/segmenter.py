"""A U-Net that labels every voxel of a stack of thick slices, slice by slice with a look at the neighbours.

The slices of a pelvic stack lie 4-7 mm apart, so a slice and its two neighbours as channels of a 2D network serve a
volume and, with the slice in the place of its neighbours, a single slice alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from monai.networks.nets import BasicUNet
from torch import Tensor, nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.records import record
from UterineSynthLib.volumes.structures import ORGAN_COUNT

WINDOW = 3
"""A slice and its two neighbours."""


@record("uterinesynth.segmenter")
@dataclass(frozen=True)
class SegmenterConfig:
    """MONAI's ``BasicUNet`` with group normalisation.

    Attributes:
        features: of the five levels and of the last layer; norm_groups: divides all of them.
        labels: structures told apart, the first of the label table.
        pixel_mm: size of a pixel that the network was trained on.
    """

    features: tuple[int, int, int, int, int, int] = (16, 32, 64, 128, 160, 16)
    norm_groups: int = 8
    labels: int = ORGAN_COUNT
    pixel_mm: float = 1.25

    def __post_init__(self) -> None:
        if self.norm_groups < 1 or any(count < 1 or count % self.norm_groups for count in self.features):
            raise ConfigError(f"segmenter: features {self.features} cannot be normalised in {self.norm_groups} groups")
        if self.pixel_mm <= 0:
            raise ConfigError(f"segmenter: pixel_mm is {self.pixel_mm:g}, must be above zero")

    @property
    def reduction(self) -> int:
        """Rows and columns must be divisible by this."""
        return 16


class Segmenter(nn.Module):
    """Windows ``(N, 3, H, W)`` in [-1, 1] -> logits ``(N, labels, H, W)`` of their middle slices."""

    def __init__(self, config: SegmenterConfig) -> None:
        super().__init__()
        self.config = config
        self.unet = BasicUNet(
            spatial_dims=2,
            in_channels=WINDOW,
            out_channels=config.labels,
            features=config.features,
            norm=("group", {"num_groups": config.norm_groups}),
        )
        for level in (self.unet.upcat_1, self.unet.upcat_2, self.unet.upcat_3, self.unet.upcat_4):
            level.is_pad = False  # every size is divisible by `reduction`: padding would copy each level for nothing

    def forward(self, windows: Tensor) -> Tensor:
        """Logits of the middle slices."""
        logits: Tensor = self.unet(windows.contiguous(memory_format=torch.channels_last))
        return logits

    def features(self, windows: Tensor) -> Tensor:
        """Means over the slice of the two deepest levels, ``(N, features[3] + features[4])``."""
        hidden = self.unet.conv_0(windows.contiguous(memory_format=torch.channels_last))
        for down in (self.unet.down_1, self.unet.down_2, self.unet.down_3):
            hidden = down(hidden)
        deepest = self.unet.down_4(hidden)
        return torch.cat([hidden.mean(dim=(-2, -1)), deepest.mean(dim=(-2, -1))], dim=1).float()


def windows_of(volume: Tensor) -> Tensor:
    """Every slice of a volume ``(D, H, W)`` with its neighbours, ``(D, 3, H, W)``; the ends have themselves."""
    before = torch.cat([volume[:1], volume[:-1]])
    after = torch.cat([volume[1:], volume[-1:]])
    return torch.stack([before, volume, after], dim=1)
