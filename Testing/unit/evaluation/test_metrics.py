"""Metrics against independent implementations and cases counted by hand."""

import numpy as np
import pytest
from scipy.stats import pearsonr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.metrics.pairwise import euclidean_distances, polynomial_kernel, rbf_kernel

from UterineSynthLib.errors import InputError, VolumeError
from UterineSynthLib.evaluation.agreement import bootstrap_interval, mean_of, median_error, pearson_r
from UterineSynthLib.evaluation.closeness import closeness, nearest_distances
from UterineSynthLib.evaluation.distribution import (
    chance_floor,
    cubic_kernel,
    gaussian_kernel,
    median_distance,
    mmd_interval,
    squared_distances,
    squared_mmd,
    standardised,
)
from UterineSynthLib.evaluation.likeness import ms_ssim, psnr_db, ssim
from UterineSynthLib.evaluation.overlap import dice, umd_dice
from UterineSynthLib.volumes.structures import Structure

RNG = np.random.default_rng(0)


def test_the_correlation_is_scipys_and_is_not_told_where_nothing_varies():
    asked, read = RNG.normal(size=20), RNG.normal(size=20)
    assert pearson_r(asked, read) == pytest.approx(pearsonr(asked, read).statistic)
    assert pearson_r(np.ones(5), read[:5]) is None
    assert pearson_r(asked[:2], read[:2]) is None


def test_the_median_error_is_counted_by_hand():
    assert median_error(np.array([1.0, 2.0, 10.0]), np.array([2.0, 2.0, 4.0])) == 1.0
    assert median_error(np.empty(0), np.empty(0)) is None


def test_bootstrap_intervals_of_a_mean_hold_it_as_often_as_they_say():
    rng = np.random.default_rng(1)
    held = 0
    for trial in range(120):
        low, high = bootstrap_interval((rng.normal(size=40),), mean_of, trial, resamples=200)
        held += low <= 0.0 <= high
    assert 0.86 <= held / 120 <= 0.99


def test_a_bootstrap_resamples_whole_cases():
    asked = np.arange(30.0)
    low, high = bootstrap_interval((asked, 2 * asked + 1), pearson_r, 0, resamples=50)
    assert low == pytest.approx(1.0)
    assert high == pytest.approx(1.0)
    with pytest.raises(InputError, match="every case needs a value"):
        bootstrap_interval((asked, asked[:5]), pearson_r, 0)


def test_two_of_four_voxels_shared_is_a_dice_of_one_half():
    first, second = np.array([True, True, False, False]), np.array([False, True, True, False])
    assert dice(first, second) == 0.5
    assert dice(first & False, second & False) is None
    with pytest.raises(VolumeError, match="must lie on one grid"):
        dice(first, second[:2])


def test_overlaps_fold_the_junctional_zone_into_the_cavity_and_leave_out_what_was_not_asked():
    asked = np.array([[[Structure.UTERINE_CAVITY, Structure.JUNCTIONAL_ZONE, Structure.UTERINE_WALL, 0]]], np.uint8)
    read = np.array([[[Structure.JUNCTIONAL_ZONE, Structure.UTERINE_CAVITY, 0, Structure.MYOMA]]], np.uint8)
    assert umd_dice(asked, read) == {"wall": 0.0, "cavity": 1.0}


def test_kernels_and_distances_are_those_of_scikit_learn():
    first, second = RNG.normal(size=(7, 5)), RNG.normal(size=(9, 5))
    assert np.allclose(cubic_kernel(first, second), polynomial_kernel(first, second, degree=3))
    assert np.allclose(gaussian_kernel(2.0)(first, second), rbf_kernel(first, second, gamma=1 / 8))
    assert np.allclose(np.sqrt(squared_distances(first, second)), euclidean_distances(first, second))


def test_the_squared_mmd_is_that_of_three_loops():
    first, second = RNG.normal(size=(5, 3)), RNG.normal(1.0, size=(6, 3))
    k = lambda x, y: (x @ y / 3 + 1) ** 3  # noqa: E731 (the formula)
    within = [np.mean([k(s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j]) for s in (first, second)]
    between = np.mean([k(x, y) for x in first for y in second])
    assert squared_mmd(first, second, cubic_kernel) == pytest.approx(sum(within) - 2 * between)


def test_the_squared_mmd_of_one_distribution_is_zero_on_average_however_few_the_samples():
    rng = np.random.default_rng(2)
    for count in (6, 24):
        found = [
            squared_mmd(rng.normal(size=(count, 4)), rng.normal(size=(count, 4)), cubic_kernel) for _ in range(300)
        ]
        assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(300)


def test_another_distribution_lies_above_the_floor_and_its_own_does_not():
    rng = np.random.default_rng(3)
    same, again, other = rng.normal(size=(40, 6)), rng.normal(size=(40, 6)), rng.normal(1.0, size=(40, 6))
    kernel = gaussian_kernel(median_distance(same))
    floor = chance_floor(same, again, kernel, 0, 200)
    assert squared_mmd(same, again, kernel) < 2 * floor < squared_mmd(other, same, kernel)


def test_the_interval_of_a_distance_holds_it_and_repeats():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(30, 4)), rng.normal(0.7, size=(30, 4))
    low, high = mmd_interval(first, second, cubic_kernel, 5, 200)
    assert low < squared_mmd(first, second, cubic_kernel) < high
    assert (low, high) == mmd_interval(first, second, cubic_kernel, 5, 200)


def test_sets_that_cannot_be_compared_are_refused():
    with pytest.raises(InputError, match="two rows each, of equal length"):
        squared_mmd(np.ones((1, 3)), np.ones((4, 3)), cubic_kernel)


def test_standardised_features_have_the_reference_as_their_unit():
    reference = np.column_stack([RNG.normal(5, 3, 50), np.full(50, 2.0)])
    (scaled,) = standardised([reference], reference)
    assert scaled.shape == (50, 1)
    assert scaled.mean() == pytest.approx(0, abs=1e-9)
    assert scaled.std() == pytest.approx(1)


def test_copies_of_the_training_set_are_found_and_fresh_images_are_not():
    rng = np.random.default_rng(5)
    training, held_out = rng.normal(size=(60, 8)), rng.normal(size=(40, 8))
    copies = training[:40] + 0.05 * rng.normal(size=(40, 8))
    assert closeness(copies, held_out, training).p_value < 1e-6
    assert closeness(rng.normal(size=(40, 8)), held_out, training).p_value > 0.05
    assert nearest_distances(training[:3], training) == pytest.approx(0, abs=1e-6)


def _picture(seed, noise=0.0):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:128, :128] / 128
    smooth = np.stack([np.sin(6 * x + n) * np.cos(5 * y) for n in range(2)])
    return np.clip(0.8 * smooth + noise * rng.normal(size=smooth.shape), -1, 1).astype(np.float32)


def test_psnr_and_ssim_are_those_of_scikit_image():
    original, copy = _picture(0), _picture(1, 0.1)
    assert psnr_db(original, copy) == pytest.approx(peak_signal_noise_ratio(original, copy, data_range=2.0), abs=1e-3)
    expected = [
        structural_similarity(a, b, data_range=2.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
        for a, b in zip(original, copy, strict=True)
    ]
    assert ssim(original, copy) == pytest.approx(np.mean(expected), abs=2e-3)
    assert psnr_db(original, original) == float("inf")


def test_images_are_most_alike_themselves_and_less_so_the_noisier():
    original = _picture(0)
    assert ms_ssim(original, original) == pytest.approx(1.0, abs=1e-5)
    assert ms_ssim(original, _picture(1, 0.05)) > ms_ssim(original, _picture(1, 0.3))
    with pytest.raises(InputError, match="too small for 5 scales"):
        ms_ssim(original[:, :64, :64], original[:, :64, :64])
