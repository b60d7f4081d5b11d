"""A description to English in several phrasings: the inverse of ``parsing.interpret``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from UterineSynthLib.description.facts import Fact, Topic, Wording, facts_of
from UterineSynthLib.description.uterus import UterusDescription


@dataclass(frozen=True)
class Style:
    """A way of writing: how facts are joined, which topics come first, and the unit of lengths."""

    name: str
    join: Callable[[list[Fact]], str]
    first: tuple[Topic, ...] = ()
    centimetres: bool = False


def render(description: UterusDescription, phrasing: int) -> str:
    """Put every field that is set into words.

    Args:
        description: what to say.
        phrasing: any whole number from 0; it chooses the style (modulo :data:`STYLES`) and, beyond, the synonyms.

    Returns:
        Text that :func:`interpret` reads back to ``description``, with nothing left that it does not understand.
    """
    style = STYLES[phrasing % len(STYLES)]
    wording = Wording(style.centimetres, phrasing // len(STYLES) + phrasing)
    facts = facts_of(description, wording)
    facts.sort(key=lambda fact: style.first.index(fact.topic) if fact.topic in style.first else len(style.first))
    return style.join(facts)


def _report(facts: list[Fact]) -> str:
    return " ".join(["MRI of the uterus.", *(f"{fact.sentence}." for fact in facts)])


def _terse(facts: list[Fact]) -> str:
    return "; ".join(fact.phrase for fact in facts) or "uterus"


def _notes(facts: list[Fact]) -> str:
    return "\n".join(["Uterus", *(fact.note for fact in facts)])


def _request(facts: list[Fact]) -> str:
    return _listed("Generate a T2-weighted MRI of the uterus", facts) + "."


def _question(facts: list[Fact]) -> str:
    return _listed("Can you show an image of a uterus", facts) + "?"


def _sections(facts: list[Fact]) -> str:
    technique = [fact.note for fact in facts if fact.topic is Topic.ACQUISITION]
    findings = [fact.sentence for fact in facts if fact.topic is not Topic.ACQUISITION]
    parts = [("Technique: ", technique), ("Findings: ", findings)]
    return " ".join(title + ". ".join(said) + "." for title, said in parts if said) or "Findings: uterus."


def _telegram(facts: list[Fact]) -> str:
    return ". ".join(fact.note for fact in facts) + "." if facts else "Uterus."


def _narrative(facts: list[Fact]) -> str:
    shown = [fact for fact in facts if fact.topic is not Topic.PATIENT]
    opening = [f"{fact.sentence}." for fact in facts if fact.topic is Topic.PATIENT]
    return " ".join([*opening, _listed("The examination shows the uterus", shown) + "."])


def _listed(opening: str, facts: list[Fact]) -> str:
    if not facts:
        return opening
    *most, last = (fact.phrase for fact in facts)
    return f"{opening} with {', '.join(most)} and {last}" if most else f"{opening} with {last}"


STYLES = (
    Style("report", _report),
    Style("terse", _terse, (Topic.PATHOLOGY,)),
    Style("notes", _notes, (Topic.PATIENT, Topic.UTERUS)),
    Style("request", _request, (Topic.PATHOLOGY, Topic.UTERUS), centimetres=True),
    Style("question", _question, (Topic.UTERUS, Topic.PATHOLOGY)),
    Style("sections", _sections, centimetres=True),
    Style("telegram", _telegram, (Topic.PATHOLOGY, Topic.EXCLUDED), centimetres=True),
    Style("narrative", _narrative, (Topic.PATIENT, Topic.BLADDER, Topic.UTERUS, Topic.PATHOLOGY, Topic.EXCLUDED)),
)
"""The styles that :func:`render` cycles through."""
