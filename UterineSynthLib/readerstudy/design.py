"""A study in one file: cases, sampling, questions, order, readers and the claim, fixed before the first read.

The design names real and synthetic images. It stays with the coordinator and never goes into a reader's folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import RecordError
from UterineSynthLib.readerstudy.claim import Claim, Measure
from UterineSynthLib.readerstudy.question import QuestionKind
from UterineSynthLib.readerstudy.questionnaire import Questionnaire
from UterineSynthLib.records import record

_MAX_OPTIONS = 9
_MAX_SIZE = 2048
_MAX_NOISE = 0.25
_MAX_REPEAT_SHARE = 0.5


@dataclass(frozen=True)
class Candidate:
    """An image that may be drawn into the study.

    Attributes:
        image: path of the volume, relative to the design's folder or absolute.
        subject: pseudonym of the patient; of a synthetic image a name that only images of the same anatomy share.
        model: what made a synthetic image; None for a real one.
        description: what was asked for (synthetic) or is known to be there (real); None where nothing is known.
    """

    image: str
    subject: str
    is_synthetic: bool
    model: str | None = None
    description: UterusDescription | None = None

    def __post_init__(self) -> None:
        if not self.image.strip() or not self.subject.strip():
            raise RecordError("candidates", f"image '{self.image}' of subject '{self.subject}': both need a name")
        if self.is_synthetic != (self.model is not None):
            raise RecordError(f"candidate {self.image}", "a synthetic image, and only one, names its model")


@dataclass(frozen=True)
class Sampling:
    """How cases are drawn from the candidates: at random with the study's seed, evenly over models.

    Attributes:
        real, synthetic: number of images to read.
        training: number of further cases, half real and half synthetic, read first with feedback and never analysed;
            in a forced choice each real one of them brings the synthetic ones of its set.
        one_per_subject: draw at most one image of a subject.
        filter: any selection made before the draw, in words; it goes into the report.
        held_out: how it is known that no model saw the real cases, in words.
    """

    real: int
    synthetic: int
    training: int = 0
    one_per_subject: bool = True
    filter: str = "none"
    held_out: str = "not stated"

    def __post_init__(self) -> None:
        if self.real < 0 or self.synthetic < 0 or self.real + self.synthetic < 1:
            raise RecordError("sampling", f"{self.real} real and {self.synthetic} synthetic cases; draw at least one")
        if self.training < 0 or self.training % 2:
            raise RecordError("sampling.training", f"{self.training} must be even: half real, half synthetic")


@dataclass(frozen=True)
class Schedule:
    """Who reads what, when.

    Attributes:
        block: cases in which real and synthetic are balanced as in the whole study; readers are not told.
        repeat_share: share of cases shown a second time without notice, for the agreement of a reader with herself.
        sessions: number of sittings; with ``reread`` each holds all cases again, otherwise they are shared out.
        washout_days: least time between two sessions.
        cases_per_reader: cases that each reader reads; None is all of them.
        images_per_item: 1, or the number of images side by side of which exactly one is real (forced choice).
        allow_back: whether a reader may go back and change an answer.
    """

    block: int = 6
    repeat_share: float = 0.125
    sessions: int = 1
    reread: bool = False
    washout_days: float = 0.0
    cases_per_reader: int | None = None
    images_per_item: int = 1
    allow_back: bool = False

    def __post_init__(self) -> None:
        if self.block < 2:
            raise RecordError("schedule.block", f"{self.block} must be 2 or more")
        if not 0.0 <= self.repeat_share <= _MAX_REPEAT_SHARE:
            raise RecordError("schedule.repeat_share", f"{self.repeat_share:g} must lie between 0 and 0.5")
        if self.sessions < 1 or self.washout_days < 0:
            raise RecordError("schedule.sessions", "needs one session or more and a washout of 0 days or more")
        if self.reread and self.sessions < 2:
            raise RecordError("schedule.reread", "reading all cases again needs two sessions or more")
        if self.cases_per_reader is not None and self.cases_per_reader < 1:
            raise RecordError("schedule.cases_per_reader", f"{self.cases_per_reader} must be 1 or more")
        if not 1 <= self.images_per_item <= _MAX_OPTIONS:
            raise RecordError("schedule.images_per_item", f"{self.images_per_item} must lie between 1 and 9")


@dataclass(frozen=True)
class Appearance:
    """The one form that every image is brought to; see :mod:`UterineSynthLib.readerstudy.blinding`.

    Attributes:
        size: columns, rows, slices of the grid that all images share; spacing_mm: along the same axes. None is taken
            from the images: the coarsest voxels and the smallest field of view among them.
        noise: noise floor that every image is raised to, as a share of the intensity range; hides different floors
            at the price of some detail.
    """

    size: tuple[int, int, int] | None = None
    spacing_mm: tuple[float, float, float] | None = None
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.size is not None and (min(self.size) < 1 or max(self.size) > _MAX_SIZE):
            raise RecordError("appearance.size", f"{self.size} must lie between 1 and {_MAX_SIZE} voxels a side")
        if self.spacing_mm is not None and min(self.spacing_mm) <= 0:
            raise RecordError("appearance.spacing_mm", f"{self.spacing_mm} must be above zero")
        if not 0.0 <= self.noise <= _MAX_NOISE:
            raise RecordError("appearance.noise", f"{self.noise:g} must lie between 0 and {_MAX_NOISE:g}")


@record("uterinesynth.study_design")
@dataclass(frozen=True)
class StudyDesign:
    """The design; ``seed`` drives the draw, the ids and every reader's order.

    Attributes:
        readers: codes of the readers, such as "R1"; no names.
    """

    title: str
    seed: int
    candidates: tuple[Candidate, ...]
    sampling: Sampling
    questionnaire: Questionnaire
    readers: tuple[str, ...]
    claim: Claim = field(default_factory=Claim)
    schedule: Schedule = field(default_factory=Schedule)
    appearance: Appearance = field(default_factory=Appearance)

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise RecordError("title", "is empty; give the study a name")
        if self.seed < 0:
            raise RecordError("seed", f"{self.seed} must be 0 or more")
        self._check_readers()
        self._check_candidates()
        if self.is_forced_choice:
            self._check_forced_choice()

    @property
    def is_forced_choice(self) -> bool:
        """Whether readers pick the one real image among several."""
        return self.schedule.images_per_item > 1

    @property
    def chance(self) -> float:
        """Share of right answers of a reader who guesses: 1/n in a forced choice, otherwise one half."""
        return 1.0 / self.schedule.images_per_item if self.is_forced_choice else 0.5

    @property
    def kinds_factor(self) -> float:
        """Factor by which unequal numbers of real and synthetic cases raise the readings needed; 1 if one is absent."""
        real, synthetic = self.sampling.real, self.sampling.synthetic
        if self.is_forced_choice or not min(real, synthetic):
            return 1.0
        # A reader's workstation reads designs too, and has no scipy.
        from UterineSynthLib.readerstudy.statistics.power import imbalance

        return imbalance(real, synthetic)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models among the candidates, sorted."""
        return tuple(sorted({c.model for c in self.candidates if c.model is not None}))

    def _check_readers(self) -> None:
        if not self.readers:
            raise RecordError("readers", "there is none; name at least one reader code")
        if len(set(self.readers)) < len(self.readers):
            raise RecordError("readers", f"{', '.join(self.readers)}: a code comes twice")
        for code in self.readers:
            if not code.replace("-", "_").isidentifier() or not code.isascii() or len(code) > 32:
                raise RecordError("readers", f"'{code}' must be letters, digits, '-' and '_', beginning with a letter")

    def _check_candidates(self) -> None:
        seen: set[str] = set()
        for candidate in self.candidates:
            if candidate.image in seen:
                raise RecordError("candidates", f"image {candidate.image} comes twice")
            seen.add(candidate.image)

    def _check_forced_choice(self) -> None:
        question, options = self.questionnaire.authenticity, self.schedule.images_per_item
        if question is None or question.kind is not QuestionKind.CHOICE or len(question.options) != options:
            raise RecordError(
                "questionnaire", f"a forced choice among {options} ends with a choice of {options} images"
            )
        if self.sampling.synthetic != self.sampling.real * (options - 1):
            wanted = self.sampling.real * (options - 1)
            raise RecordError("sampling", f"{self.sampling.real} sets of {options} need {wanted} synthetic cases")
        if self.claim.measure is not Measure.ACCURACY:
            raise RecordError("claim.measure", "a forced choice has no ROC; claim accuracy")
