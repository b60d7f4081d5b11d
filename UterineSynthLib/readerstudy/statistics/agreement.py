"""Agreement between readers, question by question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from UterineSynthLib.readerstudy.question import Question, QuestionKind
from UterineSynthLib.readerstudy.statistics.bootstrap import bootstrap_cases
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.gwet import ac_of_counts
from UterineSynthLib.readerstudy.statistics.kappa import cohen_kappa, fleiss_of_counts
from UterineSynthLib.readerstudy.statistics.krippendorff_alpha import alpha_of_counts, rating_counts
from UterineSynthLib.readerstudy.statistics.result import Agreement
from UterineSynthLib.readerstudy.statistics.roc import Floats

_REPLICATES = 500
_METHOD = "bootstrap over cases"


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of agreement.

    Attributes:
        of_counts: from values (k,) and how often each case received each (cases, k); None if it needs to know who
            rated what. of_ratings: from ratings (readers, cases), where ``of_counts`` is None.
        scale: (k,) every value that the scale offers; None for those that occur.
    """

    name: str
    of_counts: Callable[[Floats, Floats], float] | None = None
    of_ratings: Callable[[Floats], float] | None = None
    scale: Floats | None = None

    def prepared(self, ratings: Floats) -> tuple[Floats, Callable[[Floats], float]]:
        """What is resampled by columns, and the coefficient of it; counting once is what makes resampling quick."""
        if self.of_counts is None:
            assert self.of_ratings is not None
            return ratings, self.of_ratings
        values, counts = rating_counts(ratings, self.scale)
        of_counts = self.of_counts
        return counts.T, lambda drawn: of_counts(values, drawn.T)


def nominal_coefficients(readers: int) -> tuple[Coefficient, ...]:
    """Coefficients for unordered answers; Cohen's kappa is for two readers, Fleiss' for more."""
    if readers == 2:
        kappa = Coefficient("Cohen's kappa", of_ratings=lambda ratings: cohen_kappa(ratings[0], ratings[1]))
    else:
        kappa = Coefficient("Fleiss' kappa", of_counts=lambda _, counts: fleiss_of_counts(counts, readers))
    return kappa, Coefficient("Krippendorff's alpha", alpha_of_counts), Coefficient("Gwet's AC1", ac_of_counts)


def ordinal_coefficients(points: int) -> tuple[Coefficient, ...]:
    """Coefficients for a scale of ``points`` points."""
    scale = np.arange(1, points + 1, dtype=np.float64)
    return (
        Coefficient("Krippendorff's alpha, ordinal", partial(alpha_of_counts, metric="ordinal")),
        Coefficient("Gwet's AC2, quadratic", partial(ac_of_counts, weights="quadratic"), scale=scale),
    )


def coefficients_for(question: Question, readers: int) -> tuple[Coefficient, ...]:
    """Coefficients that suit the kind of a question; none for numbers and text."""
    if question.kind is QuestionKind.SCALE:
        return ordinal_coefficients(question.points)
    return nominal_coefficients(readers) if question.kind is QuestionKind.CHOICE else ()


def agreements(
    question: str,
    ratings: Floats,
    coefficients: tuple[Coefficient, ...],
    clusters: Floats,
    rng: np.random.Generator,
    level: float = 0.95,
) -> tuple[Agreement, ...]:
    """Coefficients of (readers, cases) ratings with intervals that resample the clusters (cases,) of cases."""
    reason = _why_none(ratings)
    found = []
    for coefficient in coefficients:
        table, value_of = coefficient.prepared(ratings)
        value = float("nan") if reason else value_of(table)
        if not np.isfinite(value):
            why = missing(reason or "it is undefined for these ratings", _METHOD)
            found.append(Agreement(question, coefficient.name, why))
            continue
        ends = bootstrap_cases(value_of, table, cases=clusters, rng=rng, level=level, replicates=_REPLICATES)
        n = int((~np.isnan(ratings)).sum())
        low, high = ends or (None, None)
        unknown = None if ends else "too few different ratings to resample"
        found.append(Agreement(question, coefficient.name, Estimate(value, low, high, level, n, _METHOD, unknown)))
    return tuple(found)


def _why_none(ratings: Floats) -> str | None:
    read = ~np.isnan(ratings)
    if (read.any(axis=1)).sum() < 2:
        return "one reader cannot agree with anybody"
    if not (read.sum(axis=0) >= 2).any():
        return "no case was read by two readers"
    if np.unique(ratings[read]).size < 2:
        return "all answers are equal, so that agreement beyond chance has no meaning"
    return None
