"""Laws of diversity: hand-countable pairs, and what alike and different samples do to it."""

import numpy as np
import pytest

from UterineSynthLib.errors import InputError
from UterineSynthLib.evaluation.diversity import diversity, likeness_of_pairs
from UterineSynthLib.evaluation.likeness import ms_ssim


def _pairs(ab, ac, bc):
    return np.array([[1.0, ab, ac], [ab, 1.0, bc], [ac, bc, 1.0]])


def _volumes(count, noise):
    rng = np.random.default_rng(3)
    smooth = np.outer(np.sin(np.arange(128) / 9), np.cos(np.arange(128) / 7))[None].astype(np.float32)
    return [smooth + noise * rng.standard_normal(smooth.shape).astype(np.float32) for _ in range(count)]


def test_the_figure_is_the_mean_over_descriptions_of_the_difference_of_the_means_of_pairs():
    groups = [(_pairs(0.1, 0.2, 0.3), _pairs(0.3, 0.3, 0.3)), (_pairs(0.6, 0.6, 0.6), _pairs(0.1, 0.2, 0.3))]
    found = diversity(groups, seed=0)
    assert found.made == pytest.approx(0.4)
    assert found.phantoms == pytest.approx(0.25)
    assert found.value == pytest.approx(0.15)
    assert found.low <= found.value <= found.high


def test_an_image_and_its_own_copy_make_no_pair():
    same = _pairs(0.4, 0.4, 0.4)
    found = diversity([(same, same)], seed=0)
    assert (found.low, found.high) == pytest.approx((0.0, 0.0))
    assert found.made == pytest.approx(0.4)


def test_pairs_hold_the_likeness_of_their_volumes():
    volumes = _volumes(3, 0.3)
    pairs = likeness_of_pairs(volumes)
    assert np.array_equal(pairs, pairs.T)
    assert np.array_equal(np.diag(pairs), np.ones(3))
    assert pairs[0, 2] == ms_ssim(volumes[0], volumes[2])


def test_samples_that_differ_more_than_phantoms_bring_it_below_zero():
    alike, different = (likeness_of_pairs(_volumes(4, noise)) for noise in (0.05, 0.5))
    found = diversity([(different, alike)], seed=0)
    assert found.high < 0
    assert diversity([(alike, different)], seed=0).low > 0


def test_what_has_no_pairs_is_refused():
    with pytest.raises(InputError, match="needs pairs"):
        likeness_of_pairs(_volumes(1, 0.1))
    with pytest.raises(InputError, match="one description"):
        diversity([], seed=0)
