"""Cohen's and Fleiss' kappa, through statsmodels."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.optional import require
from UterineSynthLib.readerstudy.statistics.roc import Floats


def fleiss_kappa(ratings: Floats) -> float:
    """Fleiss' kappa of (readers, cases) ratings over the cases that all readers rated; NaN if it is undefined."""
    whole = ratings[:, ~np.isnan(ratings).any(axis=0)]
    if whole.shape[0] < 2 or whole.shape[1] < 2 or np.unique(whole).size < 2:
        return float("nan")
    agreement = require("statsmodels.stats.inter_rater")
    return float(agreement.fleiss_kappa(agreement.aggregate_raters(whole.T)[0]))


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
