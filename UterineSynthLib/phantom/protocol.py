"""Protocols and geometries of T2-weighted turbo-spin-echo stacks of the female pelvis, as they occur in practice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.limits import LIMITS
from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry

_FIELD_OF_VIEW_MM = (248.0, 400.0)
_MATRICES = (256, 288, 320, 352, 384, 400, 448, 480, 512, 560, 640)
_SLICE_SPACING_MM = (4.4, 7.5)
_SLICE_COUNT = (20, 32)
_THICKNESS_MM = (3.0, 6.0)
_TILT_MEDIAN_DEG, _TILT_LIMIT_DEG = 1.2, 11.6
_STACK_CENTRE_MM = (0.0, 10.0, 4.0)
_REFERENCE_PIXEL_MM2 = 0.8 * 0.8
_REFERENCE_THICKNESS_MM = 4.0


@dataclass(frozen=True)
class Protocol:
    """Settings of one turbo-spin-echo acquisition.

    Attributes:
        field_strength_t: 1.5 or 3.0 tesla.
        repetition_time_ms, echo_time_ms: TR and effective TE; echo_train_length and echo_spacing_ms: of the train.
        slice_thickness_mm: full width of the excited slice at half its height.
        phase_axis: image axis of the phase encoding, 0 = rows (head-foot in a sagittal stack), 1 = columns.
        phase_fraction, frequency_fraction: acquired over reconstructed matrix, per direction.
        window_taper: share of each acquired half of k-space that is tapered before the transform (0 = no filter).
        snr: signal of outer myometrium over the noise of one channel.
        shading: share of the coil profile that is left after the scanner's correction, 0 to 1.
        ghosting: amplitude of respiratory motion of the abdominal wall, mm.
        bandwidth_hz: receiver bandwidth per acquired pixel, along the other axis.
        gain: scanner units per unit of signal.
    """

    field_strength_t: float = 3.0
    repetition_time_ms: float = 4200.0
    echo_time_ms: float = 105.0
    echo_train_length: int = 18
    echo_spacing_ms: float = 9.0
    slice_thickness_mm: float = 4.0
    phase_axis: int = 0
    phase_fraction: float = 0.8
    frequency_fraction: float = 1.0
    window_taper: float = 0.3
    snr: float = 30.0
    shading: float = 0.3
    ghosting: float = 0.5
    bandwidth_hz: float = 250.0
    gain: float = 2000.0

    @property
    def fat_shift_pixels(self) -> float:
        """Chemical shift of fat along the frequency direction, in reconstructed pixels: 3.5 ppm over the bandwidth."""
        return 3.5 * 42.577 * self.field_strength_t / self.bandwidth_hz / self.frequency_fraction


def draw_protocol(acquisition: Acquisition, rng: np.random.Generator) -> Protocol:
    """A protocol for the acquisition; open fields of it are drawn.

    TR 2700 to 6000 ms, TE 80 to 130 ms at both field strengths (published protocols run from 2705/80 to 4200/130).
    """
    field = acquisition.field_strength_t or float(rng.choice((1.5, 3.0)))
    thickness = acquisition.slice_thickness_mm or float(rng.uniform(*_THICKNESS_MM))
    spacing = acquisition.in_plane_spacing_mm or float(np.sqrt(_REFERENCE_PIXEL_MM2))
    room = np.sqrt(np.clip(spacing**2 * thickness / (_REFERENCE_PIXEL_MM2 * _REFERENCE_THICKNESS_MM), 0.4, 2.5))
    return Protocol(
        field_strength_t=field,
        repetition_time_ms=float(rng.uniform(2700.0, 6000.0)),
        echo_time_ms=float(np.clip(rng.normal(102.0, 11.0), 80.0, 130.0)),
        echo_train_length=int(rng.integers(13, 26)),
        echo_spacing_ms=float(rng.uniform(7.5, 11.0)),
        slice_thickness_mm=thickness,
        phase_axis=int(rng.random() < 0.35),
        phase_fraction=float(rng.uniform(0.7, 0.88)) * min(1.0, spacing / 0.62),
        frequency_fraction=float(rng.uniform(0.88, 1.0)) * min(1.0, spacing / 0.55),
        window_taper=float(rng.uniform(0.1, 0.5)),
        snr=float(room * (rng.uniform(20.0, 34.0) if field < 2 else rng.uniform(26.0, 48.0))),
        shading=float(rng.uniform(0.05, 0.35) if field < 2 else rng.uniform(0.1, 0.5)),
        ghosting=float(rng.gamma(2.0, 0.3)),
        bandwidth_hz=float(rng.uniform(170.0, 300.0) if field < 2 else rng.uniform(250.0, 450.0)),
        gain=float(rng.uniform(1500.0, 2400.0)),
    )


def complete_acquisition(acquisition: Acquisition, rng: np.random.Generator) -> Acquisition:
    """The acquisition with every open field drawn; given fields stay as they are.

    Ranges of the open T2 sagittal set UMD (Pan et al., Sci Data 2024;11:410, as its headers show them): field of view
    248 to 400 mm, slice spacing 4.4 to 7.5 mm, 20 to 32 slices.
    """
    thickness, slice_spacing = _complete_depth(acquisition, rng)
    matrix, pixel = _complete_plane(acquisition, rng)
    return replace(
        acquisition,
        field_strength_t=acquisition.field_strength_t or float(rng.choice((1.5, 3.0))),
        slice_thickness_mm=thickness,
        slice_spacing_mm=slice_spacing,
        slice_count=acquisition.slice_count or int(rng.integers(_SLICE_COUNT[0], _SLICE_COUNT[1] + 1)),
        in_plane_spacing_mm=pixel,
        matrix=matrix,
        plane=acquisition.plane or Plane.SAGITTAL,
    )


def draw_geometry(
    acquisition: Acquisition,
    rng: np.random.Generator,
    centre_mm: tuple[float, float, float] = _STACK_CENTRE_MM,
) -> Geometry:
    """Grid of a stack around ``centre_mm`` (LPS), moved by some millimetres, tilted by 1.2 degrees in the median."""
    full = complete_acquisition(acquisition, rng)
    assert full.slice_count and full.matrix and full.slice_spacing_mm and full.in_plane_spacing_mm and full.plane
    moved = np.array(centre_mm) + np.clip(rng.normal(0.0, 4.0, 3), -8.0, 8.0) * (0.6, 1.0, 1.0)
    return sagittal_geometry(
        full.slice_count,
        full.matrix,
        full.slice_spacing_mm,
        full.in_plane_spacing_mm,
        (float(moved[0]), float(moved[1]), float(moved[2])),
        _draw_tilt(rng),
        full.plane,
    )


def _complete_depth(acquisition: Acquisition, rng: np.random.Generator) -> tuple[float, float]:
    """Slice thickness and spacing: a gap of 0 to 25 % of it; in whole hundredths of a mm if drawn."""
    thickness, spacing = acquisition.slice_thickness_mm, acquisition.slice_spacing_mm
    gap = float(rng.choice((1.0, 1.1, 1.1, 1.2, 1.25)))
    drawn = float(np.clip(rng.gamma(4.0, 0.4) + _SLICE_SPACING_MM[0], *_SLICE_SPACING_MM))
    if spacing is None:
        spacing = round(drawn if thickness is None else min(thickness * gap, LIMITS["slice_spacing_mm"].high), 2)
    if thickness is None:
        ceiling = _THICKNESS_MM[1] if spacing <= _SLICE_SPACING_MM[1] else LIMITS["slice_thickness_mm"].high
        thickness = min(round(max(min(spacing / gap, ceiling), LIMITS["slice_thickness_mm"].low), 2), spacing)
    return thickness, max(spacing, thickness)


def _complete_plane(acquisition: Acquisition, rng: np.random.Generator) -> tuple[int, float]:
    """Matrix and pixel size, in whole micrometres if drawn; the field of view is a usual one unless both are given."""
    matrix, pixel = acquisition.matrix, acquisition.in_plane_spacing_mm
    field_of_view = float(rng.triangular(_FIELD_OF_VIEW_MM[0], 265.0, _FIELD_OF_VIEW_MM[1]))
    drawn = int(rng.choice(_MATRICES))
    low, high = LIMITS["matrix"].low, LIMITS["matrix"].high
    if matrix is None:
        matrix = drawn if pixel is None else int(np.clip(round(field_of_view / pixel / 16) * 16, low, high))
    if pixel is None:
        limit = LIMITS["in_plane_spacing_mm"]
        pixel = round(float(np.clip(field_of_view / matrix, limit.low, limit.high)), 3)
    return matrix, pixel


def _draw_tilt(rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A rotation by a small angle about a random axis; angles are exponential with the median of UMD."""
    angle = min(float(rng.exponential(_TILT_MEDIAN_DEG / np.log(2))), _TILT_LIMIT_DEG)
    axis = rng.standard_normal(3)
    vector = np.deg2rad(angle) * axis / np.linalg.norm(axis)
    return np.asarray(Rotation.from_rotvec(vector).as_matrix(), dtype=np.float64)
