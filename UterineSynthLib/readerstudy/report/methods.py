"""The methods paragraph: every number that a reader-study section is asked for (CLAIM 2024, STARD 2015, GRRAS 2011)."""

from __future__ import annotations

from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.readerstudy.report.numbers import counted
from UterineSynthLib.readerstudy.statistics.result import AnalysisResult

BY_HAND = (
    "experience and speciality of the readers",
    "population, period, scanners and sequence of the real cases, and their inclusion criteria",
    "how the reference descriptors of the real cases were established",
    "displays and reading conditions",
    "ethics approval and registration",
    "where readings, code and models can be had",
)
"""What CLAIM 2024 and STARD 2015 ask for beyond the records of a study."""


def methods_paragraphs(result: AnalysisResult, design: StudyDesign) -> tuple[str, ...]:
    """Images, readers, reading, claim and analysis, one paragraph each."""
    return _images(result, design), _reading(result, design), _claim(result), _analysis(result, design)


def _images(result: AnalysisResult, design: StudyDesign) -> str:
    counts, sampling = result.counts, design.sampling
    if design.is_forced_choice:
        images = f"{counts.cases} sets of {design.schedule.images_per_item} images, one of them real"
    else:
        images = f"{counts.real} real and {counts.synthetic} synthetic images of {counts.subjects} subjects or requests"
    models = ", ".join(design.models) or "no model"
    return (
        f"{images}, drawn at random with seed {design.seed} from {counted(len(design.candidates), 'candidate')} "
        f"({'at most one image' if sampling.one_per_subject else 'any number of images'} of a subject). "
        f"Selection before the draw: {sampling.filter}. Real cases held out from training: {sampling.held_out}. "
        f"Models: {models}. All images were brought to one grid, intensity range, data type, geometry and file form."
    )


def _reading(result: AnalysisResult, design: StudyDesign) -> str:
    counts, schedule = result.counts, design.schedule
    crossing = "each read every case" if counts.fully_crossed else "did not all read the same cases"
    sessions = counted(schedule.sessions, "session")
    washout = f" at least {schedule.washout_days:g} days apart" if schedule.sessions > 1 else ""
    training = counted(design.sampling.training, "training case")
    back = "could" if schedule.allow_back else "could not"
    return (
        f"{counted(counts.readers, 'reader')}, blinded to origin and prevalence, {crossing}: "
        f"{counted(counts.reads, 'reading')}, {counted(counts.unanswered, 'reading')} without an answer, "
        f"{counted(counts.repeats, 'further reading')} of cases seen before, in {sessions}{washout}, after {training} "
        f"with feedback. The order was drawn for each reader and balanced in blocks of {schedule.block}; "
        f"readers {back} go back. The form '{design.questionnaire.name}' asked about authenticity last."
        f"{_when(result)}"
    )


def _when(result: AnalysisResult) -> str:
    counts, seconds = result.counts, result.times["all"]
    days = sorted({counts.first_read_utc[:10], counts.last_read_utc[:10]} - {""})
    period = f" Cases were read from {days[0]} to {days[-1]} (UTC)." if days else ""
    return period + ("" if seconds.value is None else f" A case took {seconds.value:.0f} s (geometric mean).")


def _claim(result: AnalysisResult) -> str:
    claim, size = result.claim, result.size
    needed = f"{size.needed} readings" if size.needed is not None else f"no reachable number ({size.reason})"
    effect = (
        ""
        if size.design_effect is None
        else (f" The design effect of shared readers and cases, found in the answers, was {size.design_effect:.2f}.")
    )
    return (
        f"Declared before the first reading: {claim_words(claim, result.chance)} at alpha {claim.alpha:g} and "
        f"{claim.power:.0%} power. This needs {size.needed_independent} independent readings, and {needed} from "
        f"{counted(result.counts.readers, 'reader')}; the study has {size.reads} "
        f"(power {size.planned_power:.0%}).{effect}"
    )


def claim_words(claim: Claim, chance: float) -> str:
    """The claim as a phrase."""
    measure = "accuracy" if claim.measure is Measure.ACCURACY else "area under the ROC curve"
    who = "readers in general" if claim.random_readers else "these readers"
    if claim.aim is Aim.EQUIVALENCE:
        return f"equivalence of the mean {measure} of {who} to chance ({chance:.2f}) within ± {claim.margin:.2f}"
    return f"a mean {measure} of {who} above chance ({chance:.2f}) by at least {claim.margin:.2f}"


def _analysis(result: AnalysisResult, design: StudyDesign) -> str:
    area = (
        ""
        if design.is_forced_choice
        else (
            " Accuracy over readers is the mean of sensitivity and specificity. Empirical ROC curves took the "
            "confidence that an image is synthetic as the score; single readers' areas have DeLong intervals (the "
            "jackknife where a patient has several images). d' and criterion c use the log-linear correction."
        )
    )
    odd = " The middle of an odd scale counted as half right." if len(result.calibration) % 2 else ""
    crossing = (
        ""
        if result.counts.fully_crossed
        else (" As readers read different cases, the degrees of freedom, derived for crossed designs, are approximate.")
    )
    covariance = {a.covariance for a in result.averages if a.covariance}
    return (
        "Means over readers follow Obuchowski and Rockette with Hillis degrees of freedom "
        f"({' and '.join(sorted(covariance)) or 'no'} covariances), for random readers and cases and for fixed "
        "readers. Equivalence was tested by two one-sided tests. Shares of single readers have Wilson intervals; "
        "pooled shares, d', areas and the calibration of confidence have percentile intervals of a bootstrap over "
        f"readers and patients (2000 draws, seed {result.seed}).{area}{odd} "
        "Agreement: kappa, Krippendorff's alpha, Gwet's AC with a bootstrap over patients (500 draws); repeats by "
        "ICC(2,1). Scales were compared by the mean difference over random readers and cases (Obuchowski-Rockette) and "
        "by rank-sum tests of case means, each with Holm's correction; reading times by geometric "
        f"means; changes over the sequence by each reader's slope.{crossing} Only first readings entered, but for "
        "repeats. "
        f"UterineSynth {result.program_version}."
    )
