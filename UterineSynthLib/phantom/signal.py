"""From layers of tissue to the signal of each slice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from scipy.ndimage import gaussian_filter1d

from UterineSynthLib.phantom.protocol import Protocol
from UterineSynthLib.phantom.shape import Field, Layer, SamplingGrid
from UterineSynthLib.phantom.slice_profile import profile_weights
from UterineSynthLib.phantom.texture import NoiseFields, pattern
from UterineSynthLib.phantom.tissue import TissueValues
from UterineSynthLib.phantom.tissue_kind import Tissue

_FAT_SHARE = {Tissue.SUBCUTANEOUS_FAT: 1.0, Tissue.PELVIC_FAT: 1.0, Tissue.MARROW: 0.5}
_MOVING = (Tissue.BOWEL_WALL, Tissue.BOWEL_FLUID)
_PERISTALSIS_MM = 0.9


def turbo_spin_echo_signal(values: TissueValues, protocol: Protocol) -> float:
    """Signal PD (1 - exp(-(TR - ETL * ESP) / T1)) exp(-TE / T2), between 0 and 1.

    The recovery time is what TR leaves after the echo train (Bernstein, King and Zhou, Handbook of MRI Pulse Sequences,
    2004, section 16.4).
    """
    train_ms = protocol.echo_train_length * protocol.echo_spacing_ms
    recovered = 1 - np.exp(-(protocol.repetition_time_ms - train_ms) / values.t1_ms)
    return float(values.proton_density * recovered * np.exp(-protocol.echo_time_ms / values.t2_ms))


def paint_signal(
    layers: Iterable[Layer],
    grid: SamplingGrid,
    tissues: Mapping[Tissue, TissueValues],
    protocol: Protocol,
    noise: NoiseFields,
) -> Field:
    """Signal ``[D, H, W]`` of each slice: layers painted over one another at every depth, then the slice profile."""
    depths = len(grid.offsets_mm)
    canvas = np.zeros(grid.shape, dtype=np.float32)
    fat = np.zeros(grid.geometry.shape, dtype=np.float32)
    for layer in layers:
        _paint(canvas, layer, depths, tissues[layer.tissue], protocol, noise)
        _paint_fat(fat, layer, depths)
    weights = profile_weights(grid.offsets_mm, protocol.slice_thickness_mm)
    by_slice = canvas.reshape(-1, depths, *canvas.shape[1:])
    signal = np.asarray(np.einsum("dkhw,k->dhw", by_slice, weights), dtype=np.float32)
    return with_fat_shifted(signal, fat, protocol)


def with_fat_shifted(signal: Field, fat: Field, protocol: Protocol) -> Field:
    """The signal ``[D, H, W]`` with its fat moved along the frequency direction by the chemical shift.

    ``fat`` is the share of each voxel's signal that comes from fat.
    """
    axis = 2 - protocol.phase_axis
    whole, part = divmod(protocol.fat_shift_pixels, 1.0)
    moving = signal * fat
    rest = signal - moving
    for by, share in ((int(whole), 1.0 - part), (int(whole) + 1, part)):
        before = (slice(None),) * axis
        target = rest[(*before, slice(by, None))]
        target += moving[(*before, slice(None, moving.shape[axis] - by))] * np.float32(share)
    return rest


def _paint(
    canvas: Field, layer: Layer, depths: int, values: TissueValues, protocol: Protocol, noise: NoiseFields
) -> None:
    """Cover the canvas with one layer, a slice at a time (a slice and its depths fit the cache)."""
    value = np.float32(turbo_spin_echo_signal(values, protocol))
    planes, rows, columns = layer.box
    coverage = _smeared(layer, protocol)
    for index in range(planes.start // depths, (planes.stop - 1) // depths + 1):
        start, stop = max(planes.start, index * depths), min(planes.stop, (index + 1) * depths)
        relative = pattern(values.texture, noise, (slice(index, index + 1), rows, columns))
        target = canvas[start:stop, rows, columns]
        change = (value if relative is None else value * (1 + relative)) - target
        change *= coverage[start - planes.start : stop - planes.start]
        target += change


def _paint_fat(fat: Field, layer: Layer, depths: int) -> None:
    """Cover the share of fat ``[D, H, W]`` with one layer, at the centre of each slice."""
    planes, rows, columns = layer.box
    first = -(-(planes.start - depths // 2) // depths)
    start = first * depths + depths // 2 - planes.start
    coverage = layer.coverage[start::depths]
    target = fat[first : first + len(coverage), rows, columns]
    change = np.float32(_FAT_SHARE.get(layer.tissue, 0.0)) - target
    change *= coverage
    target += change


def _smeared(layer: Layer, protocol: Protocol) -> Field:
    """Coverage; that of bowel is smeared along the phase direction, since its folds move during the scan."""
    if layer.tissue not in _MOVING:
        return layer.coverage
    return np.asarray(gaussian_filter1d(layer.coverage, _PERISTALSIS_MM, axis=1 + protocol.phase_axis, truncate=2.5))
