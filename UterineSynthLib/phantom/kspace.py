"""The finite, decaying k-space of a turbo-spin-echo scan, and motion during it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

from UterineSynthLib.phantom.protocol import Protocol
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.volumes.geometry import Geometry

_TYPICAL_T2_MS = 110.0
_WALL_Y_MM, _WALL_Z_MM = -75.0, 0.0
_BORDER_MM = 18.0


def sampling_window(shape: tuple[int, int], protocol: Protocol) -> tuple[Field, Field]:
    """Weights of the k-space rows ``[H]`` and columns ``[W // 2 + 1]`` in the order of ``scipy.fft.rfft2``.

    Zero outside the acquired matrix, tapered by a raised cosine towards its edge, and along the phase direction damped
    by the T2 decay during the echo train.
    """
    fractions = [protocol.frequency_fraction, protocol.frequency_fraction]
    fractions[protocol.phase_axis] = protocol.phase_fraction
    frequencies = (np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1]))
    windows = []
    for axis, (frequency, fraction) in enumerate(zip(frequencies, fractions, strict=True)):
        relative = 2 * np.abs(frequency) / fraction
        window = _tapered(relative, protocol.window_taper)
        if axis == protocol.phase_axis:
            window = window * _train_decay(relative, protocol)
        windows.append(window.astype(np.float32))
    return windows[0], windows[1]


def image_through(image: Field, window: tuple[Field, Field]) -> Field:
    """Slices ``[D, H, W]`` as seen through a k-space window: zero-filled, with its ringing and blur."""
    rows, columns = window
    spectrum = scipy.fft.rfft2(image, axes=(1, 2), workers=1)
    spectrum *= rows[:, None] * columns
    return np.asarray(
        scipy.fft.irfft2(spectrum, s=image.shape[1:], axes=(1, 2), workers=1, overwrite_x=True), dtype=np.float32
    )


def respiratory_ghosts(image: Field, geometry: Geometry, protocol: Protocol, rng: np.random.Generator) -> Field:
    """Faint replicas of the edges of the moving abdominal wall, shifted along the phase direction; ``[D, H, W]``.

    A wall that moves to and fro by ``ghosting`` mm during the scan modulates k-space with the breathing rhythm. To
    first order each replica is the derivative of the wall along its motion (front to back) times the amplitude.
    """
    wall = image * _wall_weight(geometry)
    towards_back = np.array(geometry.direction).reshape(3, 3)[1] / np.array(geometry.spacing_mm)
    axis = 2 if abs(towards_back[0]) >= abs(towards_back[1]) else 1
    edges = np.zeros_like(wall)
    edges[(slice(None),) * axis + (slice(1, None),)] = np.diff(wall, axis=axis)
    edges *= np.float32(0.15 * protocol.ghosting * np.abs(towards_back).max())
    along = 1 + protocol.phase_axis
    period = max(1, int(image.shape[along] * rng.uniform(0.045, 0.11)))
    ghosts = np.zeros_like(image)
    for order in (1, 2):
        for sign in rng.choice((-1.0, 1.0), 2):
            _add_shifted(ghosts, edges * np.float32(sign / order**2), order * period, along)
            ghosts, edges = np.flip(ghosts, along), np.flip(edges, along)
    return ghosts


def _add_shifted(target: Field, source: Field, by: int, axis: int) -> None:
    """Add the source, moved by a number of voxels along an axis; what leaves the field of view is gone."""
    before = (slice(None),) * axis
    target[(*before, slice(by, None))] += source[(*before, slice(None, -by))]


def _wall_weight(geometry: Geometry) -> Field:
    """One in the front of the upper body, zero elsewhere, with soft borders; ``[D, H, W]``."""
    matrix = geometry.index_to_lps
    slices, rows, columns = (np.arange(count, dtype=np.float32) for count in geometry.shape)
    parts: list[npt.NDArray[np.float64]] = []
    for row in (1, 2):
        parts.append(
            matrix[row, 3]
            + matrix[row, 2] * slices[:, None, None]
            + matrix[row, 1] * rows[:, None]
            + matrix[row, 0] * columns
        )
    front = np.clip((_WALL_Y_MM - parts[0]) / _BORDER_MM, 0, 1)
    above = np.clip((parts[1] - _WALL_Z_MM) / _BORDER_MM + 0.4, 0, 1)
    return np.asarray(front * above, dtype=np.float32)


def _tapered(relative: npt.NDArray[np.float64], taper: float) -> npt.NDArray[np.float64]:
    """One up to ``1 - taper`` of the acquired half, a raised cosine to zero at its edge, zero beyond."""
    if taper == 0:
        return (relative <= 1).astype(np.float64)
    phase = np.clip((relative - (1 - taper)) / taper, 0, 1)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * phase), dtype=np.float64)


def _train_decay(relative: npt.NDArray[np.float64], protocol: Protocol) -> npt.NDArray[np.float64]:
    """Decay between the echo at the centre of k-space and those at its edge.

    With linear ordering one half of k-space is read before and the other after the effective echo, so that decay on one
    side meets gain on the other; a quarter of the train is taken as what remains.
    """
    remaining_ms = protocol.echo_train_length * protocol.echo_spacing_ms / 4
    return np.exp(-np.minimum(relative, 1) * remaining_ms / _TYPICAL_T2_MS)
