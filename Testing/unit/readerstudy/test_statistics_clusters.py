"""Readings that are not independent, classes of unequal size, patients with several images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.design import Candidate, Sampling, StudyDesign
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.simulated_readers import SimulatedReaders, simulate_impressions
from UterineSynthLib.readerstudy.simulation import open_readings, simulate_answers
from UterineSynthLib.readerstudy.statistics.analysis import analyse
from UterineSynthLib.readerstudy.statistics.clustered import clustered_area, clustered_detection
from UterineSynthLib.readerstudy.statistics.export import imrmc_text
from UterineSynthLib.readerstudy.statistics.likert import compare_ratings
from UterineSynthLib.readerstudy.statistics.power import imbalance, sample_size
from UterineSynthLib.readerstudy.statistics.result import Finding
from UterineSynthLib.readerstudy.statistics.roc import auc


def study(truth: SimulatedReaders, real: int, synthetic: int, claim: Claim, form: str = "turing") -> StudyReadings:
    """Six readers."""
    design = StudyDesign(
        "Unequal",
        4,
        (Candidate("a", "s", False), Candidate("b", "t", True, "m")),
        Sampling(real, synthetic),
        questionnaire_of((form,)),
        tuple(f"R{i}" for i in range(1, 7)),
        claim,
    )
    return simulate_answers(design, open_readings(design, real, synthetic), truth)


def test_readers_who_call_nearly_all_synthetic_do_not_seem_to_tell_where_most_images_are() -> None:
    found = analyse(study(SimulatedReaders(criterion=-1.0), 30, 120, Claim(Aim.DIFFERENCE)))
    assert found.overall["accuracy"].value > 0.65
    assert found.average(Measure.ACCURACY, "random").estimate.value == pytest.approx(0.5, abs=0.05)
    assert found.verdict.finding is Finding.NOT_SHOWN


def test_unequal_numbers_need_more_readings() -> None:
    assert imbalance(50, 50) == 1
    assert imbalance(25, 75) == pytest.approx(4 / 3)
    even, uneven = sample_size(Claim(), readers=5), sample_size(Claim(), readers=5, kinds_factor=imbalance(25, 75))
    assert uneven.reads == pytest.approx(even.reads * 4 / 3, abs=2)
    found = analyse(study(SimulatedReaders(), 10, 60, Claim()))
    assert found.size.needed == sample_size(Claim(), readers=6, kinds_factor=imbalance(10, 60)).reads
    with pytest.raises(InputError, match="0 real and 4 synthetic cases; telling them apart needs both"):
        imbalance(0, 4)


def test_area_of_the_readers_is_their_mean_and_its_interval_wider_where_they_differ() -> None:
    is_synthetic, rng = np.arange(80) % 2 == 1, np.random.default_rng(1)
    alike = simulate_impressions(SimulatedReaders(1.0), is_synthetic, 8, rng)[0]
    differ = simulate_impressions(SimulatedReaders(1.0, 1.0), is_synthetic, 8, rng)[0]
    first, second = (clustered_area(s, is_synthetic, np.arange(80), np.random.default_rng(2)) for s in (alike, differ))
    assert first.value == pytest.approx(np.mean([auc(row, is_synthetic) for row in alike]))
    assert second.high - second.low > 1.3 * (first.high - first.low)


def test_a_patient_with_many_images_counts_as_one() -> None:
    is_synthetic, rng = np.arange(40) % 2 == 1, np.random.default_rng(3)
    scores = simulate_impressions(SimulatedReaders(1.0, case_correlation=0.9), is_synthetic, 4, rng)[0]
    again, both, patients = np.repeat(scores, 3, axis=1), np.repeat(is_synthetic, 3), np.repeat(np.arange(40), 3)
    as_patients, as_images = (
        clustered_area(again, both, clusters, np.random.default_rng(4)) for clusters in (patients, np.arange(120))
    )
    once = clustered_area(scores, is_synthetic, np.arange(40), np.random.default_rng(4))
    assert as_patients.high - as_patients.low == pytest.approx(once.high - once.low, rel=0.1)
    assert as_images.high - as_images.low < 0.8 * (once.high - once.low)


def test_pooled_d_prime_is_less_certain_where_readings_share_images() -> None:
    truth = SimulatedReaders(1.0, 0.4, criterion_sd=0.4, case_correlation=0.5)
    is_synthetic = np.arange(60) % 2 == 1
    impressions, criteria = simulate_impressions(truth, is_synthetic, 8, np.random.default_rng(5))
    correct = ((impressions > criteria[:, None]) == is_synthetic).astype(float)
    wide = clustered_detection(correct, is_synthetic, np.arange(60), np.random.default_rng(6))
    alone = clustered_detection(
        correct.reshape(1, -1), np.tile(is_synthetic, 8), np.arange(480), np.random.default_rng(6)
    )
    assert wide.d_prime.value == pytest.approx(alone.d_prime.value)
    assert wide.d_prime.high - wide.d_prime.low > 1.5 * (alone.d_prime.high - alone.d_prime.low)


def test_rating_difference_is_that_of_a_mixed_model_of_statsmodels() -> None:
    mixed = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    rng, is_synthetic = np.random.default_rng(7), np.arange(24) % 2 == 1
    ratings = rng.normal(3, 0.5, (5, 1)) + rng.normal(0, 0.7, 24) + rng.normal(0, 0.8, (5, 24)) - 0.6 * is_synthetic
    found = compare_ratings("q", "q", tuple("abcde"), ratings, is_synthetic)
    design = np.column_stack([np.ones(120), np.tile(is_synthetic, 5)])
    reader, case = np.repeat(np.eye(5), 24, axis=0), np.tile(np.eye(24), (5, 1))
    parts = mixed.VCSpec(["reader", "case"], [[["r"] * 5], [["c"] * 24]], [[reader], [case]])
    fit = mixed.MixedLM(ratings.ravel(), design, np.zeros(120), exog_vc=parts).fit()
    assert found.difference.value == pytest.approx(fit.params[1])
    width = (found.difference.high - found.difference.low) / 2 / 1.96
    assert width == pytest.approx(fit.bse[1], rel=0.25)


def test_rating_differences_are_claimed_wrongly_in_at_most_five_percent_where_readers_differ() -> None:
    rng, is_synthetic, wrong = np.random.default_rng(8), np.arange(40) % 2 == 1, 0
    for _ in range(200):
        own = rng.normal(0, 0.4, (5, 1)) * is_synthetic
        ratings = np.round(np.clip(3 + own + rng.normal(0, 0.5, 40) + rng.normal(0, 0.8, (5, 40)), 1, 5))
        wrong += compare_ratings("q", "q", tuple("abcde"), ratings, is_synthetic).p_random < 0.05
    assert wrong / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_readers_who_see_what_was_asked_for_are_found_at_their_rate() -> None:
    kinds = Pathology.LEIOMYOMA, Pathology.ADENOMYOSIS, Pathology.NORMAL
    open_study = study(SimulatedReaders(), 60, 60, Claim(), "clinical")
    asked = {
        r.case: UterusDescription(pathologies=(kinds[int(r.case[-1]) % 3],))
        for r in open_study.readings
        if r.is_synthetic
    }
    known = tuple(replace(r, asked=asked.get(r.case)) for r in open_study.readings)
    found = analyse(simulate_answers(open_study.design, known, SimulatedReaders(descriptor_skill=0.7)))
    table = next(c for c in found.descriptors if c.question == "main_finding")
    options = len(found.likert) and len(open_study.design.questionnaire.questions[0].options)
    assert table.agreement.low < 0.7 + 0.3 / options < table.agreement.high
    assert sum(map(sum, table.counts)) == 6 * 60


def test_imrmc_ids_are_whole_numbers_that_the_description_translates() -> None:
    text = imrmc_text(study(SimulatedReaders(), 5, 7, Claim()))
    head, _, data = text.partition("BEGIN DATA:\n")
    assert head.endswith("N0: 5\nN1: 7\nNR: 6\nNM: 1\n")
    assert "reader 2 is R2\n" in head
    assert "case 12 is case-0012\n" in head
    rows = [[float(cell) for cell in line.split(",")] for line in data.splitlines()]
    assert rows[:12] == [[-1, case, 0, float(case > 5)] for case in range(1, 13)]
    assert {(r, c, m) for r, c, m, _ in rows[12:]} == {(r, c, 1) for r in range(1, 7) for c in range(1, 13)}
    assert all(1 <= score <= 6 for *_, score in rows[12:])


def test_course_cuts_the_sequence_into_equal_parts() -> None:
    found = analyse(study(SimulatedReaders(3.0), 20, 20, Claim()))
    assert [(p.first, p.last) for p in found.course] == [(1 + 5 * i, 5 + 5 * i) for i in range(8)]
    assert sum(p.correct.n for p in found.course) == 6 * 40
    assert all(p.correct.value > 0.7 and 15 < p.seconds.value < 40 for p in found.course)
