"""Sample sizes against the published table, and the laws of power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.statistics.power import (
    design_effect,
    power_of,
    reads_needed,
    sample_size,
    variance_per_read,
)


@pytest.mark.parametrize(
    ("margin", "power", "reads"),
    [(0.10, 0.8, 214), (0.10, 0.9, 271), (0.05, 0.8, 856), (0.05, 0.9, 1082), (0.15, 0.8, 95), (0.15, 0.9, 120)],
)
def test_equivalence_of_accuracy_to_one_half_needs_the_known_numbers(margin: float, power: float, reads: int) -> None:
    assert reads_needed(Claim(margin=margin, power=power)) == reads


def test_power_of_equivalence_is_the_one_counted_from_the_binomial() -> None:
    claim, reads, half = Claim(margin=0.10), 400, stats.norm.ppf(0.95) * 0.5 / 20
    right = np.arange(reads + 1)
    inside = np.abs(right / reads - 0.5) + half < claim.margin
    exact = stats.binom.pmf(right, reads, 0.5)[inside].sum()
    assert power_of(claim, reads) == pytest.approx(exact, abs=0.01)


def test_difference_needs_the_textbook_number() -> None:
    # One-sample proportion 0.5 against 0.6, two-sided 5 %, 80 %: (1.96 x 0.5 + 0.8416 x sqrt(0.24))^2 / 0.01 = 193.8.
    assert reads_needed(Claim(Aim.DIFFERENCE, margin=0.10)) == 194


def test_variance_of_a_guessing_area_is_that_of_the_rank_sum_test() -> None:
    # Var(U / mn) = (m + n + 1) / (12 m n); with half the reads in each class it tends to 1 / (3 reads).
    assert variance_per_read(Measure.AUC, 0.5) == pytest.approx(1 / 3)
    assert reads_needed(Claim(measure=Measure.AUC)) == round(214.1 / 0.25 / 3)


@pytest.mark.parametrize("aim", list(Aim))
@pytest.mark.parametrize("measure", list(Measure))
def test_more_reads_and_a_wider_margin_never_lose_power(aim: Aim, measure: Measure) -> None:
    claim = Claim(aim, measure, margin=0.1)
    powers = [power_of(claim, reads, df=5) for reads in (50, 100, 200, 400, 800)]
    assert powers == sorted(powers)
    assert power_of(claim, 200) < power_of(Claim(aim, measure, margin=0.15), 200)


def test_few_random_readers_need_more_reads_than_many() -> None:
    needed = [sample_size(Claim(), readers=readers).reads for readers in (3, 5, 10, 100)]
    assert needed == sorted(needed, reverse=True)
    assert needed[-1] == pytest.approx(214, rel=0.02)
    assert sample_size(Claim(random_readers=False), readers=3).reads == 214


def test_design_effect_of_readers_who_always_agree_counts_cases_only() -> None:
    assert design_effect(4, 50, case_correlation=1.0) == 4
    assert design_effect(4, 50, reader_correlation=1.0) == 50
    assert design_effect(4, 50) == 1


def test_sample_size_holds_its_own_design_effect() -> None:
    size = sample_size(Claim(random_readers=False), readers=5, case_correlation=0.1, reader_correlation=0.002)
    assert size.reads / size.design_effect == pytest.approx(size.independent_reads, rel=0.01)


def test_readers_who_differ_too_much_cannot_be_made_up_for_by_cases() -> None:
    with pytest.raises(InputError, match="however many cases they read; ask more readers"):
        sample_size(Claim(), readers=3, reader_correlation=0.05)


def test_one_random_reader_is_refused() -> None:
    with pytest.raises(InputError, match="one reader cannot stand for readers in general"):
        sample_size(Claim(), readers=1)


def test_a_margin_past_certainty_is_refused() -> None:
    with pytest.raises(InputError, match="must stay below 1"):
        reads_needed(Claim(Aim.DIFFERENCE, margin=0.45), chance=0.6)
