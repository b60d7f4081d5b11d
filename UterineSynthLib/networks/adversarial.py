"""What every critic is trained by: the hinge loss (Lim & Ye, arXiv 1705.02894), and a look that teaches it nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call


def hinge_of(real: Tensor, made: Tensor) -> Tensor:
    """A critic's loss for its logits of what is real, least above 1, and of what was made, least below -1."""
    return torch.relu(1 - real).mean() + torch.relu(1 + made).mean()


def seen_by(critic: nn.Module, *shown: Any) -> list[Tensor]:
    """What a critic says; the gradient reaches what it is shown, and not the critic."""
    frozen = {name: weight.detach() for name, weight in critic.named_parameters()}
    said: list[Tensor] = functional_call(critic, frozen, shown)
    return said
