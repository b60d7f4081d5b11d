"""Cohen's and Fleiss' kappa, through statsmodels."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.optional import require
from UterineSynthLib.readerstudy.statistics.krippendorff_alpha import rating_counts
from UterineSynthLib.readerstudy.statistics.roc import Floats


def fleiss_kappa(ratings: Floats) -> float:
    """Fleiss' kappa of (readers, cases) ratings over the cases that all readers rated; NaN if it is undefined."""
    return fleiss_of_counts(rating_counts(ratings)[1], ratings.shape[0])


def fleiss_of_counts(counts: Floats, readers: int) -> float:
    """:func:`fleiss_kappa` from how often each case received each value (cases, k)."""
    whole = counts[counts.sum(axis=1) == readers]
    if readers < 2 or whole.shape[0] < 2 or (whole.sum(axis=0) > 0).sum() < 2:
        return float("nan")
    return float(require("statsmodels.stats.inter_rater").fleiss_kappa(whole))


def cohen_kappa(first: Floats, second: Floats, weights: str | None = None) -> float:
    """Cohen's kappa of two (cases,) ratings; ``weights`` may be "linear" or "quadratic". NaN if it is undefined."""
    both = ~(np.isnan(first) | np.isnan(second))
    values, coded = np.unique(np.r_[first[both], second[both]], return_inverse=True)
    if values.size < 2:
        return float("nan")
    table = np.zeros((values.size, values.size))
    half = int(both.sum())
    np.add.at(table, (coded[:half], coded[half:]), 1)
    weighting = {None: None, "linear": "linear", "quadratic": "fc"}[weights]
    kappa = require("statsmodels.stats.inter_rater").cohens_kappa(table, wt=weighting, return_results=False)
    return float(kappa)
