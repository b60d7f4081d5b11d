"""The whole analysis: what a study shows, and what it says where it can show nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.design import Candidate, Sampling, Schedule, StudyDesign
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.simulation import SimulatedReaders, open_readings, simulate_answers
from UterineSynthLib.readerstudy.statistics.analysis import analyse
from UterineSynthLib.readerstudy.statistics.calibration import calibration, expected_calibration_error
from UterineSynthLib.readerstudy.statistics.detection import detection
from UterineSynthLib.readerstudy.statistics.equivalence import tost
from UterineSynthLib.readerstudy.statistics.export import imrmc_text, json_lines, tidy_csv
from UterineSynthLib.readerstudy.statistics.likert import compare_ratings, correct_for_questions
from UterineSynthLib.readerstudy.statistics.proportion import clustered_share, wilson
from UterineSynthLib.readerstudy.statistics.reading_time import geometric_mean, time_ratio
from UterineSynthLib.readerstudy.statistics.result import AnalysisResult, Finding
from UterineSynthLib.readerstudy.statistics.table import build_table
from UterineSynthLib.readerstudy.statistics.trend import trend
from UterineSynthLib.records import from_json, to_json


def study(
    truth: SimulatedReaders,
    *,
    readers: int = 4,
    cases: int = 60,
    claim: Claim | None = None,
    forms: tuple[str, ...] = (),
) -> StudyReadings:
    """A simulated study with half of its cases synthetic."""
    names = tuple(f"R{i}" for i in range(1, readers + 1))
    candidates = Candidate("a.nrrd", "s", False), Candidate("b.nrrd", "t", True, "phantom-3d")
    half = cases // 2
    design = StudyDesign("Test", 7, candidates, Sampling(half, half), questionnaire_of(forms), names, claim or Claim())
    return simulate_answers(design, open_readings(design, half, half, 6), truth)


def changed(readings: StudyReadings, change: Callable[[Reading], Reading | None]) -> StudyReadings:
    """The same study with every reading changed, or left out where ``change`` returns None."""
    new = (change(reading) for reading in readings.readings)
    return StudyReadings(readings.design, tuple(r for r in new if r is not None))


@pytest.fixture(scope="module")
def guessing() -> StudyReadings:
    return study(SimulatedReaders(), readers=6, cases=120, forms=("likert", "clinical"))


@pytest.fixture(scope="module")
def result(guessing: StudyReadings) -> AnalysisResult:
    return analyse(guessing)


def test_guessing_readers_are_equivalent_to_chance(result: AnalysisResult) -> None:
    assert result.verdict.finding is Finding.SHOWN
    assert result.size.reads == 6 * 120
    assert result.counts.repeats == 6 * 6
    assert abs(result.overall["d'"].value) < 0.3


def test_the_record_survives_json_and_repeats_with_the_seed(guessing: StudyReadings, result: AnalysisResult) -> None:
    assert from_json(AnalysisResult, to_json(result)) == result
    assert analyse(guessing) == result


def test_readers_who_can_tell_are_found_with_their_d_prime_and_area() -> None:
    truth = SimulatedReaders(1.5, case_correlation=0.1)
    found = analyse(study(truth, readers=5, cases=120, claim=Claim(Aim.DIFFERENCE, Measure.AUC)))
    assert found.verdict.finding is Finding.SHOWN
    assert found.overall["d'"].value == pytest.approx(1.5, abs=0.35)
    area = found.average(Measure.AUC, "random")
    assert area is not None
    assert area.estimate.low <= truth.auc <= area.estimate.high


def test_readers_who_can_tell_refute_equivalence_even_in_a_small_study() -> None:
    found = analyse(study(SimulatedReaders(3.0), readers=3, cases=20))
    assert found.verdict.finding is Finding.NOT_SHOWN
    assert "larger study would not help" in found.verdict.reasons[1]


def test_readers_who_lean_to_one_answer_but_rank_well_do_not_pass_for_equivalent() -> None:
    truth = SimulatedReaders(1.0, criterion=1.7)
    found = analyse(study(truth, readers=6, cases=160, claim=Claim(margin=0.12)))
    assert found.average(Measure.ACCURACY, "random").is_equivalent
    assert found.verdict.finding is Finding.NOT_SHOWN
    assert "confidence" in found.verdict.headline


def test_a_small_study_says_how_many_readings_it_needed() -> None:
    found = analyse(study(SimulatedReaders(), readers=3, cases=20))
    assert found.verdict.finding is Finding.TOO_SMALL
    assert f"needs {found.size.needed} readings" in found.verdict.reasons[1]


def test_an_interval_of_a_share_stays_between_none_and_all() -> None:
    found = analyse(study(SimulatedReaders(2.0), readers=2, cases=20))
    ends = [(a.estimate.low, a.estimate.high) for a in found.averages if a.estimate.has_interval]
    assert ends
    assert all(0.0 <= low < high <= 1.0 for low, high in ends)


def test_one_reader_cannot_speak_for_readers_in_general() -> None:
    found = analyse(study(SimulatedReaders(), readers=1, cases=80))
    assert found.verdict.finding is Finding.TOO_SMALL
    random = found.average(Measure.ACCURACY, "random")
    assert "one reader cannot stand for readers" in random.estimate.reason
    assert found.average(Measure.ACCURACY, "fixed").estimate.has_interval
    assert all("one reader" in a.estimate.reason for a in found.agreement)


def test_one_class_alone_is_answered_in_words() -> None:
    found = analyse(changed(study(SimulatedReaders()), lambda r: None if r.is_synthetic else r))
    assert found.verdict.reasons == ("Only real images were read; telling them apart needs both.",)
    assert found.overall["sensitivity"].reason == "there is no such reading"
    assert found.average(Measure.AUC, "random").estimate.reason == "an ROC curve needs both real and synthetic images"


def test_equal_answers_are_answered_in_words() -> None:
    same = changed(study(SimulatedReaders()), lambda r: replace(r, confidence_real=6.0))
    found = analyse(same)
    assert found.verdict.finding is Finding.NOT_SHOWN
    assert "Every answer is the same" in found.verdict.reasons[0]
    assert found.overall["accuracy"].value == 0.5
    assert any("all answers are equal" in a.estimate.reason for a in found.agreement if a.estimate.reason)


def test_readers_with_different_cases_are_analysed_through_the_jackknife() -> None:
    whole = study(SimulatedReaders(1.0), readers=4, cases=80)
    part = changed(whole, lambda r: r if int(r.case[-1]) % 2 == int(r.reader[1]) % 2 else None)
    found = analyse(part)
    assert not found.counts.fully_crossed
    area = found.average(Measure.AUC, "random")
    assert area.covariance == "jackknife"
    assert area.estimate.low < SimulatedReaders(1.0).auc < area.estimate.high


def test_a_study_without_readings_is_refused() -> None:
    with pytest.raises(InputError, match="no reading to analyse"):
        analyse(StudyReadings(study(SimulatedReaders()).design, ()))


def test_a_forced_choice_is_measured_against_one_in_n() -> None:
    design = StudyDesign(
        "Quartets", 1, (Candidate("a", "s", False), Candidate("b", "t", True, "m")), Sampling(50, 150),
        questionnaire_of((), images_per_item=4), ("R1", "R2", "R3"), schedule=Schedule(images_per_item=4),
    )  # fmt: skip
    rng = np.random.default_rng(1)
    readings = tuple(
        Reading(reader, f"q{i:02d}", f"s{i}", False, 1, i + 1, {"real_image": "ABCD"[rng.integers(4)]}, 9.0,
                correct_choice="ABCD"[i % 4])
        for reader in design.readers
        for i in range(50)
    )  # fmt: skip
    found = analyse(StudyReadings(design, readings))
    assert found.chance == 0.25
    right = np.mean([r.answers["real_image"] == r.correct_choice for r in readings])
    assert found.overall["accuracy"].value == pytest.approx(right)
    assert found.average(Measure.AUC, "random") is None
    assert found.overall["specificity"].reason == "a forced choice has no single images to call real or synthetic"


def test_only_the_first_reading_of_a_case_counts() -> None:
    readings = study(SimulatedReaders(), readers=2, cases=20)
    table = build_table(readings)
    assert table.correct.shape == (2, 20)
    first = next(r for r in readings.readings if r.repeat_of is None)
    row, column = table.readers.index(first.reader), table.cases.index(first.case)
    assert table.suspicion[row, column] == 7 - first.confidence_real
    assert table.correct[row, column] == ((first.confidence_real <= 3) == first.is_synthetic)


def test_requested_against_read_counts_every_reading_of_a_known_case(guessing: StudyReadings) -> None:
    asked = UterusDescription(pathologies=(Pathology.LEIOMYOMA,))
    known = changed(
        guessing,
        lambda r: replace(
            r, asked=asked if r.is_synthetic else None, answers={**r.answers, "main_finding": "leiomyoma"}
        ),
    )
    table = next(c for c in analyse(known).descriptors if c.question == "main_finding")
    assert (table.group, table.labels, table.counts) == ("synthetic", ("leiomyoma",), ((6 * 60,),))
    assert table.agreement.value == 1.0
    assert table.kappa is None


def test_wilson_interval_of_thirty_in_sixty_is_the_known_one() -> None:
    found = wilson(30, 60)
    assert (found.low, found.high) == pytest.approx((0.377, 0.623), abs=5e-4)


def test_clustered_interval_is_wider_where_readers_differ() -> None:
    steady = np.repeat([[1.0], [0.0], [1.0], [0.0]], 50, axis=1)
    clustered = clustered_share(steady, None, np.random.default_rng(1))
    alone = wilson(100, 200)
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)


def test_d_prime_with_the_log_linear_correction_is_the_one_by_hand() -> None:
    # (9 + 0.5) / 11 and (0 + 0.5) / 11: z = 1.0968 and -1.6906.
    found = detection(hits=9, synthetic=10, false_alarms=0, real=10)
    assert found.d_prime.value == pytest.approx(1.0968 + 1.6906, abs=1e-3)
    assert found.criterion.value == pytest.approx(-(1.0968 - 1.6906) / 2, abs=1e-3)


def test_two_one_sided_tests_agree_with_their_interval() -> None:
    for mean in np.linspace(0.38, 0.62, 25):
        found = tost(mean, 0.03, 9.0, 0.5, 0.1)
        assert found.is_shown == (found.low > 0.4 and found.high < 0.6)
    assert tost(0.5, 0.03, 9.0, 0.5, 0.1).is_shown
    assert not tost(0.58, 0.03, 9.0, 0.5, 0.1).is_shown


def test_holm_corrects_for_the_questions_that_were_tested() -> None:
    rng, truth = np.random.default_rng(2), np.arange(40) < 20
    shifted = np.clip(np.round(rng.normal(3, 1, (3, 40)) + 1.5 * truth), 1, 5)
    level = np.clip(np.round(rng.normal(3, 1, (3, 40))), 1, 5)
    anchors = tuple("abcde")
    raw = [compare_ratings(n, n, anchors, r, truth) for n, r in (("x", shifted), ("y", level), ("z", np.ones((3, 40))))]
    x, y, z = correct_for_questions(tuple(raw))
    assert x.p_holm == pytest.approx(min(1, 2 * x.p_value))
    assert y.p_holm == pytest.approx(max(x.p_holm, y.p_value))
    assert z.reason == "all ratings are equal"
    assert z.p_holm is None
    assert x.difference.low > 0.5
    assert x.superiority > 0.8


def test_learning_is_found_as_the_readers_common_slope() -> None:
    order = np.tile(np.arange(1.0, 61), (4, 1))
    noise = np.random.default_rng(3).normal(0, 0.1, (4, 60))
    found = trend("x", 0.02 * order + noise + np.arange(4)[:, None], order)
    assert found.per_ten_cases.low < 0.2 < found.per_ten_cases.high
    assert found.p_value < 0.001


def test_times_are_averaged_as_logarithms() -> None:
    assert geometric_mean(np.array([10.0, 40.0, np.nan])).value == pytest.approx(20)
    seconds = np.array([[10.0, 20.0], [30.0, 60.0]])
    assert time_ratio(seconds, np.array([False, True])).value == pytest.approx(2)


def test_calibration_counts_synthetic_images_at_each_answer() -> None:
    suspicion = np.array([[6.0, 6.0, 1.0, 1.0]])
    truth = np.array([True, False, False, False])
    points = calibration(suspicion, truth, tuple("abcdef"), np.arange(4), np.random.default_rng(1))
    assert [p.synthetic.value for p in points] == [0.5, None, None, None, None, 0.0]
    assert expected_calibration_error(suspicion, truth, 6) == pytest.approx(0.25)


def test_exports_hold_every_reading_and_the_truth(guessing: StudyReadings) -> None:
    rows = list(csv.DictReader(io.StringIO(tidy_csv(guessing))))
    assert len(rows) == len(guessing.readings)
    assert len([json.loads(line) for line in json_lines(guessing).splitlines()]) == len(guessing.readings)
    head, _, data = imrmc_text(guessing).partition("BEGIN DATA:\n")
    assert "N0: 60\nN1: 60\nNR: 6\nNM: 1\n" in head
    cells = list(csv.reader(io.StringIO(data)))
    assert sum(row[0] == "-1" for row in cells) == 120
    assert sum(row[0] != "-1" for row in cells) == 720


def test_a_comment_cannot_run_in_a_spreadsheet(guessing: StudyReadings) -> None:
    spoiled = changed(guessing, lambda r: replace(r, answers={**r.answers, "comment": "=HYPERLINK(1)"}))
    assert "'=HYPERLINK(1)" in tidy_csv(spoiled)
    assert ",=HYPERLINK" not in tidy_csv(spoiled)
