"""Distance of the features that a residual network sees in two images, from weights on this machine.

A feature network is a folder with ``perceptual.json`` (:class:`PerceptualConfig`) and ``model.safetensors`` with the
names of torchvision's and MONAI's residual networks: RadImageNet, ImageNet and MedicalNet weights come in them.
Nothing is ever downloaded. Features are normalised by channel and compared as in LPIPS (arXiv 1801.03924), every
channel alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from monai.networks.nets import resnet
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.records import from_json, record

CONFIG_FILE, WEIGHTS_FILE = "perceptual.json", "model.safetensors"
_STAGES = ("layer1", "layer2", "layer3", "layer4")


@record("uterinesynth.perceptual")
@dataclass(frozen=True)
class PerceptualConfig:
    """A feature network.

    Attributes:
        network: which residual network; spatial_dims: 2 looks at a slice of each volume, 3 at the volume.
        in_channels: 3 for networks of colour pictures, which see the first channel three times.
    """

    network: Literal["resnet10", "resnet18", "resnet34", "resnet50"] = "resnet50"
    spatial_dims: Literal[2, 3] = 2
    in_channels: int = 3


class PerceptualDistance(nn.Module):
    """Mean squared distance of normalised features, summed over the stages of a frozen network."""

    def __init__(self, config: PerceptualConfig) -> None:
        super().__init__()
        self.config = config
        build = getattr(resnet, config.network)
        self.network: nn.Module = build(
            spatial_dims=config.spatial_dims, n_input_channels=config.in_channels, feed_forward=False, num_classes=1
        )
        self.eval().requires_grad_(False)

    def forward(self, a: Tensor, b: Tensor, generator: torch.Generator) -> Tensor:
        """Distance of volumes ``(B, C, D, H, W)`` in [-1, 1]; a 2D network sees one slice of each, drawn at random."""
        if self.config.spatial_dims == 2:
            each, chosen = torch.arange(len(a)), torch.randint(a.shape[2], (len(a),), generator=generator)
            a, b = a[each, :, chosen], b[each, :, chosen]
        pairs = zip(self._features(a), self._features(b), strict=True)
        return torch.stack([(x - y).square().sum(1).mean() for x, y in pairs]).sum()

    def _features(self, volume: Tensor) -> list[Tensor]:
        seen = volume[:, :1].expand(-1, self.config.in_channels, *volume.shape[2:])
        network, found = self.network, []
        hidden: Tensor = network.maxpool(network.act(network.bn1(network.conv1(seen))))  # type: ignore[operator]
        for stage in _STAGES:
            hidden = getattr(network, stage)(hidden)
            found.append(nn.functional.normalize(hidden, dim=1))
        return found


def perceptual_distance(folder: Path) -> PerceptualDistance:
    """The distance of a feature network on this machine.

    Raises:
        ConfigError: the folder does not hold one, or its weights are another network's.
    """
    try:
        config = from_json(PerceptualConfig, (folder / CONFIG_FILE).read_text(encoding="utf-8"), CONFIG_FILE)
        state = load_file(folder / WEIGHTS_FILE)
    except (OSError, SafetensorError) as error:
        raise ConfigError(
            f"perceptual: {folder} must hold {CONFIG_FILE} and {WEIGHTS_FILE} ({error}); leave it null to do without"
        ) from error
    distance = PerceptualDistance(config)
    missing, _ = distance.network.load_state_dict(state, strict=False)
    needed = [name for name in missing if not name.startswith("fc.") and not name.endswith("num_batches_tracked")]
    if needed:
        raise ConfigError(f"perceptual: {folder / WEIGHTS_FILE} lacks {needed[0]} of a {config.network}")
    return distance
