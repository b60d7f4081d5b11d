"""MONAI's diffusion U-Nets as they are, to run what others trained."""

from __future__ import annotations

from typing import Any

import torch
from monai.apps.generation.maisi.networks.diffusion_model_unet_maisi import DiffusionModelUNetMaisi
from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet
from torch import Tensor, nn

from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.generators import REGIONS, BodyRegion, MaisiDenoiserConfig, MonaiDenoiserConfig

_HUNDREDTHS = 100.0
"""MAISI gives voxel sizes in hundredths of a millimetre, and indices of regions likewise times a hundred."""


class MonaiDenoiser(nn.Module):
    """Predicts something about latents ``(B, C, D, H, W)``, or ``(B, C, H, W)`` for a 2D model."""

    def __init__(self, config: MonaiDenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.unet: nn.Module = DiffusionModelUNet(channels=config.channels, **_common(config))

    def forward(self, x_t: Tensor, t: Tensor, condition: Condition) -> Tensor:  # noqa: ARG002 (as every generator)
        """The network's output at times ``t`` ``(B,)`` in [0, 1], shaped as ``x_t``."""
        return _directed(self.unet(x_t, timesteps=_step(self.config, t)), self.config)


class MaisiDenoiser(nn.Module):
    """Likewise, told the voxel size and what part of the body in which kind of image it is to make."""

    def __init__(self, config: MaisiDenoiserConfig) -> None:
        super().__init__()
        self.config = config
        takes_regions = config.body_region is not None
        self.unet: nn.Module = DiffusionModelUNetMaisi(
            num_channels=config.channels,
            include_top_region_index_input=takes_regions,
            include_bottom_region_index_input=takes_regions,
            include_spacing_input=config.takes_spacing,
            num_class_embeds=config.modalities or None,
            **_common(config),
        )

    def forward(self, x_t: Tensor, t: Tensor, condition: Condition) -> Tensor:
        """As that of :class:`MonaiDenoiser`."""
        told: dict[str, Tensor] = {}
        if self.config.takes_spacing:
            told["spacing_tensor"] = _HUNDREDTHS * condition.spacing.exp().to(x_t)
        if self.config.body_region is not None:
            top, bottom = (_one_hot(region, x_t) for region in self.config.body_region)
            told |= {"top_region_index_tensor": top, "bottom_region_index_tensor": bottom}
        if self.config.modalities:
            told["class_labels"] = torch.full((len(x_t),), self.config.modality, device=x_t.device)
        return _directed(self.unet(x_t, timesteps=_step(self.config, t), **told), self.config)


def _common(config: MonaiDenoiserConfig) -> dict[str, Any]:
    """The arguments that both of MONAI's classes call alike."""
    return {
        "spatial_dims": config.spatial_dims,
        "in_channels": config.latent_channels,
        "out_channels": config.latent_channels,
        "attention_levels": config.attention_levels,
        "num_res_blocks": config.num_res_blocks,
        "norm_num_groups": config.norm_num_groups,
        "norm_eps": config.norm_eps,
        "num_head_channels": config.num_head_channels,
        "resblock_updown": config.resblock_updown,
        "include_fc": config.include_fc,
        "use_combined_linear": config.use_combined_linear,
    }


def _step(config: MonaiDenoiserConfig, t: Tensor) -> Tensor:
    return (t * config.timesteps + config.first_step).clamp(min=0)


def _directed(out: Tensor, config: MonaiDenoiserConfig) -> Tensor:
    return -out if config.points_to_image else out


def _one_hot(region: BodyRegion, like: Tensor) -> Tensor:
    """``(B, 4)`` for a batch as large as ``like``."""
    row = [_HUNDREDTHS if region == name else 0.0 for name in REGIONS]
    return like.new_tensor(row).expand(len(like), -1)
