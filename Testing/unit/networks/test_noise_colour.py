"""Coloured noise: what is fitted comes back, and what is drawn has it."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.colouring import Colouring
from UterineSynthLib.networks.noise_colour import AXES, LAGS, Deviations, NoiseColour, fitted_colour

WHITE = NoiseColour(((1.0, 0.0), (0.0, 1.0)), (((0.0,) * LAGS,) * AXES,) * 2)
CORRELATION, ALONG_ROWS = 0.8, 0.5


def study(seed, shape=(12, 20, 20)):
    """Two channels that vary together, each row like the one before it."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((2, *shape))
    rows = lfilter([np.sqrt(1 - ALONG_ROWS**2)], [1, -ALONG_ROWS], white, axis=2)
    mixed = np.stack([rows[0], CORRELATION * rows[0] + np.sqrt(1 - CORRELATION**2) * rows[1]])
    return Deviations(mixed.astype(np.float32), np.ones(shape, bool))


def between(values, axis, lag=1):
    near, far = (
        np.take(values, range(*span), axis=axis) for span in ((0, -lag % values.shape[axis]), (lag, values.shape[axis]))
    )
    return float((near * far).mean() / np.square(values).mean())


@pytest.fixture(scope="module")
def fitted():
    return fitted_colour([study(seed) for seed in range(6)])


def test_drawn_noise_has_the_correlations_that_were_fitted(fitted):
    drawn = Colouring(fitted)(torch.randn(12, 2, 12, 20, 20, generator=torch.Generator().manual_seed(0))).numpy()
    assert drawn.std(axis=(0, 2, 3, 4)) == pytest.approx([1.0, 1.0], abs=0.02)
    assert np.corrcoef(drawn[:, 0].ravel(), drawn[:, 1].ravel())[0, 1] == pytest.approx(CORRELATION, abs=0.03)
    for axis, wanted in ((2, 0.0), (3, ALONG_ROWS), (4, 0.0)):
        assert between(drawn, axis) == pytest.approx(wanted, abs=0.03)
    assert between(drawn, 3, 2) == pytest.approx(ALONG_ROWS**2, abs=0.03)


def test_no_edge_is_quieter_than_the_middle(fitted):
    drawn = Colouring(fitted)(torch.randn(400, 2, 3, 6, 6, generator=torch.Generator().manual_seed(1)))
    rows = drawn.std(dim=(0, 1, 2, 4))
    assert rows.min() > 0.95
    assert rows.max() < 1.05


@pytest.mark.parametrize("shape", [(2, 2, 20, 20), (2, 2, 1, 1), (1, 2, 2, 2, 2), (1, 2, 5, 7, 9)])
def test_slices_and_volumes_of_any_size_keep_shape_and_variance(fitted, shape):
    many = torch.randn(4000 // shape[0], *shape, generator=torch.Generator().manual_seed(2)).flatten(0, 1)
    drawn = Colouring(fitted)(many)
    assert drawn.shape == many.shape
    assert float(drawn.std()) == pytest.approx(1.0, abs=0.05)


def test_without_a_colour_and_in_white_noise_stays_as_it_is():
    noise = torch.randn(2, 2, 4, 6, 6)
    assert Colouring(None)(noise) is noise
    assert torch.allclose(Colouring(WHITE)(noise), noise, atol=1e-5)


def test_components_of_noise_are_white_among_channels(fitted):
    drawn = Colouring(fitted)(torch.randn(8, 2, 12, 20, 20, generator=torch.Generator().manual_seed(3)))
    components = Colouring(fitted).components_of(drawn)
    assert torch.allclose(torch.cov(components.transpose(0, 1).flatten(1)), torch.eye(2), atol=0.05)
    assert Colouring(None).components_of(drawn) is drawn


def test_half_precision_around_it_changes_nothing(fitted):
    noise = torch.randn(2, 2, 4, 6, 6)
    with torch.autocast("cpu", torch.bfloat16):
        inside = Colouring(fitted)(noise)
    assert torch.equal(inside, Colouring(fitted)(noise))


def test_what_lies_outside_does_not_count():
    studies = []
    for seed in range(6):
        one = study(seed)
        outside = np.zeros_like(one.inside)
        outside[:, :, 14:] = True
        one.values[:, outside] = 100 * np.random.default_rng(seed).standard_normal(int(outside.sum()))
        studies.append(dataclasses.replace(one, inside=~outside))
    found = fitted_colour(studies)
    assert np.allclose(
        np.array(found.mixing) @ np.array(found.mixing).T, [[1, CORRELATION], [CORRELATION, 1]], atol=0.03
    )
    assert np.array(found.correlations)[:, 1, 0] == pytest.approx([ALONG_ROWS] * 2, abs=0.03)
    assert np.array(found.correlations)[:, 2, 0] == pytest.approx([0.0] * 2, abs=0.03)


def test_one_study_of_a_strange_grey_does_not_speak_for_all():
    strange = study(9)
    strange.values[:, :, :10] += 40.0
    with_it = fitted_colour([*(study(seed) for seed in range(12)), strange])
    assert np.array(with_it.correlations)[:, 2, 0].max() < 0.5


def test_single_slices_have_no_correlation_between_slices():
    found = fitted_colour([study(seed, (1, 20, 20)) for seed in range(20)])
    assert np.array_equal(np.array(found.correlations)[:, 0], np.zeros((2, LAGS)))


def test_what_cannot_be_fitted_or_kept_is_refused():
    with pytest.raises(ConfigError, match="no study with a label map"):
        fitted_colour([])
    empty = study(0)
    with pytest.raises(ConfigError, match="no study with a label map"):
        fitted_colour([dataclasses.replace(empty, inside=np.zeros_like(empty.inside))])
    with pytest.raises(ConfigError, match="as many columns as rows"):
        NoiseColour(((1.0, 0.0),), WHITE.correlations)
    with pytest.raises(ConfigError, match="must have length 1"):
        NoiseColour(((2.0, 0.0), (0.0, 1.0)), WHITE.correlations)
    with pytest.raises(ConfigError, match=r"correlations are \(1, 3, 4\), must be \(2, 3, 4\)"):
        NoiseColour(WHITE.mixing, WHITE.correlations[:1])
    with pytest.raises(ConfigError, match="must lie in -1 to 1"):
        NoiseColour(WHITE.mixing, (((1.5,) * LAGS,) * AXES,) * 2)
