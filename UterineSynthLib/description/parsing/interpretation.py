"""A radiologist's English to a description: scan, cut into clauses, bind, and build the record."""

from __future__ import annotations

from dataclasses import replace

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.parsing.attributes import bind, bind_free, qualifies
from UterineSynthLib.description.parsing.clauses import Clause, clauses_of, sentences_of
from UterineSynthLib.description.parsing.evidence import Evidence
from UterineSynthLib.description.parsing.lesions import Lesions
from UterineSynthLib.description.parsing.posture import Posture
from UterineSynthLib.description.parsing.scanner import scan
from UterineSynthLib.description.parsing.terms import Interpretation, Kind, Organ, Term
from UterineSynthLib.description.uterus import ADENOMYOSIS_JUNCTIONAL_ZONE_MM, UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import ContradictionError

PATHOLOGICAL = tuple(pathology for pathology in Pathology if pathology is not Pathology.NORMAL)


def interpret(text: str) -> Interpretation:
    """Read a report, a request or a note about the uterus.

    Every stretch of ``text`` is either understood, a joint of the sentence, or named in ``not_understood``.

    Raises:
        ContradictionError: two stretches exclude each other; names both as they stand in the text.
        DescriptionError: a value outside its limit.
    """
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._sentences = sentences_of(scan(text))
        self._terms = [term for sentence in self._sentences for term in sentence]
        self._evidence = Evidence()
        self._lesions = Lesions(self._evidence)
        self._posture = Posture(self._evidence)
        self._named: dict[Pathology, Term] = {}
        self._excluded: dict[Pathology, Term] = {}
        self._subject: Clause | None = None

    def read(self) -> Interpretation:
        for sentence in self._sentences:
            clauses = clauses_of(sentence)
            carries = self._carries_subject(sentence)
            for clause in clauses:
                self._take(clause, carries)
        self._posture.settle()
        self._note_hedges()
        self._settle_gap()
        self._check_between_fields()
        description = self._description()
        return Interpretation(
            description,
            self._evidence.understood(),
            self._evidence.left_over(self._terms, self._text),
            tuple(self._evidence.notes),
        )

    def _carries_subject(self, sentence: list[Term]) -> bool:
        """A sentence without a head goes on about the last one, if it says so or holds nothing foreign."""
        if any(term.kind is Kind.PRONOUN for term in sentence):
            return True
        return not any(term.kind is Kind.UNKNOWN for term in sentence)

    def _take(self, clause: Clause, carries: bool) -> None:
        head = clause.head
        if head is None:
            self._take_headless(clause, carries)
        elif head.kind is Kind.PATHOLOGY:
            self._take_pathology(clause, Pathology(str(head.value)))
        elif head.kind is Kind.LESION_REFERENCE:
            self._take_reference(clause)
        elif clause.negated:
            self._free_only(clause)
        elif head.kind is Kind.POSTURE:
            self._posture.bind(clause)
            uterus = replace(head, kind=Kind.ORGAN, value=Organ.UTERUS)
            bind(replace(clause, head=uterus), self._evidence)
        elif head.kind is Kind.ORGAN:
            self._take_organ(clause)
        else:
            self._free_only(clause)
            self._subject = clause

    def _take_headless(self, clause: Clause, carries: bool) -> None:
        self._free_only(clause)
        meaningful = [t for t in clause.terms if t.kind not in (Kind.FILLER, Kind.DEFINITE, Kind.SEPARATOR)]
        if meaningful and all(term.kind is Kind.NORMAL for term in meaningful):
            self._evidence.assign("normal", True, meaningful[0])
        elif carries and self._subject is not None:
            self._continue_subject(clause)

    def _continue_subject(self, clause: Clause) -> None:
        assert self._subject is not None
        head = self._subject.head
        assert head is not None
        if self._subject.negated:
            return
        if head.value is Pathology.LEIOMYOMA:
            starts = any(t.kind in (Kind.ARTICLE, Kind.NUMBER) for t in clause.terms)
            if starts:
                self._lesions.add(clause)
            else:
                self._lesions.extend(clause.terms)
        elif head.kind is not Kind.OTHER_ORGAN:
            bind(Clause(head, (), clause.terms), self._evidence)

    def _take_pathology(self, clause: Clause, pathology: Pathology) -> None:
        head = clause.head
        assert head is not None
        self._subject = clause
        if clause.negated:
            self._exclude(clause, pathology, head)
            return
        self._named.setdefault(pathology, head)
        self._evidence.understand("pathologies", pathology, head)
        if pathology is Pathology.LEIOMYOMA:
            self._lesions.add(clause)
            self._free_only(clause)
        else:
            bind(clause, self._evidence)

    def _exclude(self, clause: Clause, pathology: Pathology, head: Term) -> None:
        qualifiers = [
            t
            for t in clause.terms
            if qualifies(t) and not (t.value == "cervix" and pathology is Pathology.NABOTHIAN_CYSTS)
        ]
        if qualifiers:
            said = " ".join(term.text for term in (*qualifiers, head))
            self._evidence.note(f"only '{said}' is denied, which leaves other kinds possible: nothing is excluded")
            self._evidence.spend(head)
            return
        self._excluded.setdefault(pathology, head)
        denials = [t for t in clause.terms if t.kind in (Kind.NEGATION, Kind.ABSENT)]
        self._evidence.understand("excluded", pathology, head)
        self._evidence.spend(*denials)
        self._evidence.spend(*(t for t in clause.before if t.kind in (Kind.EXTENT, Kind.MANY, Kind.LEVEL)))
        self._free_only(clause)

    def _take_reference(self, clause: Clause) -> None:
        subject = self._subject.head if self._subject is not None and not self._subject.negated else None
        if subject is not None and subject.kind is Kind.PATHOLOGY and subject.value is not Pathology.LEIOMYOMA:
            bind(Clause(subject, (), clause.terms), self._evidence)
            return
        if Pathology.LEIOMYOMA in self._named:
            self._lesions.add(clause)
        self._free_only(clause)

    def _take_organ(self, clause: Clause) -> None:
        head = clause.head
        assert head is not None
        bind(clause, self._evidence)
        if head.value not in (Organ.NICHE_DEPTH, Organ.NICHE_RESIDUAL):
            self._subject = clause

    def _free_only(self, clause: Clause) -> None:
        for term in clause.terms:
            bind_free(term, self._evidence)

    def _note_hedges(self) -> None:
        for term in self._terms:
            if term.kind is Kind.HEDGE:
                self._evidence.note(f"'{term.text}': what it speaks of is read as present")

    def _settle_gap(self) -> None:
        gap = self._evidence.values.pop("slice_gap_mm", None)
        thickness = self._evidence.values.get("acquisition.slice_thickness_mm")
        if not isinstance(gap, float):
            return
        if isinstance(thickness, float):
            said = Term(Kind.FILLER, None, self._evidence.said("slice_gap_mm"), 0, 0)
            spacing = round(thickness + gap, 6)
            self._evidence.values.setdefault("acquisition.slice_spacing_mm", spacing)
            if self._evidence.values["acquisition.slice_spacing_mm"] != spacing:
                first = self._evidence.said("acquisition.slice_spacing_mm")
                raise ContradictionError(first, said.text, "spacing is slice thickness plus gap")
        else:
            self._evidence.note(f"gap of {gap:g} mm: give the slice thickness too, then the spacing follows")

    def _check_between_fields(self) -> None:
        values, said = self._evidence.values, self._evidence.said
        for pathology, word in self._excluded.items():
            if pathology in self._named:
                raise ContradictionError(f"no {word.text}", self._named[pathology].text, "it is denied and described")
        if "normal" in values and self._named:
            named = next(iter(self._named.values()))
            raise ContradictionError(said("normal"), named.text, "a normal uterus shows no pathology")
        zone = values.get("junctional_zone_mm")
        if isinstance(zone, float):
            self._check_zone(zone)
        spacing, thickness = values.get("acquisition.slice_spacing_mm"), values.get("acquisition.slice_thickness_mm")
        if isinstance(spacing, float) and isinstance(thickness, float) and spacing < thickness:
            first, second = said("acquisition.slice_spacing_mm"), said("acquisition.slice_thickness_mm")
            raise ContradictionError(first, second, "spacing from centre to centre is at least the slice thickness")

    def _check_zone(self, zone: float) -> None:
        said = f"junctional zone {self._evidence.said('junctional_zone_mm')}"
        means = f"a junctional zone of {ADENOMYOSIS_JUNCTIONAL_ZONE_MM:g} mm or more means adenomyosis"
        adenomyosis = self._named.get(Pathology.ADENOMYOSIS)
        if zone < ADENOMYOSIS_JUNCTIONAL_ZONE_MM:
            if adenomyosis is not None:
                raise ContradictionError(adenomyosis.text, said, f"{means}, a thinner one does not")
            return
        if adenomyosis is None and (self._named or "normal" in self._evidence.values):
            first = self._evidence.said("normal") if "normal" in self._evidence.values else self._first_named()
            raise ContradictionError(first, said, f"{means}, which is not named")
        if Pathology.ADENOMYOSIS in self._excluded:
            raise ContradictionError(f"no {self._excluded[Pathology.ADENOMYOSIS].text}", said, means)

    def _first_named(self) -> str:
        return next(iter(self._named.values())).text

    def _description(self) -> UterusDescription:
        values = dict(self._evidence.values)
        pathologies, excluded = self._pathologies(bool(values.pop("normal", False)))
        scan_values = {k.partition(".")[2]: values.pop(k) for k in list(values) if k.startswith("acquisition.")}
        return UterusDescription(
            pathologies=pathologies,
            excluded=excluded,
            leiomyomas=self._lesions.records(),
            acquisition=Acquisition(**scan_values),  # type: ignore[arg-type]
            **values,  # type: ignore[arg-type]
        )

    def _pathologies(self, normal: bool) -> tuple[tuple[Pathology, ...] | None, tuple[Pathology, ...]]:
        excluded = tuple(self._excluded)
        if normal:
            return (Pathology.NORMAL,), excluded
        if self._named:
            return tuple(self._named), excluded
        if set(excluded) == set(PATHOLOGICAL):
            self._evidence.note("every pathology is excluded: read as normal")
            return (Pathology.NORMAL,), ()
        return None, excluded
