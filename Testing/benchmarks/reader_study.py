"""Error rates of verdicts, coverage of intervals and speed of the analysis of a reader study, by simulation.

Every rate is printed with its Monte Carlo error; the same seed prints the same rates. A wrong verdict is "shown"
where the claim is false; its rate must not pass alpha. Coverage is the share of studies whose interval holds the truth.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import optimize, stats

from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.design import Candidate, Sampling, Schedule, StudyDesign
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.report.page import write_report
from UterineSynthLib.readerstudy.simulated_readers import (
    SimulatedReaders,
    simulate_impressions,
    simulate_set_impressions,
)
from UterineSynthLib.readerstudy.simulation import open_readings, simulate_answers
from UterineSynthLib.readerstudy.statistics.agreement import nominal_coefficients
from UterineSynthLib.readerstudy.statistics.analysis import analyse
from UterineSynthLib.readerstudy.statistics.average import average_over_readers
from UterineSynthLib.readerstudy.statistics.bootstrap import bootstrap_cases
from UterineSynthLib.readerstudy.statistics.calibration import calibration
from UterineSynthLib.readerstudy.statistics.clustered import clustered_area, clustered_detection
from UterineSynthLib.readerstudy.statistics.detection import detection_of
from UterineSynthLib.readerstudy.statistics.estimate import Estimate
from UterineSynthLib.readerstudy.statistics.icc import icc
from UterineSynthLib.readerstudy.statistics.likert import compare_ratings
from UterineSynthLib.readerstudy.statistics.proportion import clustered_share, wilson_of
from UterineSynthLib.readerstudy.statistics.reading_time import geometric_mean_of_readers, time_ratio
from UterineSynthLib.readerstudy.statistics.result import Finding
from UterineSynthLib.readerstudy.statistics.roc import Floats
from UterineSynthLib.readerstudy.statistics.size_check import check_size
from UterineSynthLib.readerstudy.statistics.table import ReadTable
from UterineSynthLib.readerstudy.statistics.trend import trend
from UterineSynthLib.readerstudy.statistics.verdict import Evidence, decide

Rng = np.random.Generator
Intervals = dict[str, tuple[Estimate, float]]


def single_images(truth: SimulatedReaders, readers: int, real: int, synthetic: int, rng: Rng) -> ReadTable:
    """Every reader reads every image; scores have six points."""
    is_synthetic = np.arange(real + synthetic) >= real
    impressions, criteria = simulate_impressions(truth, is_synthetic, readers, rng)
    leaning = impressions - criteria[:, None]
    return _table(is_synthetic, (leaning > 0) == is_synthetic, np.digitize(leaning, [-1, -0.4, 0, 0.4, 1]) + 1.0)


def sets_of(options: int, truth: SimulatedReaders, readers: int, sets: int, rng: Rng) -> ReadTable:
    """A forced choice: right where the real image, the first, is the least suspicious."""
    seen = simulate_set_impressions(truth, sets, options, readers, rng)
    return _table(np.zeros(sets, dtype=bool), seen.argmin(axis=2) == 0, np.full((readers, sets), np.nan))


def _table(is_synthetic: Floats, correct: Floats, suspicion: Floats) -> ReadTable:
    readers, cases = correct.shape
    names = tuple(f"R{i}" for i in range(readers)), tuple(f"C{i}" for i in range(cases))
    order = np.tile(np.arange(1.0, cases + 1), (readers, 1))
    return ReadTable(*names, is_synthetic, np.arange(cases), suspicion, correct.astype(float), order, order, 6)


def finding(table: ReadTable, claim: Claim, chance: float) -> Finding:
    """The verdict as the analysis draws it."""
    average = average_over_readers(table, claim.measure, not claim.random_readers, claim, chance)
    area = average_over_readers(table, Measure.AUC, not claim.random_readers, claim, 0.5) if chance == 0.5 else None
    return decide(Evidence(claim, chance, average, area, check_size(table, claim, chance, average))).finding


@dataclass(frozen=True)
class Scenario:
    """Studies drawn from one truth, and whether the claim is true in it."""

    name: str
    draw: Callable[[Rng], ReadTable]
    claim: Claim
    is_true: bool
    chance: float = 0.5


def d_prime_for(accuracy: float, merit: Callable[[SimulatedReaders], float], **others: float) -> SimulatedReaders:
    """Readers whose expected accuracy is the given one."""
    root = optimize.brentq(lambda d: merit(SimulatedReaders(d, **others)) - accuracy, 0.0, 5.0)
    return SimulatedReaders(root, **others)


def scenarios() -> Iterator[Scenario]:
    """What must not be shown, at its most tempting, and what should be."""
    same, differ = Claim(margin=0.10), Claim(Aim.DIFFERENCE, margin=0.10)
    area = Claim(Aim.DIFFERENCE, Measure.AUC, margin=0.10)
    shared = {"case_correlation": 0.2}
    guess, varied = SimulatedReaders(**shared), SimulatedReaders(d_prime_sd=0.3, criterion_sd=0.3, **shared)
    edge = d_prime_for(0.60, lambda t: t.accuracy, **shared)
    edge_varied = d_prime_for(0.60, lambda t: t.accuracy, d_prime_sd=0.3, criterion_sd=0.3, **shared)
    leaning = SimulatedReaders(criterion=-0.8, **shared)
    clear = SimulatedReaders(1.5, 0.3, criterion_sd=0.2, **shared)
    edge_choice = d_prime_for(0.35, lambda t: t.choice_accuracy(4), **shared)

    def single(truth: SimulatedReaders, real: int = 60, synthetic: int = 60) -> Callable[[Rng], ReadTable]:
        return lambda rng: single_images(truth, 6, real, synthetic, rng)

    def quartets(truth: SimulatedReaders) -> Callable[[Rng], ReadTable]:
        return lambda rng: sets_of(4, truth, 6, 80, rng)

    yield Scenario("equivalence, accuracy at the margin (0.60)", single(edge), same, False)
    yield Scenario("equivalence, at the margin, readers differ", single(edge_varied), same, False)
    yield Scenario("equivalence, clearly detectable", single(clear), same, False)
    yield Scenario("difference, readers guess", single(guess), differ, False)
    yield Scenario("difference, guess, readers differ", single(varied), differ, False)
    yield Scenario("difference, guess and lean, 30 real 90 synthetic", single(leaning, 30, 90), differ, False)
    yield Scenario("difference in area, readers guess", single(guess), area, False)
    yield Scenario("quartets, equivalence at the margin (0.35)", quartets(edge_choice), same, False, 0.25)
    yield Scenario("quartets, difference, readers guess", quartets(guess), differ, False, 0.25)
    yield Scenario("equivalence, readers guess", single(guess), same, True)
    yield Scenario("difference, clearly detectable", single(clear), differ, True)
    yield Scenario("quartets, difference, clearly detectable", quartets(clear), differ, True, 0.25)


def print_verdicts(studies: int, seed: int) -> None:
    """One line a scenario: how often the claim was shown."""
    print(f"claim shown, of {studies} studies; wrong where the claim is false, and then at most 0.05")
    for number, scenario in enumerate(scenarios()):
        rng = np.random.default_rng([seed, number])
        found = [finding(scenario.draw(rng), scenario.claim, scenario.chance) for _ in range(studies)]
        shown = np.mean([f is Finding.SHOWN for f in found])
        truth = "true " if scenario.is_true else "false"
        print(f"  claim {truth}  {shown:.3f} +/- {1.96 * _error(shown, studies):.3f}  {scenario.name}", flush=True)


def intervals_of(truth: SimulatedReaders, rng: Rng) -> Intervals:
    """Every kind of interval from one study of six readers and 100 cases, with what it must hold."""
    table = single_images(truth, 6, 50, 50, rng)
    correct, score, real, cases = table.correct, table.suspicion, ~table.is_synthetic, table.subject
    area = area_of_points(truth)
    signal = clustered_detection(correct, table.is_synthetic, cases, rng)
    sensitive, specific = stats.norm.ppf(truth.sensitivity), stats.norm.ppf(truth.specificity)
    alone = truth.d_prime_sd == truth.criterion_sd == 0
    found = {
        "accuracy, random readers": (average_over_readers(table, Measure.ACCURACY, False, Claim(), 0.5).estimate,
                                     truth.accuracy),
        "area, random readers": (average_over_readers(table, Measure.AUC, False, Claim(), 0.5).estimate, area),
        "accuracy, bootstrap": (clustered_share(correct, cases, rng, strata=table.is_synthetic), truth.accuracy),
        "specificity, bootstrap": (clustered_share(correct[:, real], cases[real], rng), truth.specificity),
        "area, bootstrap": (clustered_area(score, table.is_synthetic, cases, rng), area),
        "d', bootstrap": (signal.d_prime, sensitive + specific),
        "criterion, bootstrap": (signal.criterion, (specific - sensitive) / 2),
        "reading time, geometric mean": _times(rng)[0],
        "reading time, ratio": _times(rng)[1],
        "slope over the sequence": _slope(rng),
    }  # fmt: skip
    if alone:
        one = detection_of(correct[0], table.is_synthetic)
        found |= {
            "accuracy of one reader, Wilson": (wilson_of(correct[0]), truth.accuracy),
            "d' of one reader": (one.d_prime, truth.d_prime),
            "criterion of one reader": (one.criterion, truth.criterion),
            "area, fixed readers": (average_over_readers(table, Measure.AUC, True, Claim(), 0.5).estimate, area),
        }
    if truth.d_prime == 0:
        found |= _at_chance(table, rng)
    return found


def _at_chance(table: ReadTable, rng: Rng) -> Intervals:
    """Intervals whose truth is simple where nothing tells the kinds apart."""
    points = calibration(table.suspicion, table.is_synthetic, tuple("abcdef"), table.subject, rng)
    rated = compare_ratings("q", "q", tuple("abcdef"), table.suspicion, table.is_synthetic)
    kappa = nominal_coefficients(6)[0]
    ratings = (table.suspicion > 3).astype(float)
    counts, value_of = kappa.prepared(ratings)
    low, high = bootstrap_cases(value_of, counts, cases=table.subject, rng=rng) or (0.0, 0.0)
    repeats = rng.standard_normal((20, 1)) + rng.standard_normal((20, 2)) * np.sqrt(0.25)
    return {
        "calibration of the top answer": (points[5].synthetic, 0.5),
        "difference of ratings": (rated.difference, 0.0),
        "kappa (true value 2/pi asin rho), bootstrap": (
            Estimate(value_of(counts), low, high),
            2 / np.pi * np.arcsin(0.2),
        ),
        "ICC of repeats": (icc(repeats), 0.8),
    }


def _times(rng: Rng) -> list[tuple[Estimate, float]]:
    own = rng.normal(3.0, 0.3, (6, 1))
    seconds = np.exp(
        own
        + rng.normal(0.0, 0.4, (6, 100))
        + 0.1 * (np.arange(100) % 2)
        + rng.normal(0, 0.1, (6, 1)) * (np.arange(100) % 2)
    )
    return [
        (geometric_mean_of_readers(seconds[:, ::2]), float(np.exp(3.0))),
        (time_ratio(seconds, np.arange(100) % 2 == 1), float(np.exp(0.1))),
    ]


def _slope(rng: Rng) -> tuple[Estimate, float]:
    order = np.tile(np.arange(1.0, 101), (6, 1))
    values = rng.normal(0.002, 0.002, (6, 1)) * order + rng.normal(0.0, 0.5, (6, 100))
    return trend("x", values, order).per_ten_cases, 0.02


@lru_cache
def area_of_points(truth: SimulatedReaders) -> float:
    """Expected area of six-point scores, from a very large sample."""
    rng = np.random.default_rng(99)
    table = single_images(SimulatedReaders(**{**truth.__dict__, "case_correlation": 0.0}), 4000, 100, 100, rng)
    edges = np.arange(1, 8)
    areas = []
    for row in table.suspicion:
        made = np.histogram(row[table.is_synthetic], edges)[0] / 100
        real = np.histogram(row[~table.is_synthetic], edges)[0] / 100
        areas.append((made * (np.cumsum(real) - real / 2)).sum())
    return float(np.mean(areas))


def print_coverage(studies: int, seed: int) -> None:
    """One line an interval: how often it held the truth, for guessing and for able readers."""
    print(f"coverage of 95% intervals in {studies} studies of 6 readers x 100 cases")
    for name, truth in (
        ("guessing", SimulatedReaders(case_correlation=0.2)),
        ("able, all alike", SimulatedReaders(1.0, criterion=0.2, case_correlation=0.2)),
        ("able, readers differ", SimulatedReaders(1.0, 0.3, 0.2, 0.3, 0.2)),
    ):
        held: dict[str, list[bool]] = {}
        for study in range(studies):
            for kind, (estimate, value) in intervals_of(truth, np.random.default_rng([seed, 100 + study])).items():
                if estimate.low is not None and estimate.high is not None:
                    held.setdefault(kind, []).append(estimate.low <= value <= estimate.high)
        for kind, hits in held.items():
            share = float(np.mean(hits))
            print(f"  {name:<21} {share:.3f} +/- {1.96 * _error(share, len(hits)):.3f}  {kind}", flush=True)


def print_speed() -> None:
    """Processor time of the analysis and of the report of a large study."""
    candidates = Candidate("a.nrrd", "s", False), Candidate("b.nrrd", "t", True, "m")
    readers = tuple(f"R{i}" for i in range(1, 9))
    forms = questionnaire_of(("likert", "clinical"))
    design = StudyDesign("Speed", 7, candidates, Sampling(100, 100), forms, readers, schedule=Schedule())
    study = simulate_answers(design, open_readings(design, 100, 100, 25), SimulatedReaders(0.4, case_correlation=0.2))
    began = time.process_time()
    result = analyse(study)
    analysed = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        write_report(result, study, Path(folder))
    reported = time.process_time()
    print(
        f"8 readers x 200 cases: analysis {analysed - began:.1f} s, report {reported - analysed:.1f} s processor time"
    )


def _error(share: float, n: int) -> float:
    return float(np.sqrt(max(share * (1 - share), 0.25 / n) / n))


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=[], metavar="verdicts|coverage|speed", help="default: all three")
    parser.add_argument("--studies", type=int, default=1000, help="simulated studies a line (default 1000)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    what = args.what or ["verdicts", "coverage", "speed"]
    if "verdicts" in what:
        print_verdicts(args.studies, args.seed)
    if "coverage" in what:
        print_coverage(args.studies, args.seed)
    if "speed" in what:
        print_speed()


if __name__ == "__main__":
    main()
