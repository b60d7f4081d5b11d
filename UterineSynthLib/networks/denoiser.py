"""MONAI's diffusion U-Net with all our conditions: the network of every family."""

from __future__ import annotations

from typing import Any

import torch
from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet
from torch import Tensor, nn

from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.config import DenoiserConfig
from UterineSynthLib.networks.embedding import ConditionEmbedding, MaskEncoder
from UterineSynthLib.networks.factorised import FactorisedUNet
from UterineSynthLib.networks.sketch import Sketcher
from UterineSynthLib.networks.spade import MaskLayout, spade_unet

_PLACE_CHANNELS = 3
_TIME_SCALE = 1000.0
"""MONAI's time embedding is made for whole steps up to 1000."""


class ConditionedUNet(nn.Module):
    """Predicts something about latents ``(B, C, D, H, W)``, or ``(B, C, H, W)`` for a 2D model.

    The mask's features and the place of each latent are concatenated to ``x_t``, or the mask steers the normalisation
    (:mod:`UterineSynthLib.networks.spade`); classes, attributes, spacing and the mean of the text are added to the time
    embedding; the same, word by word, is attended to.
    """

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        conditions = config.conditions
        self.embedding = ConditionEmbedding(conditions)
        self.mask_encoder = _mask_encoder(config) if conditions.mask and config.mask_as == "concatenate" else None
        self.mask_layout = (
            MaskLayout(conditions.label_values) if conditions.mask and config.mask_as == "spade" else None
        )
        self.unet = _unet(config)
        # Trained before, by itself: it makes the tone of a condition, once, and takes no part in a step.
        self.sketcher = None if config.sketch is None else Sketcher(config.sketch, config).requires_grad_(False)
        # MONAI looks a class up in a table here; ours is a whole vector of conditions.
        described = self.unet.plane if isinstance(self.unet, FactorisedUNet) else self.unet
        described.class_embedding = nn.Linear(conditions.width, 4 * config.channels[0])

    def forward(self, x_t: Tensor, t: Tensor, condition: Condition) -> Tensor:
        """The prediction, shaped as ``x_t``, at times ``t`` ``(B,)`` in [0, 1]."""
        vector, tokens = self.embedding(condition)
        grid = x_t[:, :, None] if self.config.spatial_dims == 2 else x_t
        joined = torch.cat([grid, *(e.to(grid.dtype) for e in self._beside(grid, condition))], dim=1)
        # A 2D U-Net takes slices; a factorised one takes a slice for a stack of one.
        takes_slices = self.config.spatial_dims == 2 and self.config.convolutions == "full"
        steering = {}
        if self.mask_layout is not None:
            layout = self.mask_layout(condition.mask, condition.present["mask"]).to(grid.dtype)
            steering["seg"] = layout[:, :, 0] if takes_slices else layout
        out: Tensor = self.unet(
            joined[:, :, 0] if takes_slices else joined,
            timesteps=t * _TIME_SCALE,
            context=tokens,
            class_labels=vector,
            **steering,
        )
        return out.reshape(x_t.shape).to(x_t.dtype)

    def silence(self) -> None:
        """Set the last convolution to zero: nothing is added to what the condition lets one guess."""
        plane = self.unet.plane if isinstance(self.unet, FactorisedUNet) else self.unet
        last: nn.Module = plane.out[-1]  # type: ignore[index, assignment] # MONAI calls it a module, it is a list of them
        for parameter in last.parameters():
            nn.init.zeros_(parameter)

    def _beside(self, grid: Tensor, condition: Condition) -> list[Tensor]:
        """What stands beside the latents: their place, the mask's features, its tone."""
        extra = [_where(grid, condition.slice_position)] if self.config.conditions.place else []
        if self.mask_encoder is not None:
            extra.append(self.mask_encoder(condition.mask, condition.present["mask"]))
        if self.config.conditions.tone:
            extra.append(condition.tone * condition.present["mask"].reshape(-1, 1, 1, 1, 1))
        return extra


def _mask_encoder(config: DenoiserConfig) -> MaskEncoder:
    conditions = config.conditions
    return MaskEncoder(conditions.label_values, conditions.mask_channels, config.mask_reduction, config.slice_reduction)


def _unet(config: DenoiserConfig) -> nn.Module:
    conditions = config.conditions
    spatially_adaptive = conditions.mask and config.mask_as == "spade"
    shown_mask = conditions.mask_channels if conditions.mask and not spatially_adaptive else 0
    place = _PLACE_CHANNELS if conditions.place else 0
    layout: dict[str, Any] = {
        "in_channels": config.latent_channels * (2 if conditions.tone else 1) + shown_mask + place,
        "out_channels": config.latent_channels,
        "channels": config.channels,
        "attention_levels": config.attention,
        "num_res_blocks": config.res_blocks,
        "norm_num_groups": config.norm_groups,
        "num_head_channels": config.head_channels,
        "with_conditioning": True,
        "cross_attention_dim": conditions.width,
        "num_class_embeds": 1,
        "use_flash_attention": True,
    }
    if spatially_adaptive:
        return spade_unet(config.spatial_dims, conditions.label_values, **layout)
    if config.convolutions == "factorised":
        return FactorisedUNet(**layout)
    unet: nn.Module = DiffusionModelUNet(spatial_dims=config.spatial_dims, **layout)
    return unet


def _where(grid: Tensor, slice_position: Tensor) -> Tensor:
    """Place of each latent ``(B, 3, D, H, W)``: slice position, and row and column from -1 to 1."""
    batch, _, slices, rows, columns = grid.shape
    depth = slice_position.reshape(batch, slices, -1).mean(-1)
    z = depth[:, :, None, None].expand(batch, slices, rows, columns)
    y = torch.linspace(-1, 1, rows, device=grid.device)[None, None, :, None].expand_as(z)
    x = torch.linspace(-1, 1, columns, device=grid.device)[None, None, None, :].expand_as(z)
    return torch.stack([z.to(grid), y.to(grid), x.to(grid)], dim=1)
