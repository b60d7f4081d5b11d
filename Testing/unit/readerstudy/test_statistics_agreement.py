"""Agreement coefficients against published worked examples."""

from __future__ import annotations

import numpy as np
import pytest

from UterineSynthLib.readerstudy.statistics.gwet import gwet_ac
from UterineSynthLib.readerstudy.statistics.icc import icc
from UterineSynthLib.readerstudy.statistics.kappa import cohen_kappa, fleiss_kappa
from UterineSynthLib.readerstudy.statistics.krippendorff_alpha import krippendorff_alpha

nan = np.nan

KRIPPENDORFF_2011 = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
)
"""Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C; also Gwet's four-rater example."""

SHROUT_FLEISS_1979 = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Table 2 of Shrout & Fleiss: six targets, four judges."""


@pytest.mark.parametrize(("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_krippendorffs_example_is_the_published_one(metric: str, published: float) -> None:
    assert krippendorff_alpha(KRIPPENDORFF_2011, metric) == pytest.approx(published, abs=5e-4)


def test_ac1_of_gwets_four_raters_is_the_published_one() -> None:
    assert gwet_ac(KRIPPENDORFF_2011) == pytest.approx(0.77544, abs=5e-6)


def test_ac1_of_the_kappa_paradox_stays_high() -> None:
    # 118 times yes/yes, 5 and 2 disagreements, no no/no: Gwet 2008 discusses this table (Feinstein & Cicchetti).
    first, second = np.repeat([1.0, 1.0, 2.0], [118, 5, 2]), np.repeat([1.0, 2.0, 1.0], [118, 5, 2])
    share = (123 / 125 + 120 / 125) / 2
    by_chance = 2 * share * (1 - share)
    assert gwet_ac(np.stack([first, second])) == pytest.approx((118 / 125 - by_chance) / (1 - by_chance))
    assert cohen_kappa(first, second) < 0


def test_ac2_forgives_neighbours_but_not_opposites() -> None:
    base = np.array([1.0, 2, 3, 4, 1, 2, 3, 4])
    near, far = np.r_[2.0, base[1:]], np.r_[4.0, base[1:]]
    assert gwet_ac(np.stack([base, near]), "quadratic") > gwet_ac(np.stack([base, far]), "quadratic")
    assert gwet_ac(np.stack([base, near])) == pytest.approx(gwet_ac(np.stack([base, far])), abs=0.01)


def test_weighted_and_plain_gwet_agree_on_two_categories() -> None:
    ratings = np.random.default_rng(1).integers(1, 3, size=(4, 30)).astype(float)
    assert gwet_ac(ratings, "quadratic") == pytest.approx(gwet_ac(ratings))


@pytest.mark.parametrize(
    ("form", "value", "interval"),
    [("1", 0.17, (-0.13, 0.72)), ("2", 0.29, (0.02, 0.76)), ("3", 0.71, (0.34, 0.95))],
)
def test_icc_of_shrout_and_fleiss_is_the_published_one(form: str, value: float, interval: tuple[float, float]) -> None:
    found = icc(SHROUT_FLEISS_1979, form)
    assert found.value == pytest.approx(value, abs=5e-3)
    assert (found.low, found.high) == pytest.approx(interval, abs=6e-3)


def test_icc_of_equal_ratings_says_why_there_is_none() -> None:
    assert icc(np.ones((5, 2))).reason == "all ratings are equal"


def test_icc_of_cases_that_do_not_differ_says_why_there_is_none() -> None:
    assert icc(np.array([[1.0, 2.0], [2.0, 1.0]])).reason == "the cases do not differ in their mean rating"


def test_cohens_kappa_of_a_table_counted_by_hand() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed 0.70, by chance 0.5 x 0.6 + 0.5 x 0.4.
    first = np.repeat([1.0, 1.0, 0.0, 0.0], [20, 5, 10, 15])
    second = np.repeat([1.0, 0.0, 1.0, 0.0], [20, 5, 10, 15])
    assert cohen_kappa(first, second) == pytest.approx((0.7 - 0.5) / (1 - 0.5))


def test_quadratic_weights_are_those_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    first, second = np.random.default_rng(2).integers(1, 6, size=(2, 60)).astype(float)
    expected = sklearn.cohen_kappa_score(first, second, weights="quadratic")
    assert cohen_kappa(first, second, "quadratic") == pytest.approx(expected)


def test_fleiss_kappa_uses_the_cases_that_all_readers_rated() -> None:
    ratings = np.random.default_rng(3).integers(0, 3, size=(4, 25)).astype(float)
    with_gap = np.c_[ratings, [nan, 1.0, 1.0, 1.0]]
    assert fleiss_kappa(with_gap) == fleiss_kappa(ratings)


def test_coefficients_of_equal_answers_are_undefined_not_one() -> None:
    ratings = np.ones((3, 10))
    assert np.isnan([krippendorff_alpha(ratings), gwet_ac(ratings), fleiss_kappa(ratings)]).all()
