"""One random stream a sample: a seed gives the same latents in any batch, in any order, on any device."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def stream_seed(seed: int, index: int, purpose: str = "noise") -> int:
    """A 63-bit seed for one purpose of one sample of a run; streams of different samples are unrelated."""
    word = f"{seed}/{index}/{purpose}".encode()
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "big") >> 1


def noise_for(seed: int, index: int, shape: Sequence[int], purpose: str = "noise") -> Tensor:
    """Standard normal noise of one sample, ``shape`` without a batch axis; drawn on the CPU whatever the device."""
    import torch

    generator = torch.Generator(device="cpu").manual_seed(stream_seed(seed, index, purpose))
    return torch.randn(tuple(shape), generator=generator)


def step_noise_for(seed: int, indices: Sequence[int], shape: Sequence[int]) -> Callable[[int], Tensor]:
    """Fresh noise ``(B, *shape)`` for each step of a sampler that adds noise, one stream a sample and step."""
    import torch

    return lambda step: torch.stack([noise_for(seed, index, shape, f"step {step}") for index in indices])
