"""How well a set of images shows what was asked for, as the judge reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.evaluation.agreement import Values, mean_of, median_error, pearson_r
from UterineSynthLib.evaluation.judged_image import JudgedImage
from UterineSynthLib.evaluation.overlap import COMPARED
from UterineSynthLib.evaluation.reading import Reading
from UterineSynthLib.records import record

Pair = tuple[Reading, Reading]


@record("uterinesynth.adherence")
@dataclass(frozen=True)
class Adherence:
    """Agreement of what was asked and what was read; None where there is too little to tell.

    Attributes:
        cases: images that could be made and judged.
        pathologies_right: share of cases whose whole set of pathologies was right.
        decisions_right: share of all decisions, one for each pathology and case.
        position_right: share of cases whose version and flexion class was right.
        dice: mean overlap by structure, over the cases that ask for it.
    """

    cases: int
    pathologies_right: float | None = None
    decisions_right: float | None = None
    position_right: float | None = None
    myoma_r: float | None = None
    myoma_error_mm: float | None = None
    endometrium_r: float | None = None
    junctional_zone_r: float | None = None
    dice: dict[str, float] = field(default_factory=dict)


def adherence_of(images: Sequence[JudgedImage]) -> Adherence:
    """Agreement over the images that were made."""
    pairs = pairs_of(images)
    myomas = sizes(pairs, "myoma_diameter_mm")
    scores = {name: dice_of(images, name) for name in COMPARED}
    return Adherence(
        cases=len(pairs),
        pathologies_right=mean_of(pathologies_right(pairs)),
        decisions_right=mean_of(decisions_right(pairs)),
        position_right=mean_of(position_right(pairs)),
        myoma_r=pearson_r(*myomas),
        myoma_error_mm=median_error(*myomas),
        endometrium_r=pearson_r(*sizes(pairs, "endometrium_mm")),
        junctional_zone_r=pearson_r(*sizes(pairs, "junctional_zone_mm")),
        dice={name: float(np.mean(values)) for name, values in scores.items() if len(values)},
    )


def pairs_of(images: Sequence[JudgedImage]) -> list[Pair]:
    """What was asked and what was read, of the images that were made."""
    return [(image.asked, image.read) for image in images if image.asked is not None and image.read is not None]


def pathologies_right(pairs: Sequence[Pair]) -> Values:
    """1 for each case whose whole set of pathologies was read, else 0."""
    return np.array([float(asked.pathologies == read.pathologies) for asked, read in pairs])


def decisions_right(pairs: Sequence[Pair]) -> Values:
    """For each case the share of the six pathologies that were rightly seen or not seen."""
    kinds = [pathology for pathology in Pathology if pathology is not Pathology.NORMAL]
    return np.array([np.mean([(kind in a.pathologies) == (kind in r.pathologies) for kind in kinds]) for a, r in pairs])


def position_right(pairs: Sequence[Pair]) -> Values:
    """1 for each case whose position class (or its absence, within the dead band) was read, else 0."""
    return np.array([float(asked.position == read.position) for asked, read in pairs])


def sizes(pairs: Sequence[Pair], name: str) -> tuple[Values, Values]:
    """One measurement, asked and read, of the cases that have both."""
    both = [(getattr(asked, name), getattr(read, name)) for asked, read in pairs]
    kept = np.array([pair for pair in both if None not in pair], dtype=float).reshape(-1, 2)
    return kept[:, 0], kept[:, 1]


def dice_of(images: Sequence[JudgedImage], name: str) -> Values:
    """Overlap of one structure in the images that were asked to show it."""
    return np.array([image.dice[name] for image in images if name in image.dice])


def adherence_table(rows: dict[str, Adherence]) -> str:
    """Markdown: one row for each set of images."""
    head = "| images | cases | pathologies right | decisions right | version and flexion right | myoma r | myoma median error | endometrium r | junctional zone r | Dice wall | cavity | myoma |"  # noqa: E501 (a table)
    lines = [head, "|---" * 12 + "|"]
    for name, item in rows.items():
        cells = [
            name,
            str(item.cases),
            *(percent(v) for v in (item.pathologies_right, item.decisions_right, item.position_right)),
            decimal(item.myoma_r),
            "-" if item.myoma_error_mm is None else f"{item.myoma_error_mm:.1f} mm",
            *(decimal(v) for v in (item.endometrium_r, item.junctional_zone_r)),
            *(decimal(item.dice.get(structure)) for structure in COMPARED),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def percent(share: float | None) -> str:
    """A share in per cent; a dash where there is none."""
    return "-" if share is None else f"{100 * share:.0f} %"


def decimal(value: float | None) -> str:
    """A figure with two decimals; a dash where there is none."""
    return "-" if value is None else f"{value:.2f}"
