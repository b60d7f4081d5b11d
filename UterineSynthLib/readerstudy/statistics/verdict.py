"""From the numbers to the answer: shown, not shown, or study too small. The rules are fixed before the first read.

Equivalence is shown when the study has the size its claim needs, the two one-sided tests reject at alpha, and the area
under the ROC curve, where there is one, lies within the same margin: readers who call everything real are right half
the time and still may tell the images apart. It is refuted, at any size, when the interval lies outside the margin.
A difference is shown when the study has its size and the two-sided test rejects on the side above chance.
"""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.statistics.result import Finding, ReaderAverageResult, SizeCheck, Verdict

_NAMES = {Measure.ACCURACY: "accuracy", Measure.AUC: "the area under the ROC curve"}


@dataclass(frozen=True)
class Evidence:
    """What the verdict looks at.

    Attributes:
        average: mean over readers of the claimed measure; area: the same of the AUC, None where there is none.
        obstacle: why the study cannot speak at all (a class missing, all answers equal); None if it can.
    """

    claim: Claim
    chance: float
    average: ReaderAverageResult
    area: ReaderAverageResult | None
    size: SizeCheck
    obstacle: str | None = None


def decide(evidence: Evidence) -> Verdict:
    """Apply the rules."""
    if evidence.obstacle is not None:
        return Verdict(
            Finding.NOT_SHOWN, "Nothing is shown: the study cannot answer its question.", (evidence.obstacle,)
        )
    estimate = evidence.average.estimate
    if estimate.value is None:
        reason = f"The mean over readers could not be computed: {estimate.reason}."
        finding = Finding.TOO_SMALL if evidence.size.needed is None else Finding.NOT_SHOWN
        return Verdict(finding, f"{_opening(finding)}: there is no result to judge.", (reason,))
    rule = _equivalence if evidence.claim.aim is Aim.EQUIVALENCE else _difference
    return rule(evidence)


def _equivalence(evidence: Evidence) -> Verdict:
    average, claim, value = evidence.average, evidence.claim, evidence.average.estimate.value
    low, high = evidence.chance - claim.margin, evidence.chance + claim.margin
    band = f"{low:.2f} to {high:.2f}"
    said = _result(average)
    assert value is not None
    small = _too_small(evidence)
    if average.tost_low is None or average.tost_high is None:
        if small is not None:
            return small
        if low < value < high:
            return Verdict(Finding.NOT_SHOWN, "Not shown: the result has no interval.", (said, _why(average)))
        return Verdict(Finding.NOT_SHOWN, "Not shown: readers do tell the images apart.", (said, _why(average)))
    if average.tost_low > high:
        return Verdict(
            Finding.NOT_SHOWN,
            "Not shown: readers do tell the images apart.",
            (said, f"The interval lies wholly above the declared band of {band}; a larger study would not help."),
        )
    if average.tost_high < low:
        return Verdict(
            Finding.NOT_SHOWN,
            "Not shown: readers tell the images apart but take one kind for the other.",
            (said, f"The interval lies wholly below the declared band of {band}."),
        )
    if small is not None:
        return small
    if average.is_equivalent:
        return _guarded(evidence, said, band)
    if average.tost_high - average.tost_low >= 2 * claim.margin:
        reason = (
            "Readers and cases vary so much that even a result of chance itself would have had an interval wider than "
            f"the band of {band}; more readers are needed."
        )
        return Verdict(Finding.TOO_SMALL, "Study too small to show equivalence to chance.", (said, reason))
    reason = f"The interval reaches beyond the declared band of {band} (equivalence p = {average.p_equivalence:.3f})."
    return Verdict(Finding.NOT_SHOWN, "Not shown: a difference beyond the margin remains possible.", (said, reason))


def _guarded(evidence: Evidence, said: str, band: str) -> Verdict:
    area, claim = evidence.area, evidence.claim
    if area is not None and area.estimate.value is not None and abs(area.estimate.value - 0.5) >= claim.margin:
        reason = (
            f"Yet the area under the ROC curve is {area.estimate.value:.2f}, outside the same band: readers lean to "
            "one answer, and their confidence still tells real from synthetic."
        )
        return Verdict(Finding.NOT_SHOWN, "Not shown: confidence gives the images away.", (said, reason))
    reason = (
        f"The interval lies within the declared band of {band} (equivalence p = {_p(evidence.average.p_equivalence)})."
    )
    return Verdict(Finding.SHOWN, "Shown: readers did no better than chance, within the margin.", (said, reason))


def _difference(evidence: Evidence) -> Verdict:
    average, claim, value = evidence.average, evidence.claim, evidence.average.estimate.value
    said = _result(average)
    assert value is not None
    small = _too_small(evidence)
    if small is not None:
        return small
    if average.p_chance is None:
        if value == 1.0:
            return Verdict(Finding.SHOWN, "Shown: readers tell the images apart.", (said, "Every answer was right."))
        return Verdict(Finding.NOT_SHOWN, "Not shown: the result has no interval.", (said, _why(average)))
    if average.p_chance < claim.alpha and value > evidence.chance:
        reason = f"Chance ({evidence.chance:.2f}) lies below the interval (p = {_p(average.p_chance)})."
        return Verdict(Finding.SHOWN, "Shown: readers tell the images apart.", (said, reason))
    reason = (
        f"Chance ({evidence.chance:.2f}) is not excluded on the side claimed (p = {_p(average.p_chance)}). "
        "This does not show that readers cannot tell; that is a claim of equivalence."
    )
    return Verdict(Finding.NOT_SHOWN, "Not shown: readers may be guessing.", (said, reason))


def _too_small(evidence: Evidence) -> Verdict | None:
    size, claim = evidence.size, evidence.claim
    if size.needed is not None and size.reads >= size.needed:
        return None
    goal = "equivalence to chance" if claim.aim is Aim.EQUIVALENCE else "a difference from chance"
    wanted = f"{size.needed} readings" if size.needed is not None else f"more than it can have ({size.reason})"
    reason = (
        f"It has {size.reads} readings; a margin of {claim.margin:.2f} at {claim.power:.0%} power needs {wanted}. "
        f"At this size a true claim would have been shown in {size.planned_power:.0%} of studies."
    )
    hint = "Whatever the tests below say, this study is not conclusive; use it to plan a larger one."
    return Verdict(Finding.TOO_SMALL, f"Study too small to show {goal}.", (_result(evidence.average), reason, hint))


def _result(average: ReaderAverageResult) -> str:
    estimate = average.estimate
    who = "readers in general" if average.readers == "random" else "these readers"
    text = f"Mean over readers of {_NAMES[average.measure]}: {estimate.value:.2f}"
    if estimate.low is None or estimate.high is None:
        return f"{text}."
    return f"{text} ({estimate.level:.0%} interval {estimate.low:.2f} to {estimate.high:.2f}, for {who})."


def _why(average: ReaderAverageResult) -> str:
    return f"There is no interval: {average.estimate.reason}."


def _opening(finding: Finding) -> str:
    return "Study too small" if finding is Finding.TOO_SMALL else "Not shown"


def _p(value: float | None) -> str:
    assert value is not None
    return f"{value:.3f}" if value >= 0.001 else "below 0.001"
