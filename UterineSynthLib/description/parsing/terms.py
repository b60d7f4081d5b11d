"""The parts that a sentence is cut into, and what is reported about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.records import record


class Kind(StrEnum):
    """What a term does in a sentence. Heads take attributes; facts stand alone; the rest joins or separates."""

    PATHOLOGY = auto()
    LESION_REFERENCE = auto()
    ORGAN = auto()
    POSTURE = auto()
    OTHER_ORGAN = auto()

    QUANTITY = auto()
    NUMBER = auto()
    PIXELS = auto()
    FIGO = auto()
    SUBTYPE = auto()
    WALL = auto()
    LEVEL = auto()
    SIGNAL = auto()
    EXTENT = auto()
    SHARE = auto()
    INVASION = auto()
    INVASION_WORD = auto()
    FILLING = auto()
    NORMAL = auto()
    MANY = auto()
    PEDUNCLE = auto()
    MEASURED_ACROSS = auto()
    NICHE_WORD = auto()

    POSITION = auto()
    MENOPAUSE = auto()
    PLANE = auto()

    NEGATION = auto()
    ABSENT = auto()
    HEDGE = auto()
    ARTICLE = auto()
    DEFINITE = auto()
    PRONOUN = auto()
    SEPARATOR = auto()
    STOP = auto()
    FILLER = auto()
    UNKNOWN = auto()


HEADS = frozenset({Kind.PATHOLOGY, Kind.LESION_REFERENCE, Kind.ORGAN, Kind.POSTURE, Kind.OTHER_ORGAN})
SILENT = frozenset(
    {
        Kind.ARTICLE,
        Kind.DEFINITE,
        Kind.PRONOUN,
        Kind.SEPARATOR,
        Kind.STOP,
        Kind.FILLER,
        Kind.HEDGE,
        Kind.LESION_REFERENCE,
    }
)
"""Terms that carry no fact of their own and are not reported when nothing uses them."""


class Organ(StrEnum):
    """Heads that a measure or a state is said of, besides the pathologies."""

    UTERUS = auto()
    JUNCTIONAL_ZONE = auto()
    ENDOMETRIUM = auto()
    BLADDER = auto()
    NICHE_RESIDUAL = auto()
    NICHE_DEPTH = auto()
    SLICES = auto()
    SLICE_THICKNESS = auto()
    SLICE_SPACING = auto()
    SLICE_GAP = auto()
    IN_PLANE = auto()
    VOXEL = auto()
    MATRIX = auto()


@dataclass(frozen=True)
class Term:
    """A stretch ``text[start:end]`` of the input with one meaning."""

    kind: Kind
    value: object
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """A stretch of the input that was not understood."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Understood:
    """A stretch of the input, the field it set and the value it gave."""

    text: str
    field: str
    value: str
    start: int
    end: int


@record("uterinesynth.interpretation")
@dataclass(frozen=True)
class Interpretation:
    """A text as it was understood; character positions are offsets into that text, end exclusive."""

    description: UterusDescription
    understood: tuple[Understood, ...] = ()
    not_understood: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()
