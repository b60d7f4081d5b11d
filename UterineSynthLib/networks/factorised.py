"""A 2D diffusion U-Net that works on every slice of a stack and lets the slices talk to each other after each block.

Convolutions of (2+1) dimensions (Tran et al. 2018, arXiv 1711.11248) in the place of 3D ones: those of the plane see
thin pixels, and what passes between thick slices, 4-7 mm apart and acquired one by one, is a mixture of neighbours, at
the deepest level of all slices. It has half the weights of 3D convolutions, takes any number of slices, and a stack of
one slice is a 2D network with the same weights.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet, DiffusionUNetResnetBlock
from torch import Tensor, nn
from torch.nn.functional import pad, silu


class FactorisedUNet(nn.Module):
    """MONAI's ``DiffusionModelUNet`` of the plane over stacks ``(B, C, D, H, W)``; arguments as there.

    Untrained it treats every slice alone: what mixes slices starts from no effect at all.
    """

    def __init__(self, channels: tuple[int, ...], norm_num_groups: int, num_head_channels: int, **layout: Any) -> None:
        super().__init__()
        self.plane = DiffusionModelUNet(
            spatial_dims=2,
            channels=channels,
            norm_num_groups=norm_num_groups,
            num_head_channels=num_head_channels,
            **layout,
        )
        blocks = [*self.plane.down_blocks, *self.plane.up_blocks]
        self._mixtures = [
            _mix_after(block.resnets, n, norm_num_groups) for block in blocks for n in range(len(block.resnets))
        ]
        middle = self.plane.middle_block
        middle.resnet_2 = Mixed(middle.resnet_2, SliceAttention(channels[-1], norm_num_groups, num_head_channels))
        self._mixtures.append(middle.resnet_2)

    def forward(self, x: Tensor, timesteps: Tensor, context: Tensor, class_labels: Tensor) -> Tensor:
        """The prediction for a stack; ``timesteps`` ``(B,)``, ``context`` and ``class_labels`` as MONAI takes them."""
        batch, channels, slices, rows, columns = x.shape
        for mixture in self._mixtures:
            mixture.slices = slices
        flat = x.transpose(1, 2).reshape(batch * slices, channels, rows, columns)
        out: Tensor = self.plane(
            flat.contiguous(memory_format=torch.channels_last),
            timesteps=timesteps.repeat_interleave(slices),
            context=context.repeat_interleave(slices, dim=0),
            class_labels=class_labels.repeat_interleave(slices, dim=0),
        )
        return out.reshape(batch, slices, -1, rows, columns).transpose(1, 2)


class Mixed(nn.Module):
    """A residual block of the plane, and then a mixture of the slices of each stack.

    Attributes:
        slices: of the stacks that are passed through next.
    """

    def __init__(self, block: nn.Module, mixture: nn.Module) -> None:
        super().__init__()
        self.block, self.mixture = block, mixture
        self.slices = 1

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Slices ``(B * D, C, H, W)`` of stacks, in order."""
        hidden: Tensor = self.block(x, embedding)
        mixed: Tensor = hidden + self.mixture(hidden, self.slices)
        return mixed


class NeighbourMixture(nn.Module):
    """What the slices before and after add to each slice; there is nothing beyond the ends of a stack."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels, eps=1e-6)
        self.mix = _silent(nn.Conv2d(2 * channels, channels, 1))

    def forward(self, hidden: Tensor, slices: int) -> Tensor:
        """Slices ``(B * D, C, H, W)`` of stacks of ``slices``."""
        shown = silu(self.norm(hidden)).reshape(-1, slices, *hidden.shape[1:])
        before = pad(shown, (0, 0, 0, 0, 0, 0, 1, 0))[:, :-1]
        after = pad(shown, (0, 0, 0, 0, 0, 0, 0, 1))[:, 1:]
        added: Tensor = self.mix(torch.cat([before, after], dim=2).flatten(0, 1))
        return added


class SliceAttention(nn.Module):
    """What each place of a slice takes from the same place in all slices of its stack."""

    def __init__(self, channels: int, groups: int, head_channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels, eps=1e-6)
        self.attend = nn.MultiheadAttention(channels, channels // head_channels, batch_first=True)
        _silent(self.attend.out_proj)

    def forward(self, hidden: Tensor, slices: int) -> Tensor:
        """Slices ``(B * D, C, H, W)`` of stacks of ``slices``."""
        _, channels, rows, columns = hidden.shape
        stacks = self.norm(hidden).reshape(-1, slices, channels, rows * columns)
        columns_of_slices = stacks.permute(0, 3, 1, 2).reshape(-1, slices, channels)
        attended, _ = self.attend(columns_of_slices, columns_of_slices, columns_of_slices, need_weights=False)
        back: Tensor = attended.reshape(-1, rows * columns, slices, channels).permute(0, 2, 3, 1)
        return back.reshape(-1, channels, rows, columns)


def _mix_after(blocks: nn.ModuleList, number: int, groups: int) -> Mixed:
    block = blocks[number]
    assert isinstance(block, DiffusionUNetResnetBlock), "MONAI builds its levels of these"
    blocks[number] = mixed = Mixed(block, NeighbourMixture(block.out_channels, groups))
    return mixed


L = TypeVar("L", nn.Conv2d, nn.Linear)


def _silent(layer: L) -> L:
    """A layer that says nothing yet."""
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
