"""The forced choice: simulated with a known d', analysed to a verdict, comparable over hidden repeats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from UterineSynthLib.readerstudy.build import build_study
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.coordinator import open_built_study
from UterineSynthLib.readerstudy.design import Candidate, Sampling, Schedule, StudyDesign
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.report.page import write_report
from UterineSynthLib.readerstudy.responses import open_responses
from UterineSynthLib.readerstudy.simulated_readers import SimulatedReaders, simulate_set_impressions
from UterineSynthLib.readerstudy.simulation import open_readings, simulate_answers
from UterineSynthLib.readerstudy.statistics.analysis import analyse
from UterineSynthLib.readerstudy.statistics.result import Finding

OPTIONS = 4


def quartets(truth: SimulatedReaders, claim: Claim, sets: int = 80) -> StudyReadings:
    """Six readers pick the one real image of four."""
    design = StudyDesign(
        "Quartets",
        3,
        (Candidate("a", "s", False), Candidate("b", "t", True, "m")),
        Sampling(sets, sets * (OPTIONS - 1)),
        questionnaire_of((), images_per_item=OPTIONS),
        tuple(f"R{i}" for i in range(1, 7)),
        claim,
        Schedule(images_per_item=OPTIONS),
    )
    return simulate_answers(design, open_readings(design, sets, 0, 10), truth)


@pytest.mark.parametrize("d_prime", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("options", [2, 3, 4])
def test_share_right_of_m_alternatives_is_that_of_an_orthant(d_prime: float, options: int) -> None:
    # The real image wins where all m - 1 differences to it are positive: unit normals that correlate by one half.
    correlation = (np.eye(options - 1) + 1) / 2
    orthant = stats.multivariate_normal(cov=correlation).cdf(np.full(options - 1, d_prime / np.sqrt(2)))
    assert SimulatedReaders(d_prime).choice_accuracy(options) == pytest.approx(orthant, abs=1e-4)


def test_a_guess_among_n_is_right_once_in_n() -> None:
    assert [SimulatedReaders().choice_accuracy(n) for n in (2, 3, 4, 9)] == pytest.approx([1 / 2, 1 / 3, 1 / 4, 1 / 9])


def test_share_right_of_readers_who_differ_is_that_of_many_simulated_ones() -> None:
    truth = SimulatedReaders(1.2, 0.5, case_correlation=0.3)
    seen = simulate_set_impressions(truth, 100, OPTIONS, 2000, np.random.default_rng(1))
    assert (seen.argmin(axis=2) == 0).mean() == pytest.approx(truth.choice_accuracy(OPTIONS), abs=0.02)


def test_readers_who_can_tell_are_found_and_their_share_with_them() -> None:
    truth = SimulatedReaders(1.0, case_correlation=0.1)
    found = analyse(quartets(truth, Claim(Aim.DIFFERENCE)))
    assert found.verdict.finding is Finding.SHOWN
    mean = found.average(Measure.ACCURACY, "random").estimate
    assert mean.low < truth.choice_accuracy(OPTIONS) < mean.high
    assert found.chance == 0.25


def test_guessing_readers_are_equivalent_to_one_in_four() -> None:
    found = analyse(quartets(SimulatedReaders(), Claim()))
    assert found.verdict.finding is Finding.SHOWN
    assert "0.15 to 0.35" in found.verdict.reasons[1]
    assert abs(found.average(Measure.ACCURACY, "random").estimate.value - 0.25) < 0.05


def test_guessing_readers_are_not_found_to_tell() -> None:
    assert analyse(quartets(SimulatedReaders(), Claim(Aim.DIFFERENCE))).verdict.finding is Finding.NOT_SHOWN


def test_agreement_and_repeats_follow_the_image_and_not_its_letter() -> None:
    whole = quartets(SimulatedReaders(4.0), Claim(Aim.DIFFERENCE), sets=40)
    turned = tuple(
        replace(r, answers={"real_image": "A"}, correct_choice="A")
        if r.reader == "R1" and r.correct_choice == "B"
        else r
        for r in whole.readings
    )
    found, moved = analyse(whole), analyse(StudyReadings(whole.design, turned))
    kappa = {a.coefficient: a.estimate.value for a in found.agreement}
    assert kappa["Fleiss' kappa"] > 0.9
    assert kappa == {a.coefficient: a.estimate.value for a in moved.agreement}
    assert found.overall["repeat agreement"].value > 0.9


def test_a_report_of_a_forced_choice_has_no_curve_and_states_its_sets(tmp_path: Path) -> None:
    study = quartets(SimulatedReaders(0.5), Claim(), sets=20)
    text = write_report(analyse(study), study, tmp_path).read_text(encoding="utf-8")
    assert "20 sets of 4 images, one of them real" in text
    assert "<h2>Confidence" not in text
    assert "share right" in text
    assert "a forced choice has no single images" in text
    assert not (tmp_path / "readings.imrmc").exists()


def test_a_repeated_set_names_the_chosen_image_by_its_first_place(
    pool: tuple[Candidate, ...], pool_folder: Path, tmp_path: Path
) -> None:
    design = StudyDesign(
        "Pairs",
        1,
        pool,
        Sampling(8, 8),
        questionnaire_of((), images_per_item=2),
        ("R1", "R2"),
        schedule=Schedule(images_per_item=2, repeat_share=0.5),
    )
    study = open_built_study(build_study(design, pool_folder, tmp_path / "study", "salt"))
    key = {item.item: item for item in study.read_key().items}
    for reader in study.folder.readers:
        with open_responses(study.folder, reader) as responses:
            step = responses.next_step()
            while step.item:
                step = responses.submit(step.item, {"real_image": key[step.item].correct_choice}, 2.0)
    study.merge([study.folder.path])
    readings = study.unblind().readings
    places = {case: {r.first_place for r in readings if r.case == case} for case in {r.case for r in readings}}
    assert all(len(found) == 1 for found in places.values())
    assert all(found == {key[case].correct_choice} for case, found in places.items())
    assert any(r.answers["real_image"] != r.first_place for r in readings)
