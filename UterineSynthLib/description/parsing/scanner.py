"""Text to terms: at each word the longest phrase, quantity or number that fits."""

from __future__ import annotations

import re

from UterineSynthLib.description.parsing.lexicon import FIGO, LEXICON
from UterineSynthLib.description.parsing.quantities import PIXELS, quantity_at
from UterineSynthLib.description.parsing.terms import Kind, Term
from UterineSynthLib.description.vocabulary import Figo

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?![\w.]*\d)")
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*%?")
_LIST_MARK = re.compile(r"(?<!\()\b\d{1,2}\)(?=\s)")
_STOPS = {".": Kind.STOP, ";": Kind.STOP, "!": Kind.STOP, "?": Kind.STOP}
_SEPARATORS = frozenset(",:&/+|\n")
_WRAPPED = re.compile(r"\n\s*(?=[a-z])")


def scan(text: str) -> list[Term]:
    """Cut ``text`` into terms in reading order; white space and quiet punctuation are left out."""
    terms: list[Term] = []
    unwrapped = _WRAPPED.sub(lambda gap: " " * len(gap.group()), text)
    start = 0
    while start < len(unwrapped):
        term = _term_at(unwrapped, start)
        if term is None:
            start += 1
            continue
        terms.append(Term(term.kind, term.value, text[term.start : term.end], term.start, term.end))
        start = term.end
    return terms


def _term_at(text: str, start: int) -> Term | None:
    if text[start].isspace() and text[start] != "\n":
        return None
    candidates = [term for term in (_figo_at(text, start), _pixels_at(text, start), _quantity_at(text, start)) if term]
    candidates += _phrases_at(text, start)
    if not candidates:
        candidates += [term for term in (_plain_at(text, start),) if term]
    return max(candidates, key=lambda term: term.end, default=None)


def _figo_at(text: str, start: int) -> Term | None:
    match = FIGO.match(text, start)
    if match is None:
        return None
    figo = Figo(re.sub(r"\s*[-–/]\s*", "-", match[1]))
    return Term(Kind.FIGO, figo, match.group(), start, match.end())


def _pixels_at(text: str, start: int) -> Term | None:
    match = PIXELS.match(text, start)
    if match is None:
        return None
    return Term(Kind.PIXELS, (int(match[1]), int(match[2])), match.group(), start, match.end())


def _quantity_at(text: str, start: int) -> Term | None:
    found = quantity_at(text, start)
    if found is None:
        return None
    return Term(Kind.QUANTITY, found[0], text[start : found[1]], start, found[1])


def _phrases_at(text: str, start: int) -> list[Term]:
    matches = ((pattern.match(text, start), kind, value) for pattern, kind, value in LEXICON)
    return [
        Term(kind, value, match.group(), start, match.end())
        for match, kind, value in matches
        if match and match.group()
    ]


def _plain_at(text: str, start: int) -> Term | None:
    mark = _LIST_MARK.match(text, start)
    if mark is not None:
        return Term(Kind.SEPARATOR, None, mark.group(), start, mark.end())
    number = _NUMBER.match(text, start)
    if number is not None:
        return Term(Kind.NUMBER, float(number.group()), number.group(), start, number.end())
    word = _WORD.match(text, start)
    if word is not None:
        return Term(Kind.UNKNOWN, None, word.group(), start, word.end())
    sign = text[start]
    if sign in _STOPS:
        return Term(_STOPS[sign], None, sign, start, start + 1)
    if sign in _SEPARATORS:
        return Term(Kind.SEPARATOR, None, sign, start, start + 1)
    return None
