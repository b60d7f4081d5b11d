"""The facts of a description, each worded as a sentence, as a phrase and as a line of notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    Level,
    MyomaSignal,
    MyometrialInvasion,
    Pathology,
)

NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Topic(StrEnum):
    """What a fact is about; styles order facts by it."""

    PATIENT = auto()
    ACQUISITION = auto()
    UTERUS = auto()
    PATHOLOGY = auto()
    BLADDER = auto()
    EXCLUDED = auto()


@dataclass(frozen=True)
class Fact:
    """One fact in three wordings, without a full stop."""

    topic: Topic
    sentence: str
    phrase: str
    note: str


@dataclass(frozen=True)
class Wording:
    """Choices that a phrasing makes within the same grammar.

    Attributes:
        centimetres: write lengths of the body in cm instead of mm.
        turn: rotates through synonyms.
    """

    centimetres: bool = False
    turn: int = 0

    def length(self, value_mm: float) -> str:
        """A length with its unit; every digit survives."""
        if self.centimetres:
            return f"{plain_number(Decimal(repr(float(value_mm))) / 10)} cm"
        return f"{plain_number(value_mm)} mm"

    def pick(self, *synonyms: str) -> str:
        """One of the synonyms."""
        return synonyms[self.turn % len(synonyms)]


def plain_number(value: float | Decimal) -> str:
    """Shortest decimal that reads back as the same number: 30, 4.4."""
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def facts_of(description: UterusDescription, wording: Wording) -> list[Fact]:
    """Every field that is set, as facts in the order of :class:`Topic`."""
    makers: tuple[Callable[[UterusDescription, Wording], Iterator[Fact]], ...] = (
        _patient_facts,
        _acquisition_facts,
        _uterus_facts,
        _pathology_facts,
        _excluded_facts,
    )
    facts = [fact for maker in makers for fact in maker(description, wording)]
    return sorted(facts, key=lambda fact: list(Topic).index(fact.topic))


def _patient_facts(description: UterusDescription, wording: Wording) -> Iterator[Fact]:
    if description.menopausal_status is not None:
        status = description.menopausal_status.value
        woman = wording.pick("woman", "patient")
        yield Fact(Topic.PATIENT, f"The {woman} is {status}", f"a {status} {woman}", f"Status: {status}")
    if description.bladder_filling is not None:
        state = {
            BladderFilling.EMPTY: wording.pick("empty", "collapsed"),
            BladderFilling.MODERATE: wording.pick("moderately filled", "half full"),
            BladderFilling.FULL: wording.pick("full", "distended"),
        }[description.bladder_filling]
        article = "an" if state[0] == "e" else "a"
        yield Fact(Topic.BLADDER, f"The bladder is {state}", f"{article} {state} bladder", f"Bladder: {state}")


def _acquisition_facts(description: UterusDescription, wording: Wording) -> Iterator[Fact]:
    scan = description.acquisition
    said: list[tuple[str, str]] = []
    if scan.plane is not None:
        said.append((f"{scan.plane.value} plane", f"Plane: {scan.plane.value}"))
    if scan.field_strength_t is not None:
        tesla = f"{plain_number(scan.field_strength_t)}{wording.pick(' tesla', 'T', ' T')}"
        said.append((tesla, f"Field strength: {tesla}"))
    if scan.slice_count is not None:
        slices = f"{scan.slice_count} slice{'' if scan.slice_count == 1 else 's'}"
        said.append((slices, slices.capitalize()))
    for name, value in (
        ("slice thickness", scan.slice_thickness_mm),
        ("slice spacing", scan.slice_spacing_mm),
        ("in-plane spacing", scan.in_plane_spacing_mm),
    ):
        if value is not None:
            said.append((f"{name} of {plain_number(value)} mm", f"{name.capitalize()}: {plain_number(value)} mm"))
    if scan.matrix is not None:
        matrix = f"{scan.matrix} x {scan.matrix}"
        said.append((f"{matrix} matrix", f"Matrix: {matrix}"))
    for phrase, note in said:
        yield Fact(Topic.ACQUISITION, f"{wording.pick('Acquired with', 'Acquisition:')} {phrase}", phrase, note)


def _uterus_facts(description: UterusDescription, wording: Wording) -> Iterator[Fact]:
    if description.position is not None:
        yield _position_fact(description.position.value, wording)
    for name, angle in (("version", description.version_deg), ("flexion", description.flexion_deg)):
        if angle is not None:
            yield _angle_fact(name, angle, wording)
    for names, value in (
        (("uterine length", "uterine length", "Uterine length"), description.uterine_length_mm),
        (("junctional zone", "junctional zone", "JZ"), description.junctional_zone_mm),
        (("endometrium", "endometrial thickness", "Endometrium"), description.endometrium_mm),
    ):
        if value is not None:
            yield _measure_fact(names, wording.length(value), wording)
    if description.uterine_volume_ml is not None:
        volume = f"{plain_number(description.uterine_volume_ml)} {wording.pick('ml', 'cc', 'cm3')}"
        yield _measure_fact(("uterine volume", "uterine volume", "Uterine volume"), volume, wording)


def _measure_fact(names: tuple[str, str, str], value: str, wording: Wording) -> Fact:
    verb = wording.pick("measures", "is")
    return Fact(Topic.UTERUS, f"The {names[0]} {verb} {value}", f"{names[1]} of {value}", f"{names[2]}: {value}")


def _position_fact(position: str, wording: Wording) -> Fact:
    adjectives = {"AV": "anteverted", "RV": "retroverted", "AF": "anteflexed", "RF": "retroflexed"}
    version, flexion = (adjectives[half] for half in position.split("/"))
    words = wording.pick(f"{version} and {flexion}", f"{version}, {flexion}")
    return Fact(Topic.UTERUS, f"The uterus is {words}", f"{version} {flexion} uterus", f"Position: {position}")


def _angle_fact(name: str, angle: float, wording: Wording) -> Fact:
    size = f"{plain_number(abs(angle))} {wording.pick('degrees', 'deg')}"
    signed = f"{plain_number(angle)} degrees"
    stem = {"version": "vert", "flexion": "flex"}[name]
    phrase = f"{name} of {signed}"
    if angle:
        phrase = f"{'ante' if angle > 0 else 'retro'}{stem}ed by {size}"
    return Fact(Topic.UTERUS, f"The {name} angle is {signed}", phrase, f"{name.capitalize()}: {plain_number(angle)}°")


def _pathology_facts(description: UterusDescription, wording: Wording) -> Iterator[Fact]:
    makers: dict[Pathology, Callable[[UterusDescription, Wording], Iterator[str]]] = {
        Pathology.LEIOMYOMA: _leiomyoma_phrases,
        Pathology.ADENOMYOSIS: _adenomyosis_phrases,
        Pathology.ENDOMETRIAL_POLYP: _polyp_phrases,
        Pathology.ENDOMETRIAL_CARCINOMA: _carcinoma_phrases,
        Pathology.NABOTHIAN_CYSTS: _cyst_phrases,
        Pathology.CAESAREAN_NICHE: _niche_phrases,
    }
    for pathology in description.pathologies or ():
        if pathology is Pathology.NORMAL:
            yield Fact(Topic.PATHOLOGY, "The uterus is normal", "normal uterus", "Uterus: normal")
            continue
        for phrase in makers[pathology](description, wording):
            verb = "There are" if phrase.split()[0] in ("multiple", *NUMBER_WORDS[2:]) else "There is"
            yield Fact(Topic.PATHOLOGY, f"{verb} {phrase}", phrase, phrase[0].upper() + phrase[1:])


def _leiomyoma_phrases(description: UterusDescription, wording: Wording) -> Iterator[str]:
    if not description.leiomyomas:
        yield f"multiple {wording.pick('leiomyomas', 'fibroids', 'myomas')}"
    for lesion in description.leiomyomas:
        yield _lesion_phrase(lesion, wording)


def _lesion_phrase(lesion: Leiomyoma, wording: Wording) -> str:
    before = ["a"]
    if lesion.diameter_mm is not None:
        before.append(wording.length(lesion.diameter_mm))
    if lesion.figo is not None:
        before.append(f"{wording.pick('FIGO', 'FIGO type')} {lesion.figo.value}")
    after = [wording.pick("leiomyoma", "fibroid", "myoma")]
    if lesion.wall is not None:
        after.append(f"in the {lesion.wall.value} wall")
    if lesion.level is not None:
        after.append(_level_phrase(lesion.level, wording))
    if lesion.t2_signal is not None:
        after.append(_signal_phrase(lesion.t2_signal, wording))
    return " ".join(before + after)


def _level_phrase(level: Level, wording: Wording) -> str:
    if level is Level.CORPUS:
        return f"of the {wording.pick('corpus', 'uterine body')}"
    return f"at the {level.value}"


def _signal_phrase(signal: MyomaSignal, wording: Wording) -> str:
    return {
        MyomaSignal.TYPICAL: wording.pick("with typical T2 signal", "with low T2 signal"),
        MyomaSignal.CELLULAR: wording.pick("of cellular signal", "with high T2 signal"),
        MyomaSignal.HYALINE: "with hyaline degeneration",
        MyomaSignal.CYSTIC: "with cystic degeneration",
        MyomaSignal.CALCIFIED: wording.pick("with calcification", "with calcified degeneration"),
    }[signal]


def _adenomyosis_phrases(description: UterusDescription, _: Wording) -> Iterator[str]:
    extent: AdenomyosisExtent | None = description.adenomyosis_extent
    yield "adenomyosis" if extent is None else f"{extent.value} adenomyosis"


def _polyp_phrases(description: UterusDescription, wording: Wording) -> Iterator[str]:
    size = description.polyp_diameter_mm
    yield "an endometrial polyp" if size is None else f"a {wording.length(size)} endometrial polyp"


def _carcinoma_phrases(description: UterusDescription, wording: Wording) -> Iterator[str]:
    size = description.carcinoma_diameter_mm
    words = [f"endometrial {wording.pick('carcinoma', 'cancer')}"]
    if size is not None:
        words.append(f"of {wording.length(size)}")
    if description.carcinoma_invasion is not None:
        words.append(
            {
                MyometrialInvasion.NONE: "without myometrial invasion",
                MyometrialInvasion.LESS_THAN_HALF: "invading less than half of the myometrium",
                MyometrialInvasion.HALF_OR_MORE: wording.pick(
                    "invading half or more of the myometrium", "with deep myometrial invasion"
                ),
            }[description.carcinoma_invasion]
        )
    yield " ".join(words)


def _cyst_phrases(description: UterusDescription, wording: Wording) -> Iterator[str]:
    count, size = description.nabothian_cyst_count, description.nabothian_cyst_diameter_mm
    words = ["Nabothian cyst" if count == 1 else "Nabothian cysts"]
    if count is not None:
        words.insert(0, wording.pick(NUMBER_WORDS[count], str(count)))
    if size is not None:
        words.append(f"of {wording.length(size)}")
    yield " ".join(words)


def _niche_phrases(description: UterusDescription, wording: Wording) -> Iterator[str]:
    words = ["a Caesarean scar niche"]
    if description.niche_depth_mm is not None:
        words.append(f"with a depth of {wording.length(description.niche_depth_mm)}")
    if description.niche_residual_mm is not None:
        joint = "and" if len(words) > 1 else "with"
        words.append(f"{joint} residual myometrium of {wording.length(description.niche_residual_mm)}")
    yield " ".join(words)


def _excluded_facts(description: UterusDescription, wording: Wording) -> Iterator[Fact]:
    names = {
        Pathology.LEIOMYOMA: wording.pick("fibroids", "leiomyomas"),
        Pathology.ADENOMYOSIS: "adenomyosis",
        Pathology.ENDOMETRIAL_POLYP: "endometrial polyp",
        Pathology.ENDOMETRIAL_CARCINOMA: "endometrial carcinoma",
        Pathology.NABOTHIAN_CYSTS: "Nabothian cysts",
        Pathology.CAESAREAN_NICHE: "Caesarean scar niche",
    }
    for pathology in description.excluded:
        name = names[pathology]
        yield Fact(Topic.EXCLUDED, f"There is no {name}", f"no {name}", f"No {name}")
