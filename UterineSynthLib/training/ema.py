"""The running mean of the weights: what is published."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of a module's floating-point state, started at its first values.

    The decay is warmed up as ``min(decay, (1 + n) / (10 + n))`` so that the average forgets the start of training.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.weights = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards the module's present weights."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        means, values = [], []
        for name, value in module.state_dict().items():
            mean = self.weights[name]
            if mean.is_floating_point():
                means.append(mean)
                values.append(value.detach())
            else:
                mean.copy_(value)
        # All at once: on a GPU hundreds of small operations take longer than a small network's step.
        torch._foreach_lerp_(means, values, 1.0 - decay)

    def load(self, weights: dict[str, Tensor], updates: int) -> None:
        """Go on from a saved average."""
        self.weights = {name: value.to(self.weights[name].device) for name, value in weights.items()}
        self.updates = updates
