"""From layers of tissue to the magnitude image that a scanner would show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from UterineSynthLib.phantom.coil import coil_sensitivity
from UterineSynthLib.phantom.kspace import image_through, respiratory_ghosts, sampling_window
from UterineSynthLib.phantom.noise import channel_noise, magnitude
from UterineSynthLib.phantom.protocol import Protocol
from UterineSynthLib.phantom.shape import Field, Layer, SamplingGrid
from UterineSynthLib.phantom.signal import paint_signal, turbo_spin_echo_signal
from UterineSynthLib.phantom.slice_profile import sub_slice_offsets
from UterineSynthLib.phantom.texture import study_noise
from UterineSynthLib.phantom.tissue import TissueValues
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.geometry import Geometry

_REFERENCE = Tissue.OUTER_MYOMETRIUM


def sampling_grid(geometry: Geometry, slice_thickness_mm: float, depths: int = 3) -> SamplingGrid:
    """The grid on which a stack of that slice thickness is rasterised before it is acquired."""
    return SamplingGrid(geometry, sub_slice_offsets(slice_thickness_mm, depths))


def acquire(
    layers: Iterable[Layer],
    grid: SamplingGrid,
    tissues: Mapping[Tissue, TissueValues],
    protocol: Protocol,
    seed: int,
) -> Field:
    """Magnitude image ``[D, H, W]`` in scanner units (about 0 to 1500).

    Args:
        layers: in painting order, on ``grid``.
        grid: the stack and the depths within each slice.
        tissues: values of every tissue in the layers (see :func:`UterineSynthLib.phantom.tissue.tissue_table`).
        protocol: the sequence.
        seed: of textures, coil, motion and noise; the same seed gives the same voxels.
    """
    _, coil_rng, motion_rng, noise_rng = np.random.default_rng(seed).spawn(4)  # The first is that of the textures.
    signal = paint_signal(layers, grid, tissues, protocol, study_noise(grid.geometry, seed))
    if protocol.ghosting > 0:
        signal += respiratory_ghosts(signal, grid.geometry, protocol, motion_rng)
    sensitivity = coil_sensitivity(grid.geometry, coil_rng)
    image = _received(signal, sensitivity, tissues, protocol, noise_rng)
    image *= np.float32(protocol.gain) * sensitivity ** np.float32(protocol.shading)
    return image


def _received(
    signal: Field,
    sensitivity: Field,
    tissues: Mapping[Tissue, TissueValues],
    protocol: Protocol,
    rng: np.random.Generator,
) -> Field:
    """The signal after its way through k-space, with noise, divided by the coil sensitivity.

    The division leaves the signal level and raises the noise where the coil sees little.
    """
    window = sampling_window((signal.shape[1], signal.shape[2]), protocol)
    sigma = turbo_spin_echo_signal(tissues[_REFERENCE], protocol) / protocol.snr
    shape = (signal.shape[0], signal.shape[1], signal.shape[2])
    noise = [channel_noise(shape, window, sigma, rng) / sensitivity for _ in range(2)]
    return magnitude(image_through(signal, window), noise[0], noise[1])
