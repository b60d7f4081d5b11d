"""The record of an analysis: everything the report says, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from UterineSynthLib.readerstudy.claim import Claim, Measure
from UterineSynthLib.readerstudy.statistics.calibration import ConfidencePoint
from UterineSynthLib.readerstudy.statistics.course import CoursePart
from UterineSynthLib.readerstudy.statistics.descriptors import Confusion
from UterineSynthLib.readerstudy.statistics.estimate import Estimate
from UterineSynthLib.readerstudy.statistics.likert import LikertComparison
from UterineSynthLib.readerstudy.statistics.trend import Trend
from UterineSynthLib.records import record


class Finding(StrEnum):
    """The answer to the claim."""

    SHOWN = "shown"
    NOT_SHOWN = "not shown"
    TOO_SMALL = "study too small"


@dataclass(frozen=True)
class Verdict:
    """The finding with its reasons in plain sentences."""

    finding: Finding
    headline: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """What was read.

    Attributes:
        reads: first readings with an answer about authenticity; repeats: hidden repeats; unanswered: first readings
            without such an answer. fully_crossed: whether every reader judged every case.
        first_read_utc, last_read_utc: ISO 8601; empty where no time was recorded.
    """

    readers: int
    cases: int
    real: int
    synthetic: int
    subjects: int
    reads: int
    unanswered: int
    repeats: int
    fully_crossed: bool
    first_read_utc: str = ""
    last_read_utc: str = ""


@dataclass(frozen=True)
class ReaderResult:
    """One reader; intervals are Wilson's (shares), DeLong's (AUC), over her own readings.

    Attributes:
        roc: corners of her curve, (false-positive, true-positive) with synthetic as positive.
    """

    reader: str
    accuracy: Estimate
    sensitivity: Estimate
    specificity: Estimate
    d_prime: Estimate
    criterion: Estimate
    auc: Estimate
    seconds: Estimate
    repeat_icc: Estimate
    roc: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class ReaderAverageResult:
    """Mean over readers by Obuchowski-Rockette, and its tests against chance.

    Attributes:
        readers: "random" (readers like these) or "fixed" (these readers). covariance: how it was estimated.
        df: degrees of freedom; None is infinite. p_chance: two-sided, against chance.
        tost_low, tost_high: interval at 1 - 2 alpha; p_equivalence, is_equivalent: of the two one-sided tests.
        effective_reads: independent readings that would give this standard error at chance.
    """

    measure: Measure
    readers: str
    covariance: str
    estimate: Estimate
    se: float | None = None
    df: float | None = None
    p_chance: float | None = None
    tost_low: float | None = None
    tost_high: float | None = None
    p_equivalence: float | None = None
    is_equivalent: bool | None = None
    effective_reads: float | None = None


@dataclass(frozen=True)
class Agreement:
    """A coefficient of agreement between readers for one question."""

    question: str
    coefficient: str
    estimate: Estimate


@dataclass(frozen=True)
class SizeCheck:
    """The size of the study against what the claim needs.

    Attributes:
        reads: first readings. needed: with the readers' degrees of freedom; None if no number of readings would do.
        needed_independent: for independent readings. planned_power: at this size if the claim is true.
        design_effect: found in the answers, variance of the mean over that of independent readings.
        reason: why a number is missing.
    """

    reads: int
    needed: int | None
    needed_independent: int
    planned_power: float
    design_effect: float | None = None
    reason: str | None = None


@record("uterinesynth.study_analysis")
@dataclass(frozen=True)
class AnalysisResult:
    """The analysis of a closed study.

    Attributes:
        seed: of the bootstrap. chance: share right by guessing. overall: pooled estimates by name.
        averages: mean over readers, by measure and kind of readers.
        models: accuracy on each model's images by name of the model.
        expected_calibration_error: None without a confidence scale. course: along the sequence, in equal parts.
    """

    title: str
    program_version: str
    seed: int
    claim: Claim
    chance: float
    counts: Counts
    size: SizeCheck
    verdict: Verdict
    overall: dict[str, Estimate]
    readers: tuple[ReaderResult, ...]
    averages: tuple[ReaderAverageResult, ...]
    agreement: tuple[Agreement, ...]
    likert: tuple[LikertComparison, ...]
    descriptors: tuple[Confusion, ...]
    trends: tuple[Trend, ...]
    times: dict[str, Estimate]
    models: dict[str, Estimate]
    calibration: tuple[ConfidencePoint, ...]
    expected_calibration_error: float | None = None
    course: tuple[CoursePart, ...] = ()

    def average(self, measure: Measure, readers: str) -> ReaderAverageResult | None:
        """The mean over readers of one measure, for "random" or "fixed" readers."""
        return next((a for a in self.averages if a.measure is measure and a.readers == readers), None)
