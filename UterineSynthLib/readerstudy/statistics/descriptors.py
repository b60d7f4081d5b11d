"""What was asked for against what readers saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.readerstudy.question import Question
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, finite
from UterineSynthLib.readerstudy.statistics.kappa import cohen_kappa
from UterineSynthLib.readerstudy.statistics.proportion import clustered_share


@dataclass(frozen=True)
class Confusion:
    """Readings of one descriptor in one group of images.

    Attributes:
        group: "synthetic" or "real". labels: values asked for or read.
        counts: rows asked for, columns read.
        agreement: share read exactly as asked for. kappa: Cohen's, asked for against read; None if undefined.
    """

    question: str
    text: str
    group: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    agreement: Estimate
    kappa: float | None


@dataclass(frozen=True)
class Comparand:
    """One reading of a descriptor: who, which case, what was asked for, what was read."""

    reader: str
    case: str
    asked: str
    read: str


def confusion(
    question: Question, group: str, pairs: Sequence[Comparand], rng: np.random.Generator, level: float = 0.95
) -> Confusion:
    """Tabulate asked against read in the order of the options, with the share of exact agreement."""
    found = {p.asked for p in pairs} | {p.read for p in pairs}
    offered = [option.value for option in question.options if option.value in found]
    labels = (*offered, *sorted(found - set(offered)))
    place = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    readers, cases = sorted({p.reader for p in pairs}), sorted({p.case for p in pairs})
    agreed = np.full((len(readers), len(cases)), np.nan)
    for pair in pairs:
        counts[place[pair.asked], place[pair.read]] += 1
        agreed[readers.index(pair.reader), cases.index(pair.case)] = pair.asked == pair.read
    asked, read = (np.array([place[v] for v in column], dtype=float) for column in _columns(pairs))
    return Confusion(
        question.id,
        question.text,
        group,
        labels,
        tuple(tuple(int(n) for n in row) for row in counts),
        clustered_share(agreed, None, rng, level),
        finite(cohen_kappa(asked, read)) if pairs else None,
    )


def _columns(pairs: Sequence[Comparand]) -> tuple[list[str], list[str]]:
    return [p.asked for p in pairs], [p.read for p in pairs]
