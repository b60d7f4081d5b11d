"""Known truths simulated and found again: coverage of the intervals, error rates of the verdicts."""

from __future__ import annotations

import numpy as np
import pytest

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.design import Candidate, Sampling, StudyDesign
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.simulation import (
    SimulatedReaders,
    open_readings,
    simulate_answers,
    simulate_impressions,
)
from UterineSynthLib.readerstudy.statistics.average import average_over_readers
from UterineSynthLib.readerstudy.statistics.bootstrap import bootstrap_mean
from UterineSynthLib.readerstudy.statistics.covariance import delong
from UterineSynthLib.readerstudy.statistics.obuchowski_rockette import average_readers
from UterineSynthLib.readerstudy.statistics.power import sample_size
from UterineSynthLib.readerstudy.statistics.result import Finding, Verdict
from UterineSynthLib.readerstudy.statistics.size_check import check_size
from UterineSynthLib.readerstudy.statistics.table import ReadTable
from UterineSynthLib.readerstudy.statistics.verdict import Evidence, decide

REPLICATES = 300
MONTE_CARLO = 3 * np.sqrt(0.05 * 0.95 / REPLICATES)


def _table(truth: SimulatedReaders, readers: int, cases: int, rng: np.random.Generator) -> ReadTable:
    is_synthetic = np.arange(cases) % 2 == 1
    impressions, criteria = simulate_impressions(truth, is_synthetic, readers, rng)
    correct = ((impressions > criteria[:, None]) == is_synthetic).astype(float)
    names = tuple(f"R{i}" for i in range(readers)), tuple(f"C{i}" for i in range(cases))
    order = np.tile(np.arange(1.0, cases + 1), (readers, 1))
    return ReadTable(*names, is_synthetic, np.arange(cases), impressions, correct, order, order, None)


def _verdict(table: ReadTable, claim: Claim) -> Verdict:
    average = average_over_readers(table, claim.measure, not claim.random_readers, claim, 0.5)
    size = check_size(table, claim, 0.5, average)
    return decide(Evidence(claim, 0.5, average, None, size))


@pytest.mark.parametrize(
    "truth",
    [
        SimulatedReaders(0.0, case_correlation=0.3),
        SimulatedReaders(1.0, d_prime_sd=0.3, case_correlation=0.3),
    ],
)
def test_random_reader_interval_of_the_area_covers_the_truth(truth: SimulatedReaders) -> None:
    rng, covered = np.random.default_rng(1), 0
    is_synthetic = np.arange(80) % 2 == 1
    for _ in range(REPLICATES):
        scores, _ = simulate_impressions(truth, is_synthetic, 5, rng)
        low, high = average_readers(*delong(scores, is_synthetic)).interval()
        covered += low <= truth.auc <= high
    assert covered / REPLICATES == pytest.approx(0.95, abs=MONTE_CARLO)


def test_random_reader_interval_of_accuracy_covers_the_truth_where_readers_lean() -> None:
    truth = SimulatedReaders(0.8, d_prime_sd=0.2, criterion=0.3, criterion_sd=0.3, case_correlation=0.2)
    rng, covered = np.random.default_rng(2), 0
    for _ in range(REPLICATES):
        table = _table(truth, 5, 60, rng)
        found = average_over_readers(table, Measure.ACCURACY, False, Claim(), 0.5).estimate
        covered += found.low <= truth.accuracy <= found.high
    assert covered / REPLICATES == pytest.approx(0.95, abs=MONTE_CARLO)


def test_clustered_bootstrap_covers_where_a_naive_one_does_not() -> None:
    truth = SimulatedReaders(0.8, d_prime_sd=0.5, case_correlation=0.5)
    rng, clustered, naive, replicates = np.random.default_rng(3), 0, 0, 200
    for _ in range(replicates):
        correct = _table(truth, 10, 60, rng).correct
        low, high = bootstrap_mean(correct, readers=np.arange(10), cases=np.arange(60), rng=rng, replicates=400)
        clustered += low <= truth.accuracy <= high
        half = 1.96 * np.sqrt(correct.mean() * (1 - correct.mean()) / correct.size)
        naive += abs(correct.mean() - truth.accuracy) <= half
    assert clustered / replicates >= 0.90
    assert naive / replicates < 0.85


def test_expected_accuracy_and_area_are_those_of_many_simulated_readers() -> None:
    truth = SimulatedReaders(1.2, 0.4, 0.3, 0.2, 0.1)
    rng = np.random.default_rng(4)
    tables = [_table(truth, 200, 400, rng) for _ in range(5)]
    assert np.mean([t.correct.mean() for t in tables]) == pytest.approx(truth.accuracy, abs=0.01)
    areas = [delong(t.suspicion[:40], t.is_synthetic)[0].mean() for t in tables]
    assert np.mean(areas) == pytest.approx(truth.auc, abs=0.02)


@pytest.mark.parametrize("readers", [4, 8])
def test_a_study_of_the_needed_size_shows_a_true_equivalence_at_its_power(readers: int) -> None:
    claim = Claim(margin=0.10, power=0.80)
    cases = 2 * -(-sample_size(claim, readers=readers).reads // (2 * readers))
    rng = np.random.default_rng(5)
    shown = [
        _verdict(_table(SimulatedReaders(), readers, cases, rng), claim).finding is Finding.SHOWN
        for _ in range(REPLICATES)
    ]
    assert np.mean(shown) > 0.80 - 0.07


def test_equivalence_is_claimed_wrongly_in_at_most_five_percent() -> None:
    claim = Claim(margin=0.10)
    at_the_margin = SimulatedReaders(0.50669, case_correlation=0.2)
    assert at_the_margin.accuracy == pytest.approx(0.60, abs=1e-4)
    rng = np.random.default_rng(6)
    shown = [_verdict(_table(at_the_margin, 6, 100, rng), claim).finding is Finding.SHOWN for _ in range(REPLICATES)]
    assert np.mean(shown) <= 0.05 + MONTE_CARLO


def test_a_difference_is_claimed_wrongly_in_at_most_five_percent() -> None:
    claim, rng = Claim(Aim.DIFFERENCE, Measure.AUC, margin=0.10), np.random.default_rng(7)
    guessing = SimulatedReaders(0.0, case_correlation=0.2)
    shown = [_verdict(_table(guessing, 6, 100, rng), claim).finding is Finding.SHOWN for _ in range(REPLICATES)]
    assert np.mean(shown) <= 0.05 + MONTE_CARLO


def test_sixty_reads_are_never_called_conclusive() -> None:
    rng = np.random.default_rng(8)
    findings = {_verdict(_table(SimulatedReaders(), 3, 20, rng), Claim()).finding for _ in range(100)}
    assert Finding.SHOWN not in findings
    assert Finding.TOO_SMALL in findings


def _design(readers: int = 3, forms: tuple[str, ...] = ("likert",)) -> StudyDesign:
    names = tuple(f"R{i}" for i in range(1, readers + 1))
    return StudyDesign(
        "Simulated", 11, (Candidate("a.nrrd", "s", False),), Sampling(20, 20), questionnaire_of(forms), names
    )


def test_simulated_answers_fit_the_form_and_repeat_with_the_seed() -> None:
    design = _design(forms=("anchored", "clinical"))
    schedule = open_readings(design, 20, 20, 5)
    study = simulate_answers(design, schedule, SimulatedReaders(1.0))
    assert len(study.readings) == 3 * 45
    for reading in study.readings:
        assert design.questionnaire.check(reading.answers) == reading.answers
        assert reading.confidence_real == design.questionnaire.confidence_real(reading.answers)
    assert study == simulate_answers(design, schedule, SimulatedReaders(1.0))


def test_a_correlation_of_one_is_refused() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        SimulatedReaders(case_correlation=1.0)
