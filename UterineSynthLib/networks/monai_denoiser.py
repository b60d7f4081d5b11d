"""MONAI's diffusion U-Net as it is, to run what others trained."""

from __future__ import annotations

from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet
from torch import Tensor, nn

from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.generators import MonaiDenoiserConfig


class MonaiDenoiser(nn.Module):
    """Predicts something about latents ``(B, C, D, H, W)``, or ``(B, C, H, W)`` for a 2D model."""

    def __init__(self, config: MonaiDenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.unet = DiffusionModelUNet(
            spatial_dims=config.spatial_dims,
            in_channels=config.latent_channels,
            out_channels=config.latent_channels,
            channels=config.channels,
            attention_levels=config.attention_levels,
            num_res_blocks=config.num_res_blocks,
            norm_num_groups=config.norm_num_groups,
            norm_eps=config.norm_eps,
            num_head_channels=config.num_head_channels,
            resblock_updown=config.resblock_updown,
            include_fc=config.include_fc,
            use_combined_linear=config.use_combined_linear,
        )

    def forward(self, x_t: Tensor, t: Tensor, condition: Condition) -> Tensor:  # noqa: ARG002 (as every generator)
        """The network's output at times ``t`` ``(B,)`` in [0, 1], shaped as ``x_t``."""
        step = (t * self.config.timesteps + self.config.first_step).clamp(min=0)
        out: Tensor = self.unet(x_t, timesteps=step)
        return -out if self.config.points_to_image else out
