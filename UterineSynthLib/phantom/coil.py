"""Sensitivity of a surface array: brighter near the front and the back of the body, uneven from side to side."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.phantom.noise_field import smooth_noise
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.volumes.geometry import Geometry

_FRONT_Y_MM, _BACK_Y_MM = -135.0, 150.0
_REACH_MM = 95.0
_UNEVENNESS = 0.10


def coil_sensitivity(geometry: Geometry, rng: np.random.Generator) -> Field:
    """Sensitivity ``[D, H, W]`` with mean 1: two rows of coils, each with a fall-off, and slow unevenness."""
    matrix = geometry.index_to_lps
    slices, rows, columns = (np.arange(count) for count in geometry.shape)
    y = (
        matrix[1, 3] + matrix[1, 2] * slices[:, None, None] + matrix[1, 1] * rows[:, None] + matrix[1, 0] * columns
    ).astype(np.float32)
    front, back = rng.uniform(0.8, 1.2, 2).astype(np.float32)
    profile = front * _fall_off(y - np.float32(_FRONT_Y_MM)) + back * _fall_off(np.float32(_BACK_Y_MM) - y)
    profile *= 1 + np.float32(_UNEVENNESS) * np.tanh(smooth_noise(geometry, (120.0, 90.0, 90.0), rng))
    return np.asarray(profile / profile.mean(), dtype=np.float32)


def _fall_off(depth_mm: Field) -> Field:
    """Loop of ``_REACH_MM`` radius on its axis: (1 + (depth / reach)^2)^(-3/2)."""
    return np.asarray((1 + np.square(depth_mm / np.float32(_REACH_MM))) ** np.float32(-1.5), dtype=np.float32)
