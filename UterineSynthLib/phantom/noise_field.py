"""Smooth random fields on the voxels of a stack: cubic B-splines over white noise on a lattice in millimetres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.volumes.geometry import Geometry


def smooth_noise(geometry: Geometry, lattice_mm: tuple[float, float, float], rng: np.random.Generator) -> Field:
    """Gaussian field ``[D, H, W]``, zero mean, unit variance, smooth over about two lattice steps.

    Args:
        geometry: grid of the stack.
        lattice_mm: step of the lattice along slices, rows and columns.
        rng: source of the noise.
    """
    weights = [
        _spline_weights(count, spacing, step)
        for count, spacing, step in zip(geometry.shape, geometry.spacing_mm[::-1], lattice_mm, strict=True)
    ]
    nodes = rng.standard_normal([weight.shape[1] for weight in weights], dtype=np.float32)
    return expand(nodes, weights)


def expand(nodes: Field, weights: list[Field]) -> Field:
    """Values at voxels ``[D, H, W]`` from those at nodes, by one weight matrix ``[voxels, nodes]`` per axis."""
    along, rows, columns = weights
    deep = np.tensordot(along, nodes, axes=(1, 0))
    return np.asarray(rows @ deep @ columns.T, dtype=np.float32)


def _spline_weights(count: int, spacing_mm: float, step_mm: float) -> Field:
    """Cubic B-spline weights, each row scaled to unit power so that the field keeps unit variance between nodes."""
    position = np.arange(count) * spacing_mm / step_mm
    nodes = np.arange(-1, int(np.ceil(position[-1])) + 2)
    distance = np.abs(position[:, None] - nodes[None])
    inner = 2 / 3 - distance**2 + distance**3 / 2
    weight = np.where(distance < 1, inner, np.maximum(2 - distance, 0) ** 3 / 6)
    scaled: npt.NDArray[np.float64] = weight / np.sqrt(np.square(weight).sum(axis=1, keepdims=True))
    return scaled.astype(np.float32)
