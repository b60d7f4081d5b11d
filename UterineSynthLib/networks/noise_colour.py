"""How what a sketch leaves open hangs together: between the channels of a latent, and from one latent to the next.

A sketch says of every element of the latents how far the image's may lie from it, and nothing about two of them
together. Drawn each by itself they make an image that no autoencoder has ever encoded: in ours one combination of the
eight channels varies by a sixtieth of what independent channels would have it vary. Noise that starts with the
correlations of the training studies' deviations (*coloured* noise) leaves less for a denoiser to undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.gaussian import Values, kept_row
from UterineSynthLib.records import record

AXES = 3
"""Slices, rows, columns."""
LAGS = 4
_LARGEST = 4.0
"""Deviations are cut here: a lesion of an unusual grey would speak for all tissue."""
_LEAST_VARIANCE, _LEAST_POWER = 0.01, 0.02
"""Of a combination of channels and of a frequency: what hardly ever varies is still drawn, a little."""


@dataclass(frozen=True)
class Deviations:
    """Of a study: ``values`` ``[C, D, h, w]`` in the sketch's deviations, ``inside`` ``[D, h, w]`` where they count."""

    values: npt.NDArray[np.float32]
    inside: npt.NDArray[np.bool_]


@record("uterinesynth.noise_colour")
@dataclass(frozen=True)
class NoiseColour:
    """Correlations of unit normal noise of C channels.

    Attributes:
        mixing: ``C x C``, row by row: channels out of independent components; rows have length 1, so that every channel
            keeps its variance.
        correlations: of each component along slices, rows and columns, at distances of 1 to ``LAGS`` latents.
    """

    mixing: tuple[tuple[float, ...], ...]
    correlations: tuple[tuple[tuple[float, ...], ...], ...]

    def __post_init__(self) -> None:
        channels = len(self.mixing)
        if not channels or any(len(row) != channels for row in self.mixing):
            raise ConfigError("noise colour: mixing needs as many columns as rows, and one at least")
        shape = np.shape(np.array(self.correlations, dtype=object))
        if shape != (channels, AXES, LAGS):
            raise ConfigError(f"noise colour: correlations are {shape}, must be {(channels, AXES, LAGS)}")
        lengths = np.linalg.norm(np.array(self.mixing), axis=1)
        if not np.isfinite(lengths).all() or np.abs(lengths - 1).max() > 0.01:
            raise ConfigError("noise colour: rows of mixing must have length 1")
        if not np.isfinite(np.array(self.correlations)).all() or np.abs(np.array(self.correlations)).max() > 1:
            raise ConfigError("noise colour: correlations must lie in -1 to 1")

    @property
    def channels(self) -> int:
        """Of the noise."""
        return len(self.mixing)

    def gains(self, axis: int, size: int) -> Values:
        """What the frequencies of an axis of ``size`` latents are multiplied by, ``[C, size]``, of mean square 1."""
        angles = 2 * np.pi * np.outer(np.arange(1, LAGS + 1), np.arange(size)) / size
        known = np.array(self.correlations)[:, axis]
        power = (1 + 2 * known @ np.cos(angles)).clip(min=_LEAST_POWER)
        gains: Values = np.sqrt(power / power.mean(axis=1, keepdims=True))
        return gains


def fitted_colour(studies: Sequence[Deviations]) -> NoiseColour:
    """The colour of what a sketch left open in these studies.

    Raises:
        ConfigError: there is no study, or nothing inside of them.
    """
    if not studies or not any(study.inside.any() for study in studies):
        raise ConfigError("noise colour: no study with a label map to compare its sketch with")
    cut = [np.clip(study.values.astype(np.float64), -_LARGEST, _LARGEST) for study in studies]
    inside = np.concatenate([values[:, study.inside] for values, study in zip(cut, studies, strict=True)], axis=1)
    mixing = _mixing(inside)
    unmixed = np.linalg.inv(mixing)
    components = [np.einsum("ij,jdhw->idhw", unmixed, values) for values in cut]
    places = [study.inside for study in studies]
    found = [[_correlations(components, places, axis, lag) for lag in range(1, LAGS + 1)] for axis in range(AXES)]
    by_component = np.array(found).transpose(2, 0, 1)
    return NoiseColour(
        tuple(kept_row(row) for row in mixing),
        tuple(tuple(kept_row(lags) for lags in axes) for axes in by_component),
    )


def _mixing(inside: Values) -> Values:
    """Principal components of the channels' correlations ``[C, n]``, as columns scaled by their deviations."""
    moments = inside @ inside.T / inside.shape[1]
    deviations = np.sqrt(np.diag(moments).clip(min=1e-12))
    variances, axes = np.linalg.eigh(moments / np.outer(deviations, deviations))
    mixing = axes * np.sqrt(variances.clip(min=_LEAST_VARIANCE))
    scaled: Values = mixing / np.linalg.norm(mixing, axis=1, keepdims=True)
    return scaled


def _correlations(components: list[Values], places: list[npt.NDArray[np.bool_]], axis: int, lag: int) -> Values:
    """Of each component with itself, ``lag`` latents away along an axis; 0 where no study is that long."""
    products, squares = np.zeros(len(components[0])), np.zeros(len(components[0]))
    for values, inside in zip(components, places, strict=True):
        if inside.shape[axis] <= lag:
            continue
        first, second = (((slice(None),) * axis + (cut,)) for cut in (slice(None, -lag), slice(lag, None)))
        both = inside[first] & inside[second]
        near, far = (values[(slice(None), *cut)][:, both] for cut in (first, second))
        products += (near * far).sum(axis=1)
        squares += (np.square(near) + np.square(far)).sum(axis=1) / 2
    correlations: Values = np.divide(products, squares, out=np.zeros_like(products), where=squares > 0)
    return correlations
