"""Weights of a network that is to know more labels than it did: parts begin as what they lie within."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import ConditionConfig
from UterineSynthLib.volumes.structures import STRUCTURES, Structure

_TABLES = ("embed.weight", "sketcher.embed.weight", "mask_encoder.embed.weight")
"""One row a label: of a sketch, of the sketch in a denoiser, of a denoiser's mask."""


def with_label_rows(weights: Mapping[str, Tensor], was: ConditionConfig, now: ConditionConfig) -> dict[str, Tensor]:
    """``weights`` that know the labels of ``was`` with rows for those of ``now``; as they are where both know as many.

    Raises:
        ConfigError: a new label is no part of a structure that the network knows, or it knows more labels.
    """
    grown = dict(weights)
    if now.mask_labels == was.mask_labels:
        return grown
    if now.mask_labels < was.mask_labels:
        raise ConfigError(
            f"start_from: it was trained with model.conditions.mask_labels = {was.mask_labels}, here it is "
            f"{now.mask_labels}; set it to {was.mask_labels}"
        )
    parents = torch.tensor([_parent(label, was.mask_labels) for label in range(was.mask_labels, now.mask_labels)])
    for name in _TABLES:
        if name in weights:
            known, further = weights[name][: was.mask_labels], weights[name][was.mask_labels :]
            grown[name] = torch.cat([known, known[parents], further])
    return grown


def _parent(label: int, known: int) -> int:
    within = STRUCTURES[Structure(label)].within if label < len(STRUCTURES) else None
    if within is None or within >= known:
        raise ConfigError(
            f"start_from: it was trained with model.conditions.mask_labels = {known}, and label {label} is no part of "
            f"a structure that it knows; set model.conditions.mask_labels to {known}"
        )
    return int(within)
