"""What makes a tissue look like itself: small-scale variation of its signal, in physical size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.noise_field import smooth_noise
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.volumes.geometry import Geometry


class Texture(StrEnum):
    """Pattern of a tissue. The pattern multiplies the signal by one plus a value around zero."""

    PLAIN = "plain"
    FINE = "fine"
    SEPTATE = "septate"
    STRANDED = "stranded"
    STRIATED = "striated"
    PATCHY = "patchy"
    MYOMETRIAL = "myometrial"
    CLUMPED = "clumped"
    FEATHERED = "feathered"
    WHORLED = "whorled"
    BLOTCHED = "blotched"
    BLOTCHED_FAINT = "blotched_faint"
    LACUNAR = "lacunar"
    CALCIFIED = "calcified"


_HALF = np.float32(0.5)


@dataclass(frozen=True)
class NoiseFields:
    """Random fields of one study on its slices, each ``[D, H, W]`` with unit variance.

    ``fine``, ``medium`` and ``coarse`` are smooth over about 2, 5 and 14 mm; ``streaks`` are long along the body.
    Neighbouring tissues share them, each with its own pattern. A field belongs to a slice, not to a depth within it:
    it stands for the mean through the slice.
    """

    fine: Field
    medium: Field
    coarse: Field
    streaks: Field


def draw_noise_fields(geometry: Geometry, rng: np.random.Generator) -> NoiseFields:
    """Fields for one study."""
    along = geometry.spacing_mm[2]
    return NoiseFields(
        fine=smooth_noise(geometry, (max(3.0, along), 1.4, 1.4), rng),
        medium=smooth_noise(geometry, (max(5.0, along), 3.2, 3.2), rng),
        coarse=smooth_noise(geometry, (max(10.0, along), 9.0, 9.0), rng),
        streaks=smooth_noise(geometry, (max(4.0, along), 9.0, 1.8), rng),
    )


def study_noise(geometry: Geometry, seed: int) -> NoiseFields:
    """The fields of the study with that seed on a grid."""
    return draw_noise_fields(geometry, np.random.default_rng(seed).spawn(1)[0])


def inclusion(texture: Texture, noise: NoiseFields, box: tuple[slice, slice, slice]) -> npt.NDArray[np.bool_]:
    """Where slices, rows and columns show the second substance of a blotched, lacunar or calcified texture."""
    return np.asarray(_INCLUSIONS[texture](_part(noise, box)) >= _HALF)


def pattern(texture: Texture, noise: NoiseFields, box: tuple[slice, slice, slice]) -> Field | None:
    """Relative deviation of the signal in a box of slices, rows and columns; None for a plain tissue."""
    if texture is Texture.PLAIN:
        return None
    value = _PATTERNS[texture](_part(noise, box))
    np.maximum(value, np.float32(-1.0), out=value)
    return value


def _part(noise: NoiseFields, box: tuple[slice, slice, slice]) -> NoiseFields:
    return NoiseFields(noise.fine[box], noise.medium[box], noise.coarse[box], noise.streaks[box])


def _fine(n: NoiseFields) -> Field:
    return _sum((0.05, n.fine), (0.04, n.medium))


def _septate(n: NoiseFields) -> Field:
    """Fat lobules between thin dark septa, which lie where a smooth field changes sign."""
    septa = _sheet(_sum((1.0, n.coarse), (0.25, n.medium)), 0.10)
    return _sum((0.03, n.coarse), (0.03, n.medium), (0.02, n.fine), (-0.30, septa))


def _stranded(n: NoiseFields) -> Field:
    """Looser fat with small vessels and strands."""
    strands = _sheet(_sum((1.0, n.coarse), (0.4, n.medium)), 0.10)
    strands *= _beyond(n.streaks, 0.3)
    vessels = _beyond(_sum((1.0, n.medium), (0.3, n.fine)), 2.2)
    return _sum((0.05, n.coarse), (0.04, n.medium), (0.03, n.fine), (-0.20, strands), (-0.30, vessels))


def _striated(n: NoiseFields) -> Field:
    """Muscle bundles with fine bright fat between them."""
    fat = _beyond(_sum((1.0, n.streaks), (0.5, n.coarse)), 2.1)
    return _sum((0.10, n.streaks), (0.07, n.fine), (0.9, fat))


def _patchy(n: NoiseFields) -> Field:
    return _sum((0.10, n.coarse), (0.06, n.medium), (0.05, n.fine))


def _myometrial(n: NoiseFields) -> Field:
    """Faint whorls of muscle and arcuate vessels as small bright dots."""
    vessels = _beyond(_sum((1.0, n.medium), (0.4, n.fine)), 2.0)
    return _sum((0.06, n.coarse), (0.06, n.medium), (0.05, n.fine), (0.35, vessels))


def _clumped(n: NoiseFields) -> Field:
    """Stool: clumps of all brightness with black gas between."""
    return _sum((0.35, n.medium), (0.20, n.fine), (0.25, n.coarse), (-0.8, _beyond(n.medium, 1.3)))


def _feathered(n: NoiseFields) -> Field:
    """Bowel content between the folds of the mucosa."""
    return _sum((0.22, n.coarse), (0.10, n.fine), (-0.30, _sheet(_sum((1.0, n.fine), (1.0, n.medium)), 0.25)))


def _whorled(n: NoiseFields) -> Field:
    """Bundles of muscle that wind around one another: bands of a slow field."""
    whorls = np.sin(_sum((4.5, n.coarse), (1.6, n.medium)))
    return _sum((0.22, whorls), (0.12, n.coarse), (0.08, n.fine), (0.08, n.medium))


def _blotched(n: NoiseFields) -> Field:
    """Hyaline change: dark and less dark areas, some speckles."""
    return _sum((0.40, _areas(n)), (0.14, n.medium), (0.08, n.fine), (0.9, _beyond(n.medium, 1.5)))


def _areas(n: NoiseFields) -> Field:
    """From -1, where hyaline change is dark, to 1."""
    return np.asarray(np.tanh(_sum((1.8, n.coarse), (0.5, n.medium))), dtype=np.float32)


def _blotched_faint(n: NoiseFields) -> Field:
    return _sum((0.10, n.coarse), (0.08, n.medium), (0.05, n.fine))


def _lacunar(n: NoiseFields) -> Field:
    """Cystic change: lakes of fluid in dark tissue."""
    return _sum((0.16, n.coarse), (0.12, n.medium), (0.07, n.fine), (2.6, _lakes(n)))


def _lakes(n: NoiseFields) -> Field:
    return _beyond(_sum((1.0, n.coarse), (0.3, n.medium)), 0.4)


def _calcified(n: NoiseFields) -> Field:
    """Clumps without signal."""
    return _sum((0.15, n.coarse), (0.12, n.medium), (0.06, n.fine), (-0.95, _clumps(n)))


def _clumps(n: NoiseFields) -> Field:
    return _beyond(_sum((0.6, n.coarse), (0.8, n.medium)), 0.45)


def _sum(*terms: tuple[float, Field]) -> Field:
    """Weighted sum of fields."""
    weight, field = terms[0]
    total = field * np.float32(weight)
    for weight, field in terms[1:]:
        total += field * np.float32(weight)
    return np.asarray(total, dtype=np.float32)


def _sheet(field: Field, width: float) -> Field:
    """One on the thin sheets where a field changes sign, falling to zero over ``width``."""
    return np.asarray(1.0 / (1.0 + np.square(field * np.float32(1.0 / width))), dtype=np.float32)


def _beyond(field: Field, threshold: float) -> Field:
    """Zero below a threshold, one above it, over a border of 0.3."""
    return np.asarray(np.clip((field - np.float32(threshold)) * np.float32(1 / 0.3), 0, 1), dtype=np.float32)


_PATTERNS = {
    Texture.FINE: _fine,
    Texture.SEPTATE: _septate,
    Texture.STRANDED: _stranded,
    Texture.STRIATED: _striated,
    Texture.PATCHY: _patchy,
    Texture.MYOMETRIAL: _myometrial,
    Texture.CLUMPED: _clumped,
    Texture.FEATHERED: _feathered,
    Texture.WHORLED: _whorled,
    Texture.BLOTCHED: _blotched,
    Texture.BLOTCHED_FAINT: _blotched_faint,
    Texture.LACUNAR: _lacunar,
    Texture.CALCIFIED: _calcified,
}
_INCLUSIONS: dict[Texture, Callable[[NoiseFields], Field]] = {
    Texture.BLOTCHED: lambda n: 0.5 - 0.5 * _areas(n),
    Texture.LACUNAR: _lakes,
    Texture.CALCIFIED: _clumps,
}
