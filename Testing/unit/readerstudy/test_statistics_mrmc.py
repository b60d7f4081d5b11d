"""Areas, their covariances and Obuchowski-Rockette, against published digits and hand-countable cases."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.statistics.covariance import delong, jackknife, mean_difference, share_true
from UterineSynthLib.readerstudy.statistics.obuchowski_rockette import average_readers, compare_treatments
from UterineSynthLib.readerstudy.statistics.roc import auc, roc_points

VAN_DYKE = Path(__file__).parents[4] / "shared" / "reference" / "vandyke.csv"
READERS = 5
Scores = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def van_dyke() -> Scores:
    """Scores (treatments x readers, cases) and truth of Van Dyke et al. 1993, as MRMCaov distributes them."""
    if not VAN_DYKE.exists():
        pytest.skip(f"the published data set is not at {VAN_DYKE}")
    scores, truth = np.full((2, READERS, 114), np.nan), np.zeros(114, dtype=bool)
    with VAN_DYKE.open() as sheet:
        for row in csv.DictReader(sheet):
            case = int(row["case"]) - 1
            scores[int(row["treatment"]) - 1, int(row["reader"]) - 1, case] = float(row["rating"])
            truth[case] = row["truth"] == "1"
    return scores.reshape(2 * READERS, 114), truth


def test_areas_of_van_dyke_are_the_published_ones(van_dyke: Scores) -> None:
    areas, _ = delong(*van_dyke)
    published = [0.9196457, 0.8587762, 0.9038647, 0.9731079, 0.8297907]
    published += [0.9478261, 0.9053140, 0.9217391, 0.9993559, 0.9299517]
    assert areas == pytest.approx(published, abs=5e-8)


def test_random_readers_comparison_of_van_dyke_gives_every_published_digit(van_dyke: Scores) -> None:
    areas, covariance = delong(*van_dyke)
    found = compare_treatments(areas.reshape(2, READERS), covariance)
    components = [found.reader_variance, found.interaction_variance, found.error_variance]
    assert components == pytest.approx([0.0015364254, 0.0002045840, 0.0007921325], abs=5e-11)
    assert [found.cov1, found.cov2, found.cov3] == pytest.approx([0.0003420090, 0.0003395265, 0.0002358497], abs=5e-11)
    assert found.treatment_mean_square == pytest.approx(0.004796171, abs=5e-10)
    assert found.interaction_mean_square == pytest.approx(0.0005510306, abs=5e-11)
    assert [found.statistic, found.df2, found.p_value] == pytest.approx([4.484854, 15.06611, 0.05123303], rel=5e-7)
    assert found.difference_se == pytest.approx(0.0206825, abs=5e-8)
    assert found.difference_interval() == pytest.approx((-0.0878671960, 0.0002665519), abs=5e-11)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (slice(0, 5), (0.8970370, 0.003082629, 0.0004775239, 0.03307642, 12.59597, 0.8253461, 0.9687280)),
        (slice(5, 10), (0.9408374, 0.001304602, 0.0002015292, 0.02150464, 12.56530, 0.8942155, 0.9874592)),
    ],
)
def test_one_treatment_of_van_dyke_gives_every_published_digit(
    van_dyke: Scores, rows: slice, expected: tuple[float, ...]
) -> None:
    areas, covariance = delong(*van_dyke)
    found = average_readers(areas[rows], covariance[rows, rows])
    values = (found.mean, found.reader_mean_square, found.covariance, found.se, found.df, *found.interval())
    assert values == pytest.approx(expected, rel=5e-7)


def test_fixed_readers_with_jackknife_of_van_dyke_give_every_published_digit(van_dyke: Scores) -> None:
    areas, covariance = jackknife(*van_dyke)
    found = compare_treatments(areas.reshape(2, READERS), covariance, fixed_readers=True)
    assert found.error_variance == pytest.approx(0.0008022883, abs=5e-11)
    assert [found.cov1, found.cov2, found.cov3] == pytest.approx([0.0003466137, 0.0003440748, 0.0002390284], abs=5e-11)
    assert [found.statistic, found.p_value] == pytest.approx([5.475953, 0.01927984], rel=5e-7)
    assert found.difference_se == pytest.approx(0.01871748, abs=5e-9)


def test_area_counts_wins_and_half_of_the_ties() -> None:
    scores, positive = np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False])
    assert auc(scores, positive) == (1 + 1 + 0.5 + 1) / 4


def test_area_equals_the_trapezoids_under_the_curve_and_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    positive = rng.random(80) < 0.4
    scores = np.round(rng.normal(positive, 1.0) * 2)
    points = roc_points(scores, positive)
    assert auc(scores, positive) == pytest.approx(np.trapezoid(points[:, 1], points[:, 0]))
    assert auc(scores, positive) == pytest.approx(sklearn.roc_auc_score(positive, scores))


def test_delong_variance_of_four_cases_is_the_one_counted_by_hand() -> None:
    # Positives 3 and 1 against negatives 2 and 0 win 2/2 and 1/2; negatives are beaten 1/2 and 2/2.
    areas, covariance = delong(np.array([[3.0, 1.0, 2.0, 0.0]]), np.array([True, True, False, False]))
    assert areas[0] == 0.75
    assert covariance[0, 0] == pytest.approx(0.125 / 2 + 0.125 / 2)


def test_jackknife_of_a_share_is_the_variance_of_a_mean_within_strata() -> None:
    correct = np.array([[1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]])
    truth = np.arange(8) < 4
    plain = jackknife(correct, truth, share_true)[1][0, 0]
    stratified = jackknife(correct, truth, share_true, strata=truth)[1][0, 0]
    assert plain == pytest.approx(correct.var(ddof=1) / 8)
    # Each half of four has a sum of squares of 3/4, leaving one out moves the mean of eight by a seventh of it.
    assert stratified == pytest.approx(2 * (3 / 4) * (0.75 / 49))


def test_readers_with_different_cases_share_no_covariance() -> None:
    rng = np.random.default_rng(2)
    scores, truth = np.full((2, 40), np.nan), np.tile([True, False], 20)
    scores[0, :20], scores[1, 20:] = rng.normal(size=20), rng.normal(size=20)
    areas, covariance = jackknife(scores, truth)
    assert np.isfinite(areas).all()
    assert abs(covariance[0, 1]) < 0.05 * covariance[0, 0]


def test_jackknife_of_whole_patients_grows_when_their_cases_agree() -> None:
    once = np.random.default_rng(3).normal(size=(1, 30))
    truth = np.tile([True, False], 15)
    doubled, both = np.repeat(once, 2, axis=1), np.repeat(truth, 2)
    patients = np.repeat(np.arange(30), 2)
    as_patients = jackknife(doubled, both, mean_difference, patients)[1][0, 0]
    as_cases = jackknife(doubled, both, mean_difference)[1][0, 0]
    assert as_patients == pytest.approx(jackknife(once, truth, mean_difference)[1][0, 0])
    assert as_patients / as_cases == pytest.approx(2.0, rel=0.1)


def test_delong_refuses_missing_readings_in_words() -> None:
    with pytest.raises(InputError, match="every reader to read every case; use the jackknife"):
        delong(np.array([[1.0, np.nan, 2.0, 3.0]]), np.array([True, True, False, False]))


def test_one_reader_cannot_be_random() -> None:
    with pytest.raises(InputError, match="one reader cannot stand for readers in general"):
        average_readers(np.array([0.8]), np.array([[0.01]]))
    alone = average_readers(np.array([0.8]), np.array([[0.01]]), fixed_readers=True)
    assert alone.interval() == pytest.approx((0.8 - 1.959964 * 0.1, 0.8 + 1.959964 * 0.1))


def test_perfect_separation_has_no_standard_error_and_says_so() -> None:
    scores, truth = np.array([[4.0, 5.0, 1.0, 2.0], [3.0, 4.0, 1.0, 2.0]]), np.array([True, True, False, False])
    with pytest.raises(InputError, match="standard error is zero"):
        average_readers(*delong(scores, truth))


def test_one_case_of_a_kind_is_refused_and_not_taken_for_certain() -> None:
    correct, truth = np.array([[1.0, 0.0, 1.0, 1.0]]), np.array([True, False, False, False])
    with pytest.raises(InputError, match="two independent cases of each kind"):
        jackknife(correct, truth, share_true, strata=truth)
