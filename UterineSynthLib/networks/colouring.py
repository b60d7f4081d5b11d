"""Colouring of noise: the torch side of :mod:`UterineSynthLib.networks.noise_colour`."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from UterineSynthLib.networks.gaussian import Values
from UterineSynthLib.networks.noise_colour import AXES, NoiseColour


class Colouring:
    """White noise becomes noise of a colour; without one it stays as it is. What depends on the size is made once."""

    def __init__(self, colour: NoiseColour | None) -> None:
        self._colour = colour
        self._kept: dict[tuple[object, ...], tuple[Tensor, Tensor, Tensor]] = {}

    def __call__(self, white: Tensor) -> Tensor:
        """Noise ``(B, C, D, H, W)``, or ``(B, C, H, W)`` of single slices, out of standard normal noise shaped alike.

        Neighbours are correlated as on a ring: the first row with the last, too, so that no edge is quieter.
        """
        if self._colour is None:
            return white
        axes = tuple(range(2, white.ndim))
        gains, mixing, _ = self._for(white)
        # Not in half precision: it is cheap, and an autocast would make it coarse.
        with torch.autocast(white.device.type, enabled=False):
            frequencies = torch.fft.rfftn(white.float(), dim=axes)
            shaped = torch.fft.irfftn(frequencies * gains, s=white.shape[2:], dim=axes)
            return torch.einsum("ij,bj...->bi...", mixing, shaped).to(white.dtype)

    def components_of(self, latents: Tensor) -> Tensor:
        """Latents ``(B, C, ...)`` in the independent components of the colour's channels; as they are without one."""
        if self._colour is None:
            return latents
        with torch.autocast(latents.device.type, enabled=False):
            return torch.einsum("ij,bj...->bi...", self._for(latents)[2], latents.float())

    def _for(self, white: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The axes' gains multiplied, ``(C, ..., W // 2 + 1)``, the mixing and its inverse, on the noise's device."""
        assert self._colour is not None, "without a colour nothing is shaped"
        key = (tuple(white.shape[2:]), white.device)
        if key not in self._kept:
            mixing = np.array(self._colour.mixing)
            made = (_gains(self._colour, tuple(white.shape[2:])), mixing, np.linalg.inv(mixing))
            gains, mix, unmix = (torch.from_numpy(one.astype(np.float32)).to(white.device) for one in made)
            self._kept[key] = gains, mix, unmix
        return self._kept[key]


def _gains(colour: NoiseColour, sizes: tuple[int, ...]) -> Values:
    """Of every frequency of the last axes, half of them along the last one."""
    product = np.ones((colour.channels, *(1,) * len(sizes)))
    for number, size in enumerate(sizes):
        along = [1] * len(sizes)
        along[number] = size
        product = product * colour.gains(number + AXES - len(sizes), size).reshape(-1, *along)
    half: Values = product[..., : sizes[-1] // 2 + 1]
    return half
