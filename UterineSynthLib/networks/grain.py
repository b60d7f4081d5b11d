"""What an autoencoder loses of an image: its grain.

The decoder of a variational autoencoder gives the mean of an image, given its latents (Kingma and Welling 2014, arXiv
1312.6114); what the scanner's noise added lies beyond the latents, and a mean alone looks smoothed. The images of a
training differ from what their latents decode to by noise of some strength, another in every study, whose neighbours go
together; a sample is given as much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.noise_colour import Deviations, NoiseColour, fitted_colour
from UterineSynthLib.records import record

_SD_OF_MEDIAN = 1.4826
"""Standard deviation of normal noise over the median of its size; borders, which are lost too, hardly move a median."""
_FARTHEST_SD = 2.0
_LEAST_SD = 1e-6
_STREAM = 0x64A1


@record("uterinesynth.grain")
@dataclass(frozen=True)
class Grain:
    """Grain of a population of studies.

    Attributes:
        colour: how neighbouring voxels, and modalities, go together.
        log_sd, log_sd_spread: mean and spread, over studies, of the logarithm of its deviation in images in [-1, 1].
    """

    colour: NoiseColour
    log_sd: float
    log_sd_spread: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.log_sd) or self.log_sd > 0:
            raise ConfigError(
                f"grain: log_sd = {self.log_sd:g}; the deviation lies between 0 and 1, its logarithm below 0"
            )
        if not 0 <= self.log_sd_spread < 5:
            raise ConfigError(f"grain: log_sd_spread = {self.log_sd_spread:g}; must lie between 0 and 5")

    def draw_sd(self, seed: int, index: int) -> float:
        """Deviation of the grain of volume ``index`` of a run."""
        normal = np.random.default_rng([_STREAM, seed, index]).standard_normal()
        return math.exp(self.log_sd + self.log_sd_spread * float(np.clip(normal, -_FARTHEST_SD, _FARTHEST_SD)))


def fitted_grain(lost: Sequence[npt.NDArray[np.float32]], inside: Sequence[npt.NDArray[np.bool_]]) -> Grain:
    """The grain of studies whose images ``[I, D, H, W]`` lost this, where it counts ``[D, H, W]``.

    Raises:
        ConfigError: there is no study, or nothing inside of them.
    """
    sds = [_SD_OF_MEDIAN * float(np.median(np.abs(one[:, here]))) for one, here in zip(lost, inside, strict=True)]
    logs = np.log(np.maximum(sds, _LEAST_SD))
    units = [Deviations(one / max(sd, _LEAST_SD), here) for one, sd, here in zip(lost, sds, inside, strict=True)]
    colour = fitted_colour(units)
    return Grain(colour, round(float(logs.mean()), 4), round(float(logs.std()), 4))
