"""One figure of a model: its value, its interval, its target, whether it is met."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from UterineSynthLib.records import record


class Verdict(StrEnum):
    """Whether a target is met; a figure without one is only shown."""

    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not measured"
    SHOWN = "shown"


@record("uterinesynth.figure")
@dataclass(frozen=True)
class Figure:
    """A measured figure.

    Attributes:
        id: stable name, such as ``anatomy_first.myoma_r``; what: in words.
        value: None where it was not measured; low, high: 95 % bootstrap interval over cases.
        unit: empty for a share, a correlation or an index.
        target: in words; bound: the number that the value is held against.
        judge_value: the same figure of the judge on phantoms of the same descriptions.
        cases: images behind it; note: what a reader must know.
        model, model_digest, judge_digest, seed: what was measured with what.
    """

    id: str
    what: str
    value: float | None
    verdict: Verdict
    cases: int
    unit: str = ""
    low: float | None = None
    high: float | None = None
    target: str = ""
    bound: float | None = None
    judge_value: float | None = None
    note: str = ""
    model: str = ""
    model_digest: str = ""
    judge_digest: str = ""
    seed: int = 0


def verdict_of(value: float | None, bound: float | None, is_floor: bool = True) -> Verdict:
    """MET where the value reaches its bound from the right side (a floor, or a ceiling)."""
    if value is None:
        return Verdict.NOT_MEASURED
    if bound is None:
        return Verdict.SHOWN
    return Verdict.MET if (value >= bound if is_floor else value <= bound) else Verdict.MISSED
