"""Leiomyomas in a text: groups ('two fibroids'), their members ('the larger one') and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.parsing.clauses import Clause
from UterineSynthLib.description.parsing.evidence import Evidence
from UterineSynthLib.description.parsing.figo_words import agrees, figo_candidates
from UterineSynthLib.description.parsing.quantities import Join, Quantity, Unit
from UterineSynthLib.description.parsing.terms import Kind, Term
from UterineSynthLib.description.uterus import MAX_LEIOMYOMAS
from UterineSynthLib.description.vocabulary import Figo, Level
from UterineSynthLib.errors import ContradictionError, DescriptionError

_FIELD_OF = {
    Kind.QUANTITY: "diameter_mm",
    Kind.FIGO: "figo",
    Kind.SUBTYPE: "subtype",
    Kind.PEDUNCLE: "subtype",
    Kind.SHARE: "subtype",
    Kind.WALL: "wall",
    Kind.LEVEL: "level",
    Kind.SIGNAL: "t2_signal",
}
_STARTS = frozenset({Kind.ARTICLE, Kind.LESION_REFERENCE, Kind.NUMBER})
Said = dict[str, list[tuple[object, Term]]]


@dataclass
class LesionGroup:
    """Lesions named together. ``count`` is None where the text leaves it open ('multiple fibroids')."""

    count: int | None
    count_term: Term | None
    shared: Said = field(default_factory=dict)
    members: list[Said] = field(default_factory=list)


class Lesions:
    """Collects groups clause by clause and turns them into records at the end."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._groups: list[LesionGroup] = []

    def add(self, clause: Clause) -> None:
        """Take a clause whose head is a leiomyoma, or stands for one already named."""
        if clause.head is not None and clause.head.kind is Kind.PATHOLOGY and not self._is_listed(clause):
            parts = _parts(clause.after)
            opening = clause.before + parts[0]
            self._open_group(clause)
            self._describe_group(opening)
            rest = parts[1:]
        else:
            rest = _parts(clause.terms if clause.head is None else (*clause.before, clause.head, *clause.after))
        for part in rest:
            self._describe_member(part)

    def extend(self, terms: tuple[Term, ...]) -> None:
        """Take terms that go on about the leiomyoma named last."""
        group = self._groups[-1]
        target = group.members[-1] if group.members else group.shared
        for term in terms:
            self._say(target, term)

    def records(self) -> tuple[Leiomyoma, ...]:
        """The leiomyomas in the order of the text.

        Raises:
            ContradictionError: two values for one lesion, or more lesions described than counted.
        """
        lesions: list[Leiomyoma] = []
        for group in self._groups:
            for said in self._members_of(group):
                lesions.append(self._record(said, len(lesions)))
                if len(lesions) > MAX_LEIOMYOMAS:
                    raise DescriptionError("leiomyomas", "more than ten", f"at most {MAX_LEIOMYOMAS} leiomyomas")
        return tuple(lesions)

    def _open_group(self, clause: Clause) -> None:
        """Begin a group, unless the head speaks of the only leiomyoma named so far ('the fibroid')."""
        assert clause.head is not None
        numbered = [term for term in clause.before if term.kind is Kind.NUMBER and _whole(term) is not None]
        many = [term for term in clause.before if term.kind is Kind.MANY]
        self._evidence.spend(*many)
        if numbered:
            count = _whole(numbered[-1])
            self._evidence.understand("leiomyomas", count, numbered[-1])
            self._groups.append(LesionGroup(count, numbered[-1]))
        elif many or _is_plural(clause.head.text):
            if many or any(_describes(term) for term in clause.terms):
                said = " ".join(term.text for term in (*many, clause.head))
                self._evidence.note(f"'{said}' gives no number: as many leiomyomas as are described are made")
            self._groups.append(LesionGroup(None, clause.head))
        elif not self._speaks_of_named(clause):
            self._groups.append(LesionGroup(1, clause.head))

    def _is_listed(self, clause: Clause) -> bool:
        """Whether a single leiomyoma is one of a group announced before it: 'two fibroids: a 3 cm fibroid and ...'."""
        assert clause.head is not None
        counted = any(term.kind in (Kind.NUMBER, Kind.MANY) for term in clause.before)
        if not self._groups or counted or _is_plural(clause.head.text):
            return False
        group = self._groups[-1]
        return group.count != 1 and not group.shared and (group.count is None or len(group.members) < group.count)

    def _speaks_of_named(self, clause: Clause) -> bool:
        definite = any(term.kind is Kind.DEFINITE for term in clause.before)
        if not definite or len(self._groups) != 1 or self._groups[0].count != 1:
            return False
        places = {term.kind: term.value for term in clause.terms if term.kind in (Kind.WALL, Kind.LEVEL)}
        known = self._groups[0].shared
        return all(known.get(_FIELD_OF[kind], [(place, None)])[0][0] == place for kind, place in places.items())

    def _describe_group(self, opening: tuple[Term, ...]) -> None:
        for term in opening:
            self._say(self._groups[-1].shared, term)

    def _describe_member(self, part: tuple[Term, ...]) -> None:
        if not self._groups or not any(_describes(term) for term in part):
            return
        copies = next((n for term in part if term.kind is Kind.NUMBER and (n := _whole(term)) is not None), 1)
        self._evidence.spend(*(term for term in part if term.kind is Kind.NUMBER and _whole(term) is not None))
        member: Said = {}
        for term in part:
            self._say(member, term)
        if self._groups[-1].count == 1:
            self._groups += [LesionGroup(1, part[0], member) for _ in range(copies)]
            return
        self._groups[-1].members += [{name: list(items) for name, items in member.items()} for _ in range(copies)]

    def _say(self, target: Said, term: Term) -> None:
        if not _describes(term):
            return
        name = _FIELD_OF[term.kind]
        if term.kind is Kind.QUANTITY:
            quantity = term.value
            assert isinstance(quantity, Quantity)
            values = quantity.values if quantity.join is Join.LIST else (quantity.middle,)
            self._note_reading(quantity, term)
            target.setdefault(name, []).extend((value, term) for value in values)
        else:
            target.setdefault(name, []).append((term.value, term))
        self._evidence.spend(term)

    def _note_reading(self, quantity: Quantity, term: Term) -> None:
        note = reading_note(quantity, term)
        if note:
            self._evidence.note(note)

    def _members_of(self, group: LesionGroup) -> list[Said]:
        members = group.members
        if not members:
            return self._spread(group)
        members = [{**group.shared, **member} for member in members]
        if group.count is None or len(members) == group.count:
            return members
        if len(members) > group.count:
            extra = next(term for items in members[group.count].values() for _, term in items)
            named = group.count_term.text if group.count_term else "one"
            raise ContradictionError(
                named, extra.text, f"{len(members)} leiomyomas are described, {group.count} counted"
            )
        return members + [dict(group.shared) for _ in range(group.count - len(members))]

    def _spread(self, group: LesionGroup) -> list[Said]:
        """Members of a group described as a whole: lists as long as the group are dealt out, the rest is shared."""
        lists = {name: items for name, items in group.shared.items() if name != "subtype" and len(items) > 1}
        count = group.count
        if count is None:
            count = max((len(items) for items in lists.values()), default=1 if group.shared else 0)
        members: list[Said] = []
        for index in range(min(count, MAX_LEIOMYOMAS + 1)):
            dealt = {name: [items[index]] for name, items in lists.items() if len(items) == count}
            members.append({**group.shared, **dealt})
        return members

    def _record(self, said: Said, index: int) -> Leiomyoma:
        values: dict[str, object] = {}
        for name in ("figo", "diameter_mm", "wall", "level", "t2_signal"):
            items = said.get(name, [])
            different = [item for item in items if item[0] != items[0][0]]
            if different and not (name == "wall" and self._keep_first_wall(items)):
                first, second = items[0][1].text, different[0][1].text
                raise ContradictionError(first, second, f"both speak of the {name.partition('_')[0]} of one leiomyoma")
            if items:
                values[name] = items[0][0]
                self._evidence.understand(f"leiomyomas[{index}].{name}", items[0][0], items[0][1])
        figo = self._figo(said, index)
        lesion = Leiomyoma(**values)  # type: ignore[arg-type]
        return lesion if figo is None else replace(lesion, figo=figo)

    def _keep_first_wall(self, items: list[tuple[object, Term]]) -> bool:
        """'Left anterior': a corner between two walls; the record holds one."""
        first, second = items[0][1], items[1][1]
        if len(items) > 2 or second.start - first.end > 2:
            return False
        self._evidence.note(f"'{first.text} {second.text}' read as {items[0][0]}: a leiomyoma lies in one wall")
        return True

    def _figo(self, said: Said, index: int) -> Figo | None:
        words = said.get("subtype", [])
        subtypes = [str(value) for value, term in words if term.kind is Kind.SUBTYPE]
        explicit = said.get("figo", [])
        if explicit:
            if not agrees(Figo(str(explicit[0][0])), subtypes):
                clash = next(term for _, term in words if term.kind is Kind.SUBTYPE)
                raise ContradictionError(explicit[0][1].text, clash.text, "the FIGO type lies in another layer")
            return None
        if not words:
            return None
        return self._figo_of_words(words, subtypes, said, index)

    def _figo_of_words(
        self, words: list[tuple[object, Term]], subtypes: list[str], said: Said, index: int
    ) -> Figo | None:
        pedunculated = any(term.kind is Kind.PEDUNCLE for _, term in words)
        share = next((str(value) for value, term in words if term.kind is Kind.SHARE), None)
        candidates = figo_candidates(subtypes, pedunculated, share)
        text = " ".join(term.text for _, term in words)
        if [value for value, _ in said.get("level", [])] == [Level.CERVIX]:
            candidates = (Figo.TYPE_8,)
        if not candidates:
            self._evidence.note(f"'{text}' fits no single FIGO type; the type is left open")
            return None
        self._evidence.understand(f"leiomyomas[{index}].figo", candidates[0], *(term for _, term in words))
        if len(candidates) > 1 and "-" not in candidates[1]:
            others = " or ".join(figo for figo in candidates[1:] if "-" not in figo)
            self._evidence.note(
                f"'{text}' read as FIGO {candidates[0]}; it may also mean {others}: name the type to fix it"
            )
        return candidates[0]


def reading_note(quantity: Quantity, term: Term) -> str:
    """How a quantity that is not one plain number was read; empty where it is."""
    unit = quantity.unit.value
    if quantity.join is Join.RANGE:
        return f"range {term.text} read as its middle, {quantity.middle:g} {unit}"
    if quantity.join is Join.PRODUCT:
        return f"{term.text} read by its largest, {quantity.middle:g} {unit}"
    if quantity.bound:
        return f"'{term.text}' read as {quantity.middle:g} {unit}"
    return ""


def _parts(terms: tuple[Term, ...]) -> list[tuple[Term, ...]]:
    sizes = _sizes_that_open(terms)
    parts: list[list[Term]] = [[]]
    for term in terms:
        trailing_one = term.kind is Kind.LESION_REFERENCE and any(t.kind is Kind.ARTICLE for t in parts[-1])
        if (term.kind in _STARTS and not trailing_one) or term in sizes:
            parts.append([])
        parts[-1].append(term)
    return [tuple(part) for part in parts]


def _sizes_that_open(terms: tuple[Term, ...]) -> list[Term]:
    """Sizes that each begin another leiomyoma: '4 cm anterior, 2 cm posterior', with words between one and the next."""
    said = [term for term in terms if _describes(term)]
    sizes = [index for index, term in enumerate(said) if term.kind is Kind.QUANTITY]
    apart = all(right - left > 1 for left, right in pairwise(sizes))
    opened = any(term.kind in _STARTS for term in terms)
    return [said[index] for index in sizes] if len(sizes) > 1 and sizes[0] == 0 and apart and not opened else []


def _describes(term: Term) -> bool:
    """Whether the term is an attribute of a leiomyoma."""
    if isinstance(term.value, Quantity):
        return term.value.unit is Unit.MM
    return term.kind in _FIELD_OF


def _whole(term: Term) -> int | None:
    value = term.value
    return int(value) if isinstance(value, (int, float)) and float(value).is_integer() else None


def _is_plural(text: str) -> bool:
    return text.lower().endswith(("s", "mata", "uterus"))
