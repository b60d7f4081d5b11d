"""What each head but the leiomyoma takes from the terms said of it."""

from __future__ import annotations

from collections.abc import Callable

from UterineSynthLib.description.parsing.clauses import Clause
from UterineSynthLib.description.parsing.evidence import Evidence
from UterineSynthLib.description.parsing.lesions import reading_note
from UterineSynthLib.description.parsing.quantities import Join, Quantity, Unit
from UterineSynthLib.description.parsing.terms import Kind, Organ, Term
from UterineSynthLib.description.vocabulary import AdenomyosisExtent, MyometrialInvasion, Pathology

_MEASURED: dict[object, str] = {
    Pathology.ENDOMETRIAL_POLYP: "polyp_diameter_mm",
    Pathology.ENDOMETRIAL_CARCINOMA: "carcinoma_diameter_mm",
    Pathology.NABOTHIAN_CYSTS: "nabothian_cyst_diameter_mm",
    Pathology.CAESAREAN_NICHE: "niche_depth_mm",
    Organ.NICHE_DEPTH: "niche_depth_mm",
    Organ.NICHE_RESIDUAL: "niche_residual_mm",
    Organ.JUNCTIONAL_ZONE: "junctional_zone_mm",
    Organ.ENDOMETRIUM: "endometrium_mm",
    Organ.SLICES: "acquisition.slice_thickness_mm",
    Organ.SLICE_THICKNESS: "acquisition.slice_thickness_mm",
    Organ.SLICE_SPACING: "acquisition.slice_spacing_mm",
    Organ.SLICE_GAP: "slice_gap_mm",
    Organ.IN_PLANE: "acquisition.in_plane_spacing_mm",
}
"""Heads that take one length, and the field it sets; a slice gap becomes a spacing at the end."""

_FREE = {
    Kind.MENOPAUSE: "menopausal_status",
    Kind.PLANE: "acquisition.plane",
    Kind.POSITION: "position",
}


def bind(clause: Clause, evidence: Evidence) -> None:
    """Give the terms of a clause to the fields of its head. What the head cannot take stays unused."""
    for term in clause.terms:
        bind_free(term, evidence)
    head = clause.head
    if head is None:
        return
    if isinstance(head.value, tuple):
        return
    field = _MEASURED.get(head.value)
    if field is not None:
        _bind_length(clause, field, evidence)
    special = _SPECIAL.get(head.value)
    if special is not None:
        special(clause, evidence)


def bind_free(term: Term, evidence: Evidence) -> None:
    """Set the field of a term that stands for itself wherever it is written: a plane, a field strength, a volume."""
    if term.kind in _FREE:
        evidence.assign(_FREE[term.kind], term.value, term)
    elif term.kind is Kind.QUANTITY and _quantity(term).unit is Unit.TESLA and len(_quantity(term).values) == 1:
        evidence.assign("acquisition.field_strength_t", _quantity(term).middle, term)
    elif term.kind is Kind.PIXELS:
        _bind_pixels(term, evidence)


def qualifies(term: Term) -> bool:
    """Whether a term narrows what is denied: 'no submucosal fibroid' does not deny every fibroid."""
    if term.kind is Kind.QUANTITY:
        return _quantity(term).unit is Unit.MM
    return term.kind in (Kind.SUBTYPE, Kind.FIGO, Kind.WALL, Kind.LEVEL, Kind.SIGNAL, Kind.PEDUNCLE)


def _bind_pixels(term: Term, evidence: Evidence) -> None:
    assert isinstance(term.value, tuple)
    rows, columns = term.value
    if rows == columns:
        evidence.assign("acquisition.matrix", rows, term)
    else:
        evidence.note(f"'{term.text}': only a square matrix can be made, such as {rows} x {rows}")


def _quantity(term: Term) -> Quantity:
    assert isinstance(term.value, Quantity)
    return term.value


def _lengths(clause: Clause, unit: Unit = Unit.MM) -> list[Term]:
    return [t for t in clause.terms if t.kind is Kind.QUANTITY and _quantity(t).unit is unit]


def _read(term: Term, evidence: Evidence) -> float:
    note = reading_note(_quantity(term), term)
    if note:
        evidence.note(note)
    return _quantity(term).middle


def _bind_length(clause: Clause, field: str, evidence: Evidence) -> None:
    assert clause.head is not None
    for term in _lengths(clause):
        if _quantity(term).join is Join.LIST or _has_width(clause, term):
            continue
        evidence.assign(field, _read(term, evidence), term, said=f"{clause.head.text} {term.text}")
        evidence.spend(clause.head)


def _has_width(clause: Clause, term: Term) -> bool:
    """Whether the length is said to be across ('5 cm in width'), for which there is no field."""
    follows = [t for t in clause.terms if t.start >= term.end][:1]
    return bool(follows) and follows[0].kind is Kind.MEASURED_ACROSS


def _bind_uterus(clause: Clause, evidence: Evidence) -> None:
    assert clause.head is not None
    for term in _lengths(clause):
        if _quantity(term).join is Join.LIST or _has_width(clause, term):
            continue
        evidence.assign("uterine_length_mm", _read(term, evidence), term)
        if _quantity(term).join is Join.PRODUCT:
            evidence.note(f"'{term.text}': the largest is taken as uterine length; width and depth have no field")
    for term in _lengths(clause, Unit.ML):
        evidence.assign("uterine_volume_ml", _read(term, evidence), term)
    for term in clause.terms:
        if term.kind is Kind.NORMAL:
            evidence.assign("normal", True, term)
        elif term.kind is Kind.LEVEL and "uterine" in term.text.lower():
            evidence.spend(term)
    evidence.spend(clause.head)


def _bind_bladder(clause: Clause, evidence: Evidence) -> None:
    assert clause.head is not None
    for term in clause.terms:
        if term.kind is Kind.FILLING:
            evidence.assign("bladder_filling", term.value, term)
            evidence.spend(clause.head)


def _bind_adenomyosis(clause: Clause, evidence: Evidence) -> None:
    assert clause.head is not None
    for term in clause.terms:
        if term.kind is Kind.EXTENT:
            evidence.assign("adenomyosis_extent", term.value, term)
    if clause.head.text.lower().startswith("adenomyoma"):
        evidence.assign("adenomyosis_extent", AdenomyosisExtent.FOCAL, clause.head)


def _bind_carcinoma(clause: Clause, evidence: Evidence) -> None:
    invades = [term for term in clause.terms if term.kind is Kind.INVASION_WORD]
    depths = [term for term in clause.terms if term.kind in (Kind.INVASION, Kind.SHARE)]
    if len(depths) > 1:
        evidence.spend(*(term for term in depths if term.text.lower().endswith("ia")))
        depths = [term for term in depths if not evidence.is_used(term)]
    for term in depths:
        if term.kind is Kind.INVASION:
            evidence.assign("carcinoma_invasion", term.value, term, about="the depth of invasion")
            evidence.spend(*invades)
        else:
            depth = MyometrialInvasion.LESS_THAN_HALF if term.value == "less" else MyometrialInvasion.HALF_OR_MORE
            evidence.assign("carcinoma_invasion", depth, term, about="the depth of invasion")
            evidence.spend(*invades)
    if invades and "carcinoma_invasion" not in evidence.values:
        evidence.note(f"'{invades[0].text}' gives no depth of invasion: say less than half, or half or more")


def _bind_cysts(clause: Clause, evidence: Evidence) -> None:
    assert clause.head is not None
    counted = [t for t in clause.before if t.kind is Kind.NUMBER and float(t.value).is_integer()]  # type: ignore[arg-type]
    if counted:
        evidence.assign("nabothian_cyst_count", int(counted[-1].value), counted[-1])  # type: ignore[call-overload]
    elif not clause.head.text.lower().endswith(("s", "i")):
        evidence.assign("nabothian_cyst_count", 1, clause.head)
    for term in clause.terms:
        if term.kind is Kind.MANY:
            evidence.spend(term)
            evidence.note(f"'{term.text} {clause.head.text}' leaves the number of cysts open")
        elif term.kind is Kind.LEVEL and term.value == "cervix":
            evidence.spend(term)


def _bind_single(clause: Clause, evidence: Evidence) -> None:
    evidence.spend(*(t for t in clause.terms if t.kind is Kind.NUMBER and t.value == 1))
    evidence.spend(*(t for t in clause.terms if t.kind is Kind.NICHE_WORD))


def _bind_slices(clause: Clause, evidence: Evidence) -> None:
    assert clause.head is not None
    for term in clause.terms:
        if term.kind is Kind.NUMBER and float(term.value).is_integer():  # type: ignore[arg-type]
            evidence.assign("acquisition.slice_count", int(term.value), term)  # type: ignore[call-overload]
            evidence.spend(clause.head)


def _bind_matrix(clause: Clause, evidence: Evidence) -> None:
    assert clause.head is not None
    for term in clause.terms:
        if term.kind is Kind.NUMBER and float(term.value).is_integer():  # type: ignore[arg-type]
            evidence.assign("acquisition.matrix", int(term.value), term)  # type: ignore[call-overload]
    if "acquisition.matrix" in evidence.values:
        evidence.spend(clause.head)


def _bind_in_plane(clause: Clause, evidence: Evidence) -> None:
    for term in _lengths(clause):
        if _quantity(term).join is Join.PRODUCT and len(set(_quantity(term).values)) > 1:
            evidence.note(f"'{term.text}': pixels are square; their larger side is taken")


def _bind_voxel(clause: Clause, evidence: Evidence) -> None:
    assert clause.head is not None
    for term in _lengths(clause):
        values = sorted(_quantity(term).values)
        if len(values) == 3 and values[0] == values[1]:
            evidence.assign("acquisition.in_plane_spacing_mm", values[0], term)
            evidence.assign("acquisition.slice_thickness_mm", values[2], term)
            evidence.spend(clause.head)


_SPECIAL: dict[object, Callable[[Clause, Evidence], None]] = {
    Pathology.ADENOMYOSIS: _bind_adenomyosis,
    Pathology.ENDOMETRIAL_POLYP: _bind_single,
    Pathology.ENDOMETRIAL_CARCINOMA: _bind_carcinoma,
    Pathology.NABOTHIAN_CYSTS: _bind_cysts,
    Pathology.CAESAREAN_NICHE: _bind_single,
    Organ.UTERUS: _bind_uterus,
    Organ.BLADDER: _bind_bladder,
    Organ.SLICES: _bind_slices,
    Organ.MATRIX: _bind_matrix,
    Organ.IN_PLANE: _bind_in_plane,
    Organ.VOXEL: _bind_voxel,
}
