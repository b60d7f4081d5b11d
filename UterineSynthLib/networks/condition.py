"""What a denoiser is told beside ``x_t``: a batch of conditions, each of which may be absent."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Self

import torch
from torch import Tensor

from UterineSynthLib.networks.tone import PLAIN_SD, TONE_SD

KINDS = ("classes", "attributes", "text", "spacing", "mask")
"""The droppable conditions."""


@dataclass(frozen=True)
class Condition:
    """Conditions of a batch of B samples.

    Attributes:
        classes: ``(B, 2 * CLASS_COUNT)``, values then known flags; attributes: ``(B, 2 * ATTRIBUTE_COUNT)`` alike.
        text: token ids ``(B, L)`` (0 is padding), or features ``(B, L, W)`` of an external encoder.
        spacing: ``(B, 3)`` logarithm of the voxel spacing in mm (slice, row, column).
        mask: label map ``(B, D, H, W)`` uint8 on the volume's grid.
        slice_position: ``(B, D)`` distance of each volume slice from the middle of the stack, in units of 100 mm;
            never absent.
        tone: ``(B, C, d, h, w)`` final latents of the mask in tones; absent and present with the mask. Without
            channels for a model that is not shown them.
        tone_sd: how far, alike, the clean latents may lie from the tone, where a sketch tells; else without channels.
        present: for each kind ``(B,)``, 1 where given and 0 where absent.
    """

    classes: Tensor
    attributes: Tensor
    text: Tensor
    spacing: Tensor
    mask: Tensor
    slice_position: Tensor
    present: Mapping[str, Tensor]
    tone: Tensor = field(default_factory=lambda: torch.zeros(1, 0, 1, 1, 1))
    tone_sd: Tensor = field(default_factory=lambda: torch.zeros(1, 0, 1, 1, 1))

    @classmethod
    def stacked(cls, conditions: Sequence[Condition]) -> Condition:
        """One batch of the samples of several conditions, in order."""
        return cls.of_parts([torch.cat(parts) for parts in zip(*(one.parts for one in conditions), strict=True)])

    def joined(self, other: Condition) -> Condition:
        """This condition's samples followed by the other's."""
        return Condition.stacked([self, other])

    def without(self, *kinds: str) -> Self:
        """The same condition with some kinds absent for every sample."""
        present = {kind: torch.zeros_like(flag) if kind in kinds else flag for kind, flag in self.present.items()}
        return dataclasses.replace(self, present=present)

    def dropped(self, probability: Mapping[str, float], generator: torch.Generator) -> Self:
        """The same condition with kinds made absent at random, sample by sample; for training."""
        present = {}
        for kind, flag in self.present.items():
            draw = torch.rand(flag.shape, generator=generator).to(flag.device)
            present[kind] = flag * (draw >= probability.get(kind, 0.0))
        return dataclasses.replace(self, present=present)

    def guess(self, like: Tensor) -> tuple[Tensor, Tensor] | None:
        """Clean latents as a Gaussian, mean and variance both shaped as ``like``; None without a tone.

        The mean is the tone where a mask is given and zero elsewhere.
        """
        if self.tone.shape[1] == 0:
            return None
        given = self.present["mask"].to(like).reshape(-1, *([1] * (like.ndim - 1)))
        tone = self.tone.reshape(like.shape).to(like.dtype)
        sd = (
            self.tone_sd.reshape(like.shape).to(like.dtype) if self.tone_sd.shape[1] else torch.full_like(tone, TONE_SD)
        )
        return tone * given, given * sd**2 + (1 - given) * PLAIN_SD**2

    def to(self, device: torch.device | str) -> Self:
        """The same condition on another device; nobody waits for what is on its way to a GPU."""
        is_on_its_way = torch.device(device).type == "cuda"
        return self.of_parts([part.to(device, non_blocking=is_on_its_way) for part in self.parts])

    @property
    def parts(self) -> tuple[Tensor, ...]:
        """All tensors, in an order of which :meth:`of_parts` makes the condition again."""
        return (*(getattr(self, name) for name in _tensor_names()), *(self.present[kind] for kind in KINDS))

    @classmethod
    def of_parts(cls, parts: Sequence[Tensor]) -> Self:
        """The condition that has these :attr:`parts`."""
        names = _tensor_names()
        tensors = dict(zip(names, parts, strict=False))
        return cls(**tensors, present=dict(zip(KINDS, parts[len(names) :], strict=True)))


@cache
def _tensor_names() -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(Condition) if f.name != "present")
