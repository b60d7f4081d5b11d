"""Agreement between readers, question by question."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from UterineSynthLib.readerstudy.question import Question, QuestionKind
from UterineSynthLib.readerstudy.statistics.bootstrap import bootstrap_cases
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.gwet import gwet_ac
from UterineSynthLib.readerstudy.statistics.kappa import cohen_kappa, fleiss_kappa
from UterineSynthLib.readerstudy.statistics.krippendorff_alpha import krippendorff_alpha
from UterineSynthLib.readerstudy.statistics.result import Agreement
from UterineSynthLib.readerstudy.statistics.roc import Floats

Coefficient = Callable[[Floats], float]
_REPLICATES = 200
_METHOD = "bootstrap over cases"


def _cohen(ratings: Floats) -> float:
    return cohen_kappa(ratings[0], ratings[1])


def nominal_coefficients(readers: int) -> dict[str, Coefficient]:
    """Coefficients for unordered answers; Cohen's kappa is for two readers, Fleiss' for more."""
    kappa: dict[str, Coefficient] = {"Cohen's kappa": _cohen} if readers == 2 else {"Fleiss' kappa": fleiss_kappa}
    return {
        **kappa,
        "Krippendorff's alpha": krippendorff_alpha,
        "Gwet's AC1": gwet_ac,
    }


def ordinal_coefficients(points: int) -> dict[str, Coefficient]:
    """Coefficients for a scale of ``points`` points."""
    scale = np.arange(1, points + 1, dtype=np.float64)
    return {
        "Krippendorff's alpha, ordinal": partial(krippendorff_alpha, metric="ordinal"),
        "Gwet's AC2, quadratic": partial(gwet_ac, weights="quadratic", scale=scale),
    }


def coefficients_for(question: Question, readers: int) -> dict[str, Coefficient]:
    """Coefficients that suit the kind of a question; none for numbers and text."""
    if question.kind is QuestionKind.SCALE:
        return ordinal_coefficients(question.points)
    return nominal_coefficients(readers) if question.kind is QuestionKind.CHOICE else {}


def agreements(
    question: str,
    ratings: Floats,
    coefficients: dict[str, Coefficient],
    clusters: Floats,
    rng: np.random.Generator,
    level: float = 0.95,
) -> tuple[Agreement, ...]:
    """Coefficients of (readers, cases) ratings with intervals that resample the clusters (cases,) of cases."""
    reason = _why_none(ratings)
    found = []
    for name, coefficient in coefficients.items():
        value = float("nan") if reason else coefficient(ratings)
        if not np.isfinite(value):
            found.append(Agreement(question, name, missing(reason or "it is undefined for these ratings", _METHOD)))
            continue
        ends = bootstrap_cases(coefficient, ratings, cases=clusters, rng=rng, level=level, replicates=_REPLICATES)
        n = int((~np.isnan(ratings)).sum())
        low, high = ends or (None, None)
        why = None if ends else "too few different ratings to resample"
        found.append(Agreement(question, name, Estimate(value, low, high, level, n, _METHOD, why)))
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
