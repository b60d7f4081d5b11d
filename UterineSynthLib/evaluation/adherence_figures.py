"""The rows of the table that say whether images show what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from UterineSynthLib.evaluation.adherence import (
    Pair,
    decisions_right,
    dice_of,
    pairs_of,
    pathologies_right,
    position_right,
    sizes,
)
from UterineSynthLib.evaluation.agreement import Values, bootstrap_interval, mean_of, median_error, pearson_r
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.figure import Figure, verdict_of
from UterineSynthLib.evaluation.judged_image import Origin
from UterineSynthLib.evaluation.overlap import COMPARED

SHARE_OF_JUDGE, SHARE_OF_FIRST, POINTS = 0.95, 0.90, 0.05
DICE_TARGETS = {"wall": 0.90, "cavity": 0.80, "myoma": 0.85}
NAMES = {
    Origin.PHANTOM: "phantoms",
    Origin.ANATOMY_FIRST: "anatomy first",
    Origin.MASK: "mask-conditioned",
    Origin.TEXT: "free text alone",
    Origin.DIRECT: "direct",
}


@dataclass(frozen=True)
class Measure:
    """A figure of pairs: its columns, what is computed of them, and its target on anatomy-first images.

    Attributes:
        fixed: bound of the target; None means a share of the judge's own figure.
        has_target: False for a figure that is only shown.
    """

    id: str
    what: str
    columns: Callable[[Sequence[Pair]], tuple[Values, ...]]
    statistic: Callable[..., float | None]
    fixed: float | None = None
    is_floor: bool = True
    has_target: bool = True
    unit: str = ""


MEASURES = (
    Measure("pathologies", "whole set of pathologies right", lambda p: (pathologies_right(p),), mean_of),
    Measure(
        "decisions", "decisions on single pathologies right", lambda p: (decisions_right(p),), mean_of, has_target=False
    ),
    Measure("position", "version and flexion class right", lambda p: (position_right(p),), mean_of),
    Measure("myoma_r", "largest myoma, asked and read: r", lambda p: sizes(p, "myoma_diameter_mm"), pearson_r, 0.9),
    Measure(
        "myoma_error",
        "largest myoma: median error",
        lambda p: sizes(p, "myoma_diameter_mm"),
        median_error,
        3.0,
        is_floor=False,
        unit="mm",
    ),
    Measure("endometrium_r", "endometrium, asked and read: r", lambda p: sizes(p, "endometrium_mm"), pearson_r, 0.8),
    Measure(
        "junctional_zone_r",
        "junctional zone, asked and read: r",
        lambda p: sizes(p, "junctional_zone_mm"),
        pearson_r,
        0.8,
    ),
)


def adherence_figures(evidence: Evidence) -> list[Figure]:
    """One figure for each measure and way, then the overlaps."""
    pairs = {origin: pairs_of(evidence.images(origin)) for origin in NAMES}
    rows = []
    for origin in (Origin.ANATOMY_FIRST, Origin.TEXT, Origin.DIRECT):
        for measure in MEASURES:
            own = measure.statistic(*measure.columns(pairs[Origin.PHANTOM]))
            first = measure.statistic(*measure.columns(pairs[Origin.ANATOMY_FIRST]))
            if evidence.images(origin):
                rows.append(_adherence(measure, origin, pairs[origin], own, first, evidence.seed))
    return rows + _overlaps(evidence)


def _adherence(
    measure: Measure, origin: Origin, pairs: Sequence[Pair], own: float | None, first: float | None, seed: int
) -> Figure:
    columns = measure.columns(pairs)
    value = measure.statistic(*columns)
    words, bound = target_of(measure, origin, own, first)
    low, high = bootstrap_interval(columns, measure.statistic, seed) or (None, None)
    return Figure(
        id=f"{origin.value}.{measure.id}",
        what=f"{NAMES[origin]}: {measure.what}",
        value=value,
        verdict=verdict_of(value, bound, measure.is_floor),
        cases=len(columns[0]),
        unit=measure.unit,
        low=low,
        high=high,
        target=words,
        bound=bound,
        judge_value=own,
    )


def target_of(measure: Measure, origin: Origin, own: float | None, first: float | None) -> tuple[str, float | None]:
    """The target in words, and the number it comes to; no number where its reference was not measured."""
    if not measure.has_target:
        return "", None
    if origin is Origin.ANATOMY_FIRST and measure.fixed is not None:
        return (
            f"{'at least' if measure.is_floor else 'at most'} {measure.fixed:g}{measure.unit and ' '}{measure.unit}",
            (measure.fixed),
        )
    if origin is Origin.ANATOMY_FIRST:
        return "at least 95 % of the judge's own", None if own is None else SHARE_OF_JUDGE * own
    if origin is Origin.TEXT:
        worst = None if first is None else first - POINTS if measure.is_floor else first * (1 + POINTS)
        return "within 5 points of anatomy first" if measure.is_floor else "within 5 % of anatomy first", worst
    worst = None if first is None else first * SHARE_OF_FIRST if measure.is_floor else first / SHARE_OF_FIRST
    words = "at least 90 %" if measure.is_floor else "at most 111 %"
    return f"{words} of anatomy first (once trained on a GPU)", worst


def _overlaps(evidence: Evidence) -> list[Figure]:
    rows = []
    for origin in (Origin.ANATOMY_FIRST, Origin.MASK):
        for name in COMPARED:
            scores = dice_of(evidence.images(origin), name)
            own = mean_of(dice_of(evidence.images(Origin.PHANTOM), name))
            value = mean_of(scores)
            low, high = bootstrap_interval((scores,), mean_of, evidence.seed) or (None, None)
            what = f"{NAMES[origin]}: Dice of the {name} asked for and read"
            shared = {"cases": len(scores), "judge_value": own}
            bound = DICE_TARGETS[name]
            rows.append(
                Figure(
                    id=f"{origin.value}.dice_{name}",
                    what=what,
                    value=value,
                    verdict=verdict_of(value, bound),
                    low=low,
                    high=high,
                    target=f"at least {bound:g}",
                    bound=bound,
                    **shared,  # type: ignore[arg-type]
                )
            )
            share = None if value is None or not own else value / own
            rows.append(
                Figure(
                    id=f"{origin.value}.dice_{name}_share",
                    what=f"{what}, as a share of the judge's own",
                    value=share,
                    verdict=verdict_of(share, SHARE_OF_JUDGE),
                    target=f"at least {SHARE_OF_JUDGE:g}",
                    bound=SHARE_OF_JUDGE,
                    **shared,  # type: ignore[arg-type]
                )
            )
    return [row for row in rows if row.cases]
