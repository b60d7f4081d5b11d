"""A description in one short line, for captions and lists."""

from __future__ import annotations

from collections.abc import Iterator

from UterineSynthLib.description.facts import plain_number
from UterineSynthLib.description.table import shown
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology

MAX_SUMMARY_CHARACTERS = 90
_ELLIPSIS = "..."


def summarise(description: UterusDescription) -> str:
    """At most 90 characters, the pathology first; what does not fit is left out and marked by '...'."""
    line = ""
    for part in _parts(description):
        longer = f"{line}; {part}" if line else part
        if len(longer) > MAX_SUMMARY_CHARACTERS - len(_ELLIPSIS) - 1:
            return f"{line or part[: MAX_SUMMARY_CHARACTERS - len(_ELLIPSIS) - 1]} {_ELLIPSIS}"
        line = longer
    return line or "everything open"


def _parts(description: UterusDescription) -> Iterator[str]:
    for pathology in description.pathologies or ():
        yield _pathology_text(description, pathology)
    for pathology in description.excluded if description.pathologies is None else ():
        yield f"no {shown(pathology)}"
    for prefix, value, unit in (
        ("JZ", description.junctional_zone_mm, "mm"),
        ("endometrium", description.endometrium_mm, "mm"),
        ("", description.position, ""),
        ("version", description.version_deg, "deg"),
        ("flexion", description.flexion_deg, "deg"),
        ("length", description.uterine_length_mm, "mm"),
        ("volume", description.uterine_volume_ml, "ml"),
        ("", description.menopausal_status, ""),
        ("bladder", description.bladder_filling, ""),
        ("", description.acquisition.field_strength_t, "T"),
        ("", description.acquisition.plane, ""),
    ):
        if value is not None:
            yield f"{prefix} {shown(value, unit)}".strip()


def _pathology_text(description: UterusDescription, pathology: Pathology) -> str:
    if pathology is Pathology.LEIOMYOMA and description.leiomyomas:
        return _leiomyomas_text(description)
    sizes = {
        Pathology.ENDOMETRIAL_POLYP: description.polyp_diameter_mm,
        Pathology.ENDOMETRIAL_CARCINOMA: description.carcinoma_diameter_mm,
        Pathology.NABOTHIAN_CYSTS: description.nabothian_cyst_diameter_mm,
        Pathology.CAESAREAN_NICHE: description.niche_depth_mm,
    }
    size = sizes.get(pathology)
    extent = description.adenomyosis_extent if pathology is Pathology.ADENOMYOSIS else None
    name = f"{extent} {pathology}" if extent else shown(pathology)
    return name if size is None else f"{name} {plain_number(size)} mm"


def _leiomyomas_text(description: UterusDescription) -> str:
    lesions = description.leiomyomas
    if len(lesions) == 1:
        lesion = lesions[0]
        size = None if lesion.diameter_mm is None else f"{plain_number(lesion.diameter_mm)} mm"
        figo = None if lesion.figo is None else f"FIGO {lesion.figo}"
        return " ".join(str(part) for part in ("leiomyoma", figo, size, lesion.wall, lesion.level) if part)
    types = ", ".join(str(lesion.figo) for lesion in lesions if lesion.figo is not None)
    return f"{len(lesions)} leiomyomas" + (f" (FIGO {types})" if types else "")
