"""What an image may differ in from a phantom's and still show the same anatomy.

Contrast, shading, blur, noise and grain, and the grey that a structure has beside the others: a reader is not put off
by them (Billot et al. 2023, arXiv 2107.09559, go much further and paint label maps in any grey).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_GAMMA_SD, _CONTRAST, _SHIFT = 0.25, 0.2, 0.12
_SHADING_SD, _SHADING_KNOTS = 0.12, 4
_BLUR_SHARE, _BLUR_PIXELS = 0.4, (0.3, 1.2)
_NOISE_SHARE, _NOISE_SD = 0.6, 0.08
_GRAIN_SHARE, _GRAIN_SD, _GRAIN_PIXELS = 0.4, 0.08, (0.6, 2.5)
_TINT_SHARE, _TINT_SD, _LABELS = 0.5, 0.06, 256


def disturbed(windows: Tensor, labels: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Windows ``(N, C, H, W)`` in [-1, 1], each changed in its own way; 0 changes nothing.

    In a part of the windows, each structure of their ``labels`` (shaped alike) a shade lighter or darker; a power of
    the signal (gamma), its gain and offset, a smooth shading; in parts of the windows, a Gaussian blur of up to 1.2
    pixels, Gaussian noise of up to 4 % of the range, and as much of a coarser grain.
    """
    if strength == 0:
        return windows
    count = len(windows)

    def drawn(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)

    signal = (windows.clamp(-1, 1) + 1) / 2
    is_tinted = (torch.rand(count, generator=generator) < _TINT_SHARE).float()
    tints = strength * _TINT_SD * torch.randn(count, _LABELS, generator=generator) * is_tinted[:, None]
    signal = signal + torch.stack([tint[one.long()] for tint, one in zip(tints, labels, strict=True)])
    gamma = torch.exp(strength * _GAMMA_SD * torch.randn(count, 1, 1, 1, generator=generator))
    signal = signal.clamp(min=1e-4) ** gamma * (1 + strength * drawn(-_CONTRAST, _CONTRAST))
    signal = signal * _shading(windows.shape, generator, strength) + strength * drawn(-_SHIFT, _SHIFT)
    blurs = torch.rand(count, generator=generator) < _BLUR_SHARE
    for number in torch.nonzero(blurs).flatten().tolist():
        sigma = strength * float(torch.empty(1).uniform_(*_BLUR_PIXELS, generator=generator))
        signal[number] = _blurred(signal[number], sigma)
    has_noise = torch.rand(count, 1, 1, 1, generator=generator) < _NOISE_SHARE
    noise = torch.randn(windows.shape, generator=generator) * drawn(0.0, _NOISE_SD / 2)
    signal = signal + strength * has_noise * noise
    for number in torch.nonzero(torch.rand(count, generator=generator) < _GRAIN_SHARE).flatten().tolist():
        signal[number] += strength * _grain(signal[number].shape, generator)
    return signal.clamp(0, 1) * 2 - 1


def _grain(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Noise ``(C, H, W)`` that hangs together over some pixels, of a deviation up to that of noise."""
    sigma = float(torch.empty(1).uniform_(*_GRAIN_PIXELS, generator=generator))
    grain = _blurred(torch.randn(shape, generator=generator), sigma)
    return grain / grain.std() * float(torch.rand(1, generator=generator)) * _GRAIN_SD / 2


def _shading(shape: torch.Size, generator: torch.Generator, strength: float) -> Tensor:
    knots = torch.randn(shape[0], 1, _SHADING_KNOTS, _SHADING_KNOTS, generator=generator)
    field = functional.interpolate(knots, size=shape[-2:], mode="bicubic", align_corners=True)
    return torch.exp(strength * _SHADING_SD * field)


def _blurred(picture: Tensor, sigma: float) -> Tensor:
    """A picture ``(C, H, W)`` under a Gaussian of ``sigma`` pixels."""
    reach = max(1, math.ceil(3 * sigma))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    taps = taps / taps.sum()
    padded = functional.pad(picture[:, None], (reach, reach, reach, reach), mode="replicate")
    across = functional.conv2d(padded, taps.reshape(1, 1, 1, -1))
    return functional.conv2d(across, taps.reshape(1, 1, -1, 1))[:, 0]
