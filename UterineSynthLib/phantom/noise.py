"""Thermal noise: white in the acquired k-space, hence Rician in the magnitude image."""

from __future__ import annotations

import numpy as np
import scipy.fft

from UterineSynthLib.phantom.shape import Field


def channel_noise(
    shape: tuple[int, int, int], window: tuple[Field, Field], sigma: float, rng: np.random.Generator
) -> Field:
    """Gaussian noise ``[D, H, W]`` of one channel with standard deviation ``sigma``, limited to the k-space window.

    Args:
        shape: of the stack.
        window: weights of k-space rows and columns (see :func:`UterineSynthLib.phantom.kspace.sampling_window`).
        sigma: standard deviation in the image.
        rng: source of the noise.
    """
    slices, height, width = shape
    rows, columns = window
    spectrum = rng.standard_normal((slices, height, 2 * len(columns)), dtype=np.float32).view(np.complex64)
    spectrum *= rows[:, None] * columns
    single = [0] if width % 2 else [0, -1]  # these columns are their own mirror: only half of their power is kept
    spectrum[..., single] *= np.float32(np.sqrt(2))
    noise = scipy.fft.irfft2(spectrum, s=(height, width), axes=(1, 2), workers=1, overwrite_x=True)
    twice = np.full(len(columns), 2.0)
    twice[single] = 1.0
    power = float(np.square(rows).sum() * (np.square(columns) * twice).sum())
    return np.asarray(noise * np.float32(sigma * height * width / np.sqrt(2 * power)), dtype=np.float32)


def magnitude(signal: Field, real_noise: Field, imaginary_noise: Field) -> Field:
    """Magnitude of a signal with noise in both channels; its phase does not matter, the noise has none."""
    return np.asarray(np.hypot(signal + real_noise, imaginary_noise), dtype=np.float32)
