"""The mask through spatially adaptive normalisation (SPADE; Park et al. 2019, arXiv 1903.07291).

MONAI's SPADE U-Net normalises on the way up and scales the result place by place, by what stands in the mask there. Its
scales and offsets start at zero here, so that training sets out from the plain U-Net: otherwise the mask's noise drowns
the image.
"""

from __future__ import annotations

from typing import Any

import torch
from monai.networks.blocks.spade_norm import SPADE
from monai.networks.nets.spade_diffusion_model_unet import SPADEDiffusionModelUNet
from torch import Tensor, nn

_HIDDEN_CHANNELS = 64


def spade_unet(spatial_dims: int, label_values: int, **layout: Any) -> nn.Module:
    """MONAI's SPADE U-Net for masks of ``label_values`` channels; ``layout`` as of its plain U-Net."""
    unet: nn.Module = SPADEDiffusionModelUNet(
        spatial_dims=spatial_dims, label_nc=label_values, spade_intermediate_channels=_HIDDEN_CHANNELS, **layout
    )
    for module in unet.modules():
        if isinstance(module, SPADE):
            module.mlp_gamma = _zero_convolution(spatial_dims, module.mlp_gamma)
            module.mlp_beta = _zero_convolution(spatial_dims, module.mlp_beta)
    return unet


class MaskLayout(nn.Module):
    """Label map ``(B, D, H, W)`` -> one channel a label ``(B, labels, D, H, W)``, all zero where no mask is given."""

    def __init__(self, label_values: int) -> None:
        super().__init__()
        self.label_values = label_values

    def forward(self, mask: Tensor, present: Tensor) -> Tensor:
        """Spread the labels; ``present`` ``(B,)`` is 0 where a sample has none."""
        labels = torch.arange(self.label_values, device=mask.device).reshape(1, -1, 1, 1, 1)
        return (mask[:, None] == labels) * present.reshape(-1, 1, 1, 1, 1)


def _zero_convolution(spatial_dims: int, replaced: nn.Module) -> nn.Module:
    """A plain convolution of the same channels, at zero; MONAI's normalises what it makes, and with it its level."""
    like = next(part for part in replaced.modules() if isinstance(part, (nn.Conv2d, nn.Conv3d)))
    kind = nn.Conv2d if spatial_dims == 2 else nn.Conv3d
    convolution = kind(like.in_channels, like.out_channels, 3, padding=1)
    nn.init.zeros_(convolution.weight)
    assert convolution.bias is not None
    nn.init.zeros_(convolution.bias)
    return convolution
