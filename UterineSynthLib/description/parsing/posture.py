"""Version and flexion: words, signed angles, and the class that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from UterineSynthLib.description.parsing.clauses import Clause
from UterineSynthLib.description.parsing.evidence import Evidence
from UterineSynthLib.description.parsing.quantities import Quantity, Unit
from UterineSynthLib.description.parsing.terms import Term
from UterineSynthLib.description.position import DEAD_BAND_DEG, signs_of
from UterineSynthLib.description.vocabulary import UterinePosition
from UterineSynthLib.errors import ContradictionError

_ADJECTIVES = {("version", 1): "AV", ("version", -1): "RV", ("flexion", 1): "AF", ("flexion", -1): "RF"}


@dataclass
class Posture:
    """Signs said by words without an angle, with the word; angles go to the evidence at once."""

    evidence: Evidence
    words: dict[str, tuple[int, Term]] = field(default_factory=dict)

    def bind(self, clause: Clause) -> None:
        """Take a clause whose head is a posture word: set its angle, or keep its sign."""
        assert clause.head is not None
        assert isinstance(clause.head.value, tuple)
        name, sign = clause.head.value
        angles = [t for t in clause.terms if isinstance(t.value, Quantity) and t.value.unit is Unit.DEGREES]
        for term in angles:
            self._set_angle(name, sign, term, clause.head)
        if sign and not angles:
            self._set_word(name, sign, clause.head)

    def _set_angle(self, name: str, sign: int, term: Term, head: Term) -> None:
        assert isinstance(term.value, Quantity)
        angle = term.value.middle
        if sign and angle < 0 < sign:
            raise ContradictionError(head.text, term.text, "a negative angle points to the back")
        self.evidence.assign(f"{name}_deg", sign * abs(angle) if sign else angle, term, head, said=_spoken(head, term))

    def _set_word(self, name: str, sign: int, head: Term) -> None:
        known = self.words.setdefault(name, (sign, head))
        if known[0] != sign:
            raise ContradictionError(known[1].text, head.text, f"a uterus has one {name}")
        self.evidence.spend(head)

    def settle(self) -> None:
        """Turn the words into a position class, with the help of an angle or of the usual where one word is missing.

        Raises:
            ContradictionError: a word and an angle, or a word and a class, exclude each other.
        """
        for name, (sign, word) in self.words.items():
            self._check_against_angle(name, sign, word.text)
        if self.words:
            self._settle_class()
        if "position" in self.evidence.values:
            signs = signs_of(UterinePosition(str(self.evidence.values["position"])))
            for name, sign in zip(("version", "flexion"), signs, strict=True):
                self._check_against_angle(name, sign, self.evidence.said("position"))

    def _settle_class(self) -> None:
        signs = {name: self._sign_of(name) for name in ("version", "flexion")}
        missing = next((name for name, sign in signs.items() if sign is None), None)
        terms = [term for _, term in self.words.values()]
        said = " ".join(term.text for term in terms)
        if missing is not None:
            if f"{missing}_deg" in self.evidence.values:
                self.evidence.note(
                    f"'{said}': {missing} lies within {DEAD_BAND_DEG:g} degrees of straight; no class is set"
                )
                return
            other = "flexion" if missing == "version" else "version"
            signs[missing] = signs[other]
        position = UterinePosition(
            f"{_ADJECTIVES['version', signs['version'] or 1]}/{_ADJECTIVES['flexion', signs['flexion'] or 1]}"
        )
        if missing is not None:
            if "position" in self.evidence.values:
                position = self._given_class(position)
            else:
                self.evidence.note(f"'{said}' read as {position}, as is usual; name the {missing} to say otherwise")
        self.evidence.assign("position", position, *terms)

    def _given_class(self, guessed: UterinePosition) -> UterinePosition:
        """The class named in the text when it agrees with the one word that was said, else the guess."""
        given = UterinePosition(str(self.evidence.values["position"]))
        name, (sign, _) = next(iter(self.words.items()))
        return given if _ADJECTIVES[name, sign] in given.split("/") else guessed

    def _sign_of(self, name: str) -> int | None:
        if name in self.words:
            return self.words[name][0]
        angle = self.evidence.values.get(f"{name}_deg")
        if not isinstance(angle, float) or abs(angle) < DEAD_BAND_DEG:
            return None
        return 1 if angle > 0 else -1

    def _check_against_angle(self, name: str, sign: int, word: str) -> None:
        angle = self.evidence.values.get(f"{name}_deg")
        if isinstance(angle, float) and angle * sign < DEAD_BAND_DEG:
            said = self.evidence.said(f"{name}_deg")
            raise ContradictionError(word, said, f"the word means {DEAD_BAND_DEG:g} degrees or more its way")


def _spoken(head: Term, term: Term) -> str:
    first, second = sorted((head, term), key=lambda item: item.start)
    return f"{first.text} {second.text}"
