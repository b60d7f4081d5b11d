"""Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598) around a conditional network.

For a given ``x_t`` every prediction is a linear function of the clean latents: what leads a prediction away from the
null condition leads the clean latents away by the same scale.

One convention everywhere: ``guidance_scale`` 1.0 is off (the conditional prediction alone), larger is stronger.
"""

from __future__ import annotations

from typing import Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor

OFF = 1.0


class BatchedCondition(Protocol):
    """A condition for a batch that can be stacked under another along the batch axis."""

    def joined(self, other: Self) -> Self:
        """This condition's samples followed by the other's."""
        ...


C = TypeVar("C", bound=BatchedCondition)
C_contra = TypeVar("C_contra", bound=BatchedCondition, contravariant=True)


class ConditionalNetwork(Protocol[C_contra]):
    """A network with a condition."""

    def __call__(self, x_t: Tensor, t: Tensor, condition: C_contra) -> Tensor:
        """The prediction, shaped as ``x_t``."""
        ...


class GuidedNetwork(Generic[C]):
    """A network that leads away from the null condition: ``out = null + scale (with_condition - null)``.

    Both predictions come from one forward pass over a doubled batch; with ``scale`` 1.0 the null half is not computed.
    """

    def __init__(self, network: ConditionalNetwork[C], condition: C, null: C, guidance_scale: float = OFF) -> None:
        self.network = network
        self.condition = condition
        self.guidance_scale = guidance_scale
        self.both = condition if guidance_scale == OFF else condition.joined(null)

    def __call__(self, x_t: Tensor, t: Tensor) -> Tensor:
        """Guided prediction, shaped as ``x_t``."""
        if self.guidance_scale == OFF:
            return self.network(x_t, t, self.condition)
        with_condition, without = self.network(torch.cat([x_t, x_t]), torch.cat([t, t]), self.both).chunk(2)
        return without + self.guidance_scale * (with_condition - without)
