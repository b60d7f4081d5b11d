"""From submucosal, intramural, subserosal and pedunculated to a FIGO type (Munro et al. 2011)."""

from __future__ import annotations

from collections.abc import Collection

from UterineSynthLib.description.vocabulary import Figo

_TYPES: dict[str, tuple[Figo, ...]] = {
    "submucosal": (Figo.TYPE_1, Figo.TYPE_0, Figo.TYPE_2, Figo.TYPE_2_5, Figo.TYPE_2_6),
    "intramural": (Figo.TYPE_4, Figo.TYPE_3, Figo.TYPE_3_5),
    "subserosal": (
        Figo.TYPE_6,
        Figo.TYPE_5,
        Figo.TYPE_7,
        Figo.TYPE_2_5,
        Figo.TYPE_2_6,
        Figo.TYPE_3_5,
        Figo.TYPE_3_6,
    ),
    "transmural": (Figo.TYPE_2_5, Figo.TYPE_2_6, Figo.TYPE_3_5, Figo.TYPE_3_6),
}
"""Types that a word may mean; the first shows it most plainly and is taken when nothing else is said."""

_COMBINED: dict[frozenset[str], tuple[Figo, ...]] = {
    frozenset({"submucosal", "intramural"}): (Figo.TYPE_2, Figo.TYPE_1),
    frozenset({"intramural", "subserosal"}): (Figo.TYPE_5, Figo.TYPE_6),
    frozenset({"submucosal", "subserosal"}): (Figo.TYPE_2_5, Figo.TYPE_2_6, Figo.TYPE_3_5, Figo.TYPE_3_6),
}
_PEDUNCULATED = {"submucosal": Figo.TYPE_0, "subserosal": Figo.TYPE_7}
_BY_SHARE = {
    ("submucosal", "less"): Figo.TYPE_1,
    ("submucosal", "more"): Figo.TYPE_2,
    ("subserosal", "more"): Figo.TYPE_5,
    ("subserosal", "less"): Figo.TYPE_6,
}
"""By the share of the myoma that lies inside the myometrium, at 50 %."""


def figo_candidates(subtypes: Collection[str], pedunculated: bool, share: str | None) -> tuple[Figo, ...]:
    """FIGO types that the words leave possible, the plainest first; empty where they say nothing or clash."""
    names = frozenset(subtypes)
    if pedunculated:
        kinds = names or frozenset(_PEDUNCULATED)
        return tuple(figo for name, figo in _PEDUNCULATED.items() if name in kinds)
    side = names - {"intramural"}
    if share is not None and len(side) == 1 and (key := (next(iter(side)), share)) in _BY_SHARE:
        return (_BY_SHARE[key],)
    if len(names) == 1:
        return _TYPES[next(iter(names))]
    return _COMBINED.get(names, ())


def agrees(figo: Figo, subtypes: Collection[str]) -> bool:
    """Whether an explicit FIGO type fits at least one of the words; type 8 fits all."""
    names = frozenset(subtypes)
    allowed = {f for name in names for f in _TYPES[name]} | set(_COMBINED.get(names, ()))
    return not names or figo is Figo.TYPE_8 or figo in allowed
