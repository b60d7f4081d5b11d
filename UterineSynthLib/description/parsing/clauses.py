"""Sentences to clauses: each clause has one head (a pathology, an organ, a posture) and the terms said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from UterineSynthLib.description.parsing.terms import HEADS, Kind, Organ, Term

_OPENERS = frozenset({Kind.ARTICLE, Kind.NUMBER, Kind.MANY, Kind.NEGATION})
_LIST_ONLY = frozenset({Kind.SEPARATOR, Kind.FILLER, Kind.DEFINITE, Kind.NEGATION})


@dataclass(frozen=True)
class Clause:
    """Terms around one head, in reading order; ``head`` is None where a sentence names nothing.

    ``negated`` means the head is said to be absent; ``denials`` are the terms that say so.
    """

    head: Term | None
    before: tuple[Term, ...]
    after: tuple[Term, ...]
    negated: bool = False

    @property
    def terms(self) -> tuple[Term, ...]:
        """Everything but the head."""
        return self.before + self.after


def sentences_of(terms: list[Term]) -> list[list[Term]]:
    """Split at full stops and semicolons; 'one' is settled to be a number or a lesion."""
    sentences: list[list[Term]] = [[]]
    for term in terms:
        if term.kind is Kind.STOP:
            sentences.append([])
        else:
            sentences[-1].append(term)
    return [_resolve_one(sentence) for sentence in sentences if sentence]


def clauses_of(sentence: list[Term]) -> list[Clause]:
    """Cut one sentence into clauses and settle which of their heads are negated."""
    heads = [i for i, term in enumerate(sentence) if term.kind in HEADS]
    if not heads:
        return [Clause(None, (), tuple(sentence))]
    edges = [0, *(_cut(sentence, left, right) for left, right in pairwise(heads)), len(sentence)]
    clauses: list[Clause] = []
    for head, (start, end) in zip(heads, pairwise(edges), strict=True):
        clause = Clause(sentence[head], tuple(sentence[start:head]), tuple(sentence[head + 1 : end]))
        clauses.append(replace(clause, negated=_is_negated(clause, clauses[-1] if clauses else None)))
    return clauses


def _resolve_one(sentence: list[Term]) -> list[Term]:
    """'One' counts when what it counts follows before the next break, and stands for a lesion otherwise."""
    return [
        replace(term, kind=Kind.LESION_REFERENCE, value=None)
        if term.text.lower() == "one" and not _counts(sentence, index)
        else term
        for index, term in enumerate(sentence)
    ]


def _counts(sentence: list[Term], index: int) -> bool:
    if any(term.kind is Kind.ARTICLE for term in _back_to_break(sentence, index)):
        return False
    for term in sentence[index + 1 :]:
        if term.kind in (Kind.SEPARATOR, Kind.FILLER, Kind.LESION_REFERENCE):
            return False
        if term.kind in HEADS:
            return True
    return False


def _back_to_break(sentence: list[Term], index: int) -> list[Term]:
    start = index
    while start > 0 and sentence[start - 1].kind not in (Kind.SEPARATOR, *HEADS):
        start -= 1
    return sentence[start:index]


def _cut(sentence: list[Term], left: int, right: int) -> int:
    """Where the terms between two heads are parted: at the right head's opener, else the last separator, else at it."""
    between = range(right - 1, left, -1)
    for index in between:
        if sentence[index].kind in _OPENERS and not _is_measure_of(sentence, index, right):
            return index
    for index in between:
        if sentence[index].kind is Kind.SEPARATOR:
            return index + 1
    return right


def _is_measure_of(sentence: list[Term], index: int, right: int) -> bool:
    """A bare number belongs to the head on its left unless that on its right can be counted."""
    head = sentence[right]
    countable = head.kind is Kind.PATHOLOGY or head.value in (Organ.SLICES, Organ.MATRIX)
    return sentence[index].kind is Kind.NUMBER and not countable


def _is_negated(clause: Clause, previous: Clause | None) -> bool:
    if any(term.kind is Kind.NEGATION for term in clause.before):
        return True
    if any(term.kind is Kind.ABSENT for term in clause.after):
        return True
    if previous is None or not previous.negated or clause.head is None or clause.head.kind is not Kind.PATHOLOGY:
        return False
    listed = previous.after + clause.before
    return bool(listed) and all(term.kind in _LIST_ONLY for term in listed)
