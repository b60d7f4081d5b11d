"""Ratings of real against synthetic images, question by question."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.optional import require
from UterineSynthLib.readerstudy.statistics.covariance import jackknife, mean_difference
from UterineSynthLib.readerstudy.statistics.estimate import Estimate, missing
from UterineSynthLib.readerstudy.statistics.obuchowski_rockette import average_readers
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats, auc


@dataclass(frozen=True)
class LikertComparison:
    """One question.

    Attributes:
        anchors: wording of each point. real, synthetic: number of readings at each point.
        difference: mean rating of synthetic minus real images, interval over random readers and cases.
        superiority: chance that a synthetic image's mean rating beats a real one's, ties counting half; 0.5 is none.
        p_value: rank-sum test of the cases' mean ratings; p_holm: corrected for the number of questions.
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
    reason: str | None = None


def compare_ratings(
    question: str, text: str, anchors: tuple[str, ...], ratings: Floats, is_synthetic: Bools, level: float = 0.95
) -> LikertComparison:
    """Compare the ratings (readers, cases) of one scale; the case, averaged over its readers, is the unit tested."""
    points = np.arange(1, len(anchors) + 1)
    real, synthetic = (
        tuple(int(n) for n in (ratings[:, columns, None] == points).sum(axis=(0, 1)))
        for columns in (~is_synthetic, is_synthetic)
    )
    difference = _difference(ratings, is_synthetic, level)
    done = LikertComparison(question, text, anchors, real, synthetic, difference)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        by_case = np.nanmean(ratings, axis=0)
    rated = ~np.isnan(by_case)
    groups = by_case[rated & is_synthetic], by_case[rated & ~is_synthetic]
    if min(g.size for g in groups) < 2:
        return replace(done, reason="needs two rated cases of each class")
    if np.ptp(by_case[rated]) == 0:
        return replace(done, reason="all ratings are equal")
    p_value = float(stats.mannwhitneyu(*groups).pvalue)
    return replace(done, superiority=auc(by_case, is_synthetic), p_value=p_value)


def correct_for_questions(comparisons: tuple[LikertComparison, ...]) -> tuple[LikertComparison, ...]:
    """Add Holm's correction over the questions that were tested."""
    tested = [c for c in comparisons if c.p_value is not None]
    if not tested:
        return comparisons
    p_values = [c.p_value for c in tested]
    corrected = require("statsmodels.stats.multitest").multipletests(p_values, method="holm")[1]
    by_question = {c.question: float(p) for c, p in zip(tested, corrected, strict=True)}
    return tuple(replace(c, p_holm=by_question.get(c.question)) for c in comparisons)


def _difference(ratings: Floats, is_synthetic: Bools, level: float) -> Estimate:
    method = "mean difference, Obuchowski-Rockette with jackknife"
    read = int((~np.isnan(ratings)).sum())
    try:
        each, covariance = jackknife(ratings, is_synthetic, mean_difference)
        average = average_readers(each, covariance, fixed_readers=each.size < 2)
    except InputError as error:
        return missing(str(error), method, read)
    return Estimate(average.mean, *average.interval(level), level, read, method)
