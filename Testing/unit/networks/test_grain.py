"""What an autoencoder loses: its strength and its colour come back, whatever was lost at borders."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.grain import Grain, fitted_grain
from UterineSynthLib.networks.noise_colour import AXES, LAGS, NoiseColour

WHITE = NoiseColour(((1.0,),), (((0.0,) * LAGS,) * AXES,))
SHAPE = (1, 6, 40, 40)
INSIDE = np.ones(SHAPE[1:], dtype=bool)


def lost(seed, sd, sigma=0.0):
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), (0, 0, 0, sigma), mode="wrap")
    return (sd * noise / noise.std()).astype(np.float32)


def test_its_strength_and_its_spread_over_studies_come_back():
    found = fitted_grain([lost(n, 0.02 if n % 2 else 0.04) for n in range(10)], [INSIDE] * 10)
    assert np.exp(found.log_sd) == pytest.approx(np.sqrt(0.02 * 0.04), rel=0.02)
    assert found.log_sd_spread == pytest.approx(np.log(2) / 2, rel=0.05)
    assert np.abs(found.colour.correlations).max() < 0.05
    drawn = np.log([found.draw_sd(7, n) for n in range(400)])
    assert drawn.mean() == pytest.approx(found.log_sd, abs=0.05)
    assert np.abs(drawn - found.log_sd).max() <= 2 * found.log_sd_spread + 1e-9
    assert found.draw_sd(7, 0) == found.draw_sd(7, 0) != found.draw_sd(7, 1)


def test_neighbours_go_together_as_they_did():
    found = fitted_grain([lost(n, 0.03, 0.7) for n in range(6)], [INSIDE] * 6)
    slices, rows, columns = (axis[0] for axis in found.colour.correlations[0])
    assert columns == pytest.approx(np.exp(-1 / (4 * 0.7**2)), abs=0.06)
    assert abs(slices) < 0.05
    assert abs(rows) < 0.05


def test_borders_that_are_lost_too_hardly_count_and_the_air_not_at_all():
    plain = [lost(n, 0.03) for n in range(4)]
    spoilt = [one.copy() for one in plain]
    inside = INSIDE.copy()
    inside[:, :10] = False
    for one in spoilt:
        one[:, :, 20] += 0.5
        one[:, :, :10] = 0.9
    found = fitted_grain(spoilt, [inside] * 4)
    assert np.exp(found.log_sd) == pytest.approx(0.03, rel=0.07)


@pytest.mark.parametrize(
    ("log_sd", "spread", "message"),
    [(0.5, 0.1, "log_sd = 0.5"), (float("nan"), 0.1, "log_sd = nan"), (-3.0, -0.1, "log_sd_spread = -0.1")],
)
def test_a_strength_that_cannot_be_is_refused(log_sd, spread, message):
    with pytest.raises(ConfigError, match=message):
        Grain(WHITE, log_sd, spread)


def test_no_study_has_no_grain():
    with pytest.raises(ConfigError, match="no study"):
        fitted_grain([], [])
