"""Simulated reader studies with a known truth: what the statistics must find again.

Binormal readers: the impression of an image is normal, shifted by d' for a synthetic one; readers differ in d', in
their criterion, and share part of the impression of each case (Roe & Metz, Acad Radiol 1997;4:298).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.readerstudy.question import Answer, Question, QuestionKind, QuestionRole
from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.readerstudy.statistics.roc import Bools, Floats

_SECONDS = 25.0
_SPREAD_OF_SECONDS = 0.4
_REPEAT_NOISE = 0.5
_RATING_LOSS = 0.35


@dataclass(frozen=True)
class SimulatedReaders:
    """The truth about the readers.

    Attributes:
        d_prime: mean separation of synthetic from real impressions, in standard deviations of one impression.
        d_prime_sd: between readers. criterion: threshold above the middle; above 0 leans to "real".
        criterion_sd: between readers. case_correlation: correlation of two readers' impressions of one image.
    """

    d_prime: float = 0.0
    d_prime_sd: float = 0.0
    criterion: float = 0.0
    criterion_sd: float = 0.0
    case_correlation: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.case_correlation < 1:
            raise InputError(f"case_correlation = {self.case_correlation:g} must lie between 0 and 1")
        if min(self.d_prime_sd, self.criterion_sd) < 0:
            raise InputError("standard deviations between readers must be 0 or more")

    @property
    def auc(self) -> float:
        """Expected area under the curve of a reader drawn at random."""
        return float(stats.norm.cdf(self.d_prime / np.sqrt(2 + self.d_prime_sd**2)))

    @property
    def accuracy(self) -> float:
        """Expected share right of a reader drawn at random, half of the images being synthetic."""
        spread = np.sqrt(1 + self.criterion_sd**2 + self.d_prime_sd**2 / 4)
        hit, reject = self.d_prime / 2 - self.criterion, self.d_prime / 2 + self.criterion
        return float(stats.norm.cdf(hit / spread) + stats.norm.cdf(reject / spread)) / 2


def simulate_impressions(
    truth: SimulatedReaders, is_synthetic: Bools, readers: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Impressions (readers, cases), positive above each reader's unbiased middle, and criteria (readers,)."""
    shared = rng.standard_normal(is_synthetic.size) * np.sqrt(truth.case_correlation)
    own = rng.standard_normal((readers, is_synthetic.size)) * np.sqrt(1 - truth.case_correlation)
    d_prime = truth.d_prime + truth.d_prime_sd * rng.standard_normal(readers)
    sign = np.where(is_synthetic, 0.5, -0.5)
    criteria = truth.criterion + truth.criterion_sd * rng.standard_normal(readers)
    return d_prime[:, None] * sign + shared + own, criteria


def simulate_answers(design: StudyDesign, cases: tuple[Reading, ...], truth: SimulatedReaders) -> StudyReadings:
    """Fill the answers of every reading of a study, as these readers would give them.

    Args:
        cases: readings with open answers, as a built study lists them; answers and seconds are replaced.

    Raises:
        InputError: the study is a forced choice, which has no single impressions.
    """
    if design.is_forced_choice:
        raise InputError("a forced choice is not simulated; simulate a study with one image per case")
    rng = np.random.default_rng([design.seed, 5])
    readers, names = sorted({r.reader for r in cases}), sorted({r.case for r in cases})
    synthetic = {r.case: r.is_synthetic for r in cases}
    impressions, criteria = simulate_impressions(truth, np.array([synthetic[n] for n in names]), len(readers), rng)
    filled = []
    for reading in cases:
        row = readers.index(reading.reader)
        impression = float(impressions[row, names.index(reading.case)] - criteria[row])
        if reading.repeat_of is not None or reading.session > 1:
            impression += _REPEAT_NOISE * rng.standard_normal()
        filled.append(_answered(reading, design, impression, rng))
    return StudyReadings(design, tuple(filled))


def open_readings(design: StudyDesign, real: int, synthetic: int, repeats: int = 0) -> tuple[Reading, ...]:
    """A fully crossed schedule with open answers, for planning without images; every case is its own subject."""
    rng = np.random.default_rng([design.seed, 6])
    names = [f"case-{i:04d}" for i in range(1, real + synthetic + 1)]
    readings = []
    for reader in design.readers:
        places = [*rng.permutation(len(names)), *rng.permutation(len(names))[:repeats]]
        for order, place in enumerate(places, start=1):
            name, again = names[place], order > len(names)
            readings.append(
                Reading(
                    reader=reader,
                    case=name,
                    subject=f"subject-{place}",
                    is_synthetic=bool(place >= real),
                    session=1,
                    order=order,
                    answers={},
                    seconds=0.0,
                    repeat_of=name if again else None,
                )
            )
    return tuple(readings)


def _answered(reading: Reading, design: StudyDesign, impression: float, rng: np.random.Generator) -> Reading:
    answers: dict[str, Answer] = {q.id: _answer(q, impression, rng) for q in design.questionnaire.questions}
    return Reading(
        **{
            **{name: getattr(reading, name) for name in reading.__dataclass_fields__},
            "answers": answers,
            "confidence_real": design.questionnaire.confidence_real(answers),
            "seconds": float(_SECONDS * np.exp(_SPREAD_OF_SECONDS * rng.standard_normal())),
        }
    )


def _answer(question: Question, impression: float, rng: np.random.Generator) -> Answer:
    if question.kind is QuestionKind.SCALE:
        noise = 0.0 if question.role is QuestionRole.AUTHENTICITY else rng.standard_normal() - _RATING_LOSS
        real = 0.5 * (1 + math.erf((noise - impression) / math.sqrt(2)))
        return float(min(question.points, 1 + int(real * question.points)))
    if question.role is QuestionRole.AUTHENTICITY:
        return question.options[-1 if impression > 0 else 0].value
    if question.kind is QuestionKind.CHOICE:
        return question.options[int(rng.integers(len(question.options)))].value
    return None
