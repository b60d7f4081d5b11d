"""What the greys of structures are like in a population of studies, and how they go together.

A joint Gaussian of a few facts of a description that change the signal and of the tones
(:mod:`UterineSynthLib.networks.tone`): its conditional, given the facts that are known, is what a sample's tones are
drawn from. Not every study shows every structure; the fit is that of Gaussian data with gaps by expectation and
maximisation (Little and Rubin, Statistical Analysis with Missing Data, 2002, section 11.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import MenopausalStatus, MyomaSignal, Pathology
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.gaussian import RIDGE_SD, Values, draw, kept_row
from UterineSynthLib.networks.tone import TONE_COUNT, TONE_COUNTS, Tones, completed, tells_parts, widened
from UterineSynthLib.records import record
from UterineSynthLib.volumes.structures import Structure

_FIELD_CENTRE_T, _FIELD_SCALE_T = 2.25, 0.75
_ROUNDS = 30
_SHRINKAGE = 3.0
"""Studies' worth of independent spread mixed into the covariance."""
_STREAM = 0x704E

FACT_COUNT = 2 + len(MyomaSignal)


@record("uterinesynth.tone_prior")
@dataclass(frozen=True)
class TonePrior:
    """Facts and tones of a population.

    Attributes:
        mean: of facts, then tones, ``FACT_COUNT + TONE_COUNT`` values, or fewer where it was measured before tones told
            as many parts apart (``TONE_COUNTS``); covariance: their covariance, row by row.
        studies: how many they were measured in.
    """

    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    studies: int

    def __post_init__(self) -> None:
        width = len(self.mean)
        if width - FACT_COUNT not in TONE_COUNTS:
            raise ConfigError(f"tone prior: mean must have {FACT_COUNT + TONE_COUNT} values, it has {width}")
        if len(self.covariance) != width or any(len(row) != width for row in self.covariance):
            raise ConfigError(f"tone prior: covariance must have {width} rows and columns, as the mean")
        if not np.isfinite(self.mean).all() or not np.isfinite(self.covariance).all():
            raise ConfigError("tone prior: mean and covariance must be finite")

    def draw(
        self, description: UterusDescription | None, seed: int, index: int, labels: npt.NDArray[np.uint8] | None = None
    ) -> Tones:
        """Tones of volume ``index`` of a run, given what its description says of the signal.

        Leiomyomas of a label map that tells no parts apart are typical ones where the description leaves them open.
        """
        facts = facts_of(description)
        if labels is not None and np.isnan(facts[2:]).all() and not tells_parts(labels) and Structure.MYOMA in labels:
            facts[2:] = [float(kind is MyomaSignal.TYPICAL) for kind in MyomaSignal]
        mean, covariance = self._given(facts)
        drawn = draw(mean, covariance, np.random.default_rng([_STREAM, seed, index]))
        return widened(drawn.clip(-1, 1).astype(np.float32))

    def _given(self, facts: Values) -> tuple[Values, Values]:
        """Mean and covariance of the tones, given the facts that are not NaN."""
        row = np.concatenate([facts, np.full(len(self.mean) - FACT_COUNT, np.nan)])
        mean, covariance = _conditional(row, np.array(self.mean), np.array(self.covariance))
        return mean[FACT_COUNT:], covariance[FACT_COUNT:, FACT_COUNT:]


def facts_of(description: UterusDescription | None) -> Values:
    """What changes the signal, ``[FACT_COUNT]``, NaN where open: field strength, menopause, signal of leiomyomas.

    Leiomyomas count by their diameters: the share of each kind of signal.
    """
    facts = np.full(FACT_COUNT, np.nan)
    if description is None:
        return facts
    field = description.acquisition.field_strength_t
    if field is not None:
        facts[0] = (field - _FIELD_CENTRE_T) / _FIELD_SCALE_T
    if description.menopausal_status is not None:
        facts[1] = float(description.menopausal_status is MenopausalStatus.POSTMENOPAUSAL)
    if description.shows(Pathology.LEIOMYOMA):
        sizes = {kind: 0.0 for kind in MyomaSignal}
        for lesion in description.leiomyomas:
            if lesion.t2_signal is not None:
                sizes[lesion.t2_signal] += (lesion.diameter_mm or 1.0) ** 2
        if sum(sizes.values()) > 0:
            facts[2:] = np.array(list(sizes.values())) / sum(sizes.values())
    return facts


def fitted(descriptions: Sequence[UterusDescription | None], tones: Sequence[Tones]) -> TonePrior:
    """The prior of studies with their descriptions and measured tones, NaN where a study does not show a structure.

    Raises:
        ConfigError: there is no study.
    """
    if not tones:
        raise ConfigError("tone prior: no study with a label map to measure tones in")
    rows = np.array([[*facts_of(d), *t] for d, t in zip(descriptions, tones, strict=True)], dtype=np.float64)
    mean, covariance = _with_gaps(rows)
    return TonePrior(
        kept_row(mean),
        tuple(kept_row(row) for row in covariance),
        len(rows),
    )


def _with_gaps(rows: Values) -> tuple[Values, Values]:
    """Mean and covariance of rows with gaps. A column that is never known has the typical tone and a small spread."""
    usual = np.concatenate([np.zeros(FACT_COUNT), completed(np.full(TONE_COUNT, np.nan, dtype=np.float32))])
    known = ~np.isnan(rows)
    counts = known.sum(axis=0)
    mean = np.where(counts > 0, np.where(known, rows, 0.0).sum(axis=0) / np.maximum(counts, 1), usual)
    spread = np.where(known, (rows - mean) ** 2, 0.0).sum(axis=0) / np.maximum(counts, 1)
    covariance = np.diag(spread + RIDGE_SD**2)
    for _ in range(_ROUNDS):
        expected = [_conditional(row, mean, covariance) for row in rows]
        filled = np.array([row for row, _ in expected])
        mean = np.where(counts > 0, filled.mean(axis=0), usual)
        off = filled - mean
        scatter = off.T @ off + sum(left for _, left in expected)
        diagonal = np.diag(np.diag(scatter) / len(rows))
        covariance = (scatter + _SHRINKAGE * diagonal) / (len(rows) + _SHRINKAGE) + RIDGE_SD**2 * np.eye(len(mean))
    return mean, covariance


def _conditional(row: Values, mean: Values, covariance: Values) -> tuple[Values, Values]:
    """A row with its gaps (NaN) at their conditional means, and the covariance that is left; zero where it is known."""
    gap = np.isnan(row)
    left = np.zeros_like(covariance)
    if gap.all():
        return mean.copy(), covariance.copy()
    weights = np.linalg.solve(covariance[np.ix_(~gap, ~gap)], covariance[np.ix_(~gap, gap)])
    full = row.copy()
    full[gap] = mean[gap] + weights.T @ (row[~gap] - mean[~gap])
    left[np.ix_(gap, gap)] = covariance[np.ix_(gap, gap)] - covariance[np.ix_(gap, ~gap)] @ weights
    return full, left
