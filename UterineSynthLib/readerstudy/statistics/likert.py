"""Ratings of real against synthetic images, question by question."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.optional import require
from UterineSynthLib.readerstudy.statistics.covariance import jackknife, mean_difference
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.obuchowski_rockette import average_readers
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats


@dataclass(frozen=True)
class LikertComparison:
    """One question.

    Attributes:
        anchors: wording of each point. real, synthetic: number of readings at each point.
        difference: mean rating of synthetic minus real images, interval over random readers and cases.
        superiority: chance that a synthetic image's mean rating beats a real one's, ties counting half; 0.5 is none.
        p_value: rank-sum test of the cases' mean ratings, for these readers; p_holm: corrected for the number of
            questions.
        p_random, p_random_holm: of no difference, for random readers and cases (Obuchowski-Rockette).
        reason: why there is no test.
    """

    question: str
    text: str
    anchors: tuple[str, ...]
    real: tuple[int, ...]
    synthetic: tuple[int, ...]
    difference: Estimate
    superiority: float | None = None
    p_value: float | None = None
    p_holm: float | None = None
    p_random: float | None = None
    p_random_holm: float | None = None
    reason: str | None = None


def compare_ratings(
    question: str,
    text: str,
    anchors: tuple[str, ...],
    ratings: Floats,
    is_synthetic: Bools,
    subject: NDArray[np.int64] | None = None,
    level: float = 0.95,
) -> LikertComparison:
    """Compare the ratings (readers, cases) of one scale.

    The unit of the rank-sum test is the case, averaged over its readers and over the cases of its patient.

    Args:
        subject: (cases,) patient of each case, or None where every case is its own.
    """
    own = np.arange(is_synthetic.size) if subject is None else subject
    points = np.arange(1, len(anchors) + 1)
    real, synthetic = (
        tuple(int(n) for n in (ratings[:, columns, None] == points).sum(axis=(0, 1)))
        for columns in (~is_synthetic, is_synthetic)
    )
    difference, p_random = _difference(ratings, is_synthetic, own, level)
    done = LikertComparison(question, text, anchors, real, synthetic, difference, p_random=p_random)
    groups = [_patient_means(ratings[:, kind], own[kind]) for kind in (is_synthetic, ~is_synthetic)]
    if min(g.size for g in groups) < 2:
        return replace(done, reason="needs two rated cases of each class")
    if np.ptp(np.concatenate(groups)) == 0:
        return replace(done, reason="all ratings are equal")
    test = stats.mannwhitneyu(groups[0], groups[1])
    superiority = float(test.statistic) / (groups[0].size * groups[1].size)
    return replace(done, superiority=superiority, p_value=float(test.pvalue))


def correct_for_questions(comparisons: tuple[LikertComparison, ...]) -> tuple[LikertComparison, ...]:
    """Add Holm's correction over the questions that were tested."""
    by_rank = _holm([c.p_value for c in comparisons])
    random = _holm([c.p_random for c in comparisons])
    return tuple(replace(c, p_holm=p, p_random_holm=q) for c, p, q in zip(comparisons, by_rank, random, strict=True))


def _holm(p_values: list[float | None]) -> list[float | None]:
    """Corrected p-values in the same places; None stays where there was no test."""
    known = [p for p in p_values if p is not None]
    if not known:
        return p_values
    corrected = iter(require("statsmodels.stats.multitest").multipletests(known, method="holm")[1])
    return [None if p is None else float(next(corrected)) for p in p_values]


def _patient_means(ratings: Floats, subject: NDArray[np.int64]) -> Floats:
    """Mean rating of each patient who was rated, of ratings (readers, cases)."""
    read = ~np.isnan(ratings)
    place = np.unique(subject, return_inverse=True)[1]
    count = np.bincount(place, read.sum(axis=0))
    total = np.bincount(place, np.where(read, ratings, 0.0).sum(axis=0))
    return np.asarray(total[count > 0] / count[count > 0])


def _difference(
    ratings: Floats, is_synthetic: Bools, subject: NDArray[np.int64], level: float
) -> tuple[Estimate, float | None]:
    """Mean difference with its interval, and the p-value of none."""
    method = "mean difference, Obuchowski-Rockette with jackknife"
    read = int((~np.isnan(ratings)).sum())
    try:
        each, covariance = jackknife(ratings, is_synthetic, mean_difference, subject, is_synthetic)
        average = average_readers(each, covariance, fixed_readers=each.size < 2)
    except InputError as error:
        return missing(str(error), method, read), None
    return Estimate(average.mean, *average.interval(level), level, read, method), average.p_value(0.0)
