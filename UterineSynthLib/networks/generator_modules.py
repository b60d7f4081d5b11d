"""From the configuration of a generator to its module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from UterineSynthLib.networks.config import DenoiserConfig
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.generators import GeneratorConfig, MaisiDenoiserConfig, MonaiDenoiserConfig, PriorConfig
from UterineSynthLib.networks.monai_denoiser import MaisiDenoiser, MonaiDenoiser
from UterineSynthLib.networks.prior import PriorNetwork

_MODULES: Mapping[type, Callable[[Any], nn.Module]] = {
    DenoiserConfig: ConditionedUNet,
    MonaiDenoiserConfig: MonaiDenoiser,
    MaisiDenoiserConfig: MaisiDenoiser,
    PriorConfig: PriorNetwork,
}


def generator_of(config: GeneratorConfig) -> nn.Module:
    """The module of a configuration; its weights, where it has any, are drawn anew."""
    return _MODULES[type(config)](config)
