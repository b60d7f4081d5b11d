"""What the text has said so far, field by field, with the words that said it."""

from __future__ import annotations

from UterineSynthLib.description.parsing.terms import SILENT, Term, Understood, Word
from UterineSynthLib.errors import ContradictionError


class Evidence:
    """Values by field name with the term each came from; a second, different value is a contradiction."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.notes: list[str] = []
        self._said_by: dict[str, str] = {}
        self._understood: list[Understood] = []
        self._used: set[Term] = set()

    def assign(self, field: str, value: object, *terms: Term, about: str = "", said: str = "") -> None:
        """Set ``field`` from ``terms``; ``said`` stands for their words where those alone would say too little.

        Raises:
            ContradictionError: the field already has another value; names the words of both.
        """
        said = said or " ".join(term.text for term in terms)
        if field in self.values and self.values[field] != value:
            reason = f"both speak of {about or _spoken(field)}, which can have one value"
            raise ContradictionError(self._said_by[field], said, reason)
        self.values.setdefault(field, value)
        self._said_by.setdefault(field, said)
        self.understand(field, value, *terms)

    def understand(self, field: str, value: object, *terms: Term) -> None:
        """Record that each of ``terms`` took part in giving ``field`` its value."""
        for term in terms:
            self._understood.append(Understood(term.text, field, str(value), term.start, term.end))
            self._used.add(term)

    def spend(self, *terms: Term) -> None:
        """Mark terms as understood that only support another one."""
        self._used.update(terms)

    def said(self, field: str) -> str:
        """The words that set ``field``."""
        return self._said_by.get(field, field)

    def note(self, text: str) -> None:
        """Add a note once."""
        if text not in self.notes:
            self.notes.append(text)

    def is_used(self, term: Term) -> bool:
        """Whether the term gave or supported a value."""
        return term in self._used

    def left_over(self, terms: list[Term], text: str) -> tuple[Word, ...]:
        """The terms that nothing used and that are not mere joints of a sentence; those side by side are joined."""
        words: list[Word] = []
        for term in terms:
            if term in self._used or term.kind in SILENT:
                continue
            beside = bool(words) and text[words[-1].end : term.start].isspace()
            start = words.pop().start if beside else term.start
            words.append(Word(text[start : term.end], start, term.end))
        return tuple(words)

    def understood(self) -> tuple[Understood, ...]:
        """Everything understood, in reading order."""
        return tuple(sorted(self._understood, key=lambda item: (item.start, item.field)))


def _spoken(field: str) -> str:
    for ending in ("_mm", "_ml", "_deg", "_t"):
        field = field.removesuffix(ending)
    return f"the {field.rpartition('.')[2].replace('_', ' ')}"
