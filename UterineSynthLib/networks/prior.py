"""The prior of an autoencoder as a network: a velocity of zero."""

from __future__ import annotations

from torch import Tensor, nn

from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.generators import PriorConfig


class PriorNetwork(nn.Module):
    """Velocity of the straight flow between two standard normals; see :class:`PriorConfig`."""

    def __init__(self, config: PriorConfig) -> None:
        super().__init__()
        self.config = config

    def forward(self, x_t: Tensor, t: Tensor, condition: Condition) -> Tensor:  # noqa: ARG002 (as every generator)
        """Zero, shaped as ``x_t``."""
        return x_t.new_zeros(x_t.shape)
