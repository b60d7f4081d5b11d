"""A description as rows for a reader: every field with its label and its value, or 'open'."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.description.facts import plain_number
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology

OPEN = "open"


@dataclass(frozen=True)
class Row:
    """One line of the table. ``field`` is the path of the field in the record."""

    field: str
    label: str
    value: str

    @property
    def is_open(self) -> bool:
        """Whether the field is left to the draw."""
        return self.value == OPEN


_SECTIONS: tuple[tuple[Pathology | None, tuple[tuple[str, str, str], ...]], ...] = (
    (
        Pathology.ADENOMYOSIS,
        (("adenomyosis_extent", "Adenomyosis extent", ""),),
    ),
    (
        None,
        (("junctional_zone_mm", "Junctional zone", "mm"), ("endometrium_mm", "Endometrium", "mm")),
    ),
    (Pathology.ENDOMETRIAL_POLYP, (("polyp_diameter_mm", "Polyp diameter", "mm"),)),
    (
        Pathology.ENDOMETRIAL_CARCINOMA,
        (
            ("carcinoma_diameter_mm", "Carcinoma diameter", "mm"),
            ("carcinoma_invasion", "Myometrial invasion", ""),
        ),
    ),
    (
        Pathology.NABOTHIAN_CYSTS,
        (
            ("nabothian_cyst_count", "Nabothian cysts", ""),
            ("nabothian_cyst_diameter_mm", "Cyst diameter", "mm"),
        ),
    ),
    (
        Pathology.CAESAREAN_NICHE,
        (
            ("niche_depth_mm", "Niche depth", "mm"),
            ("niche_residual_mm", "Residual myometrium", "mm"),
        ),
    ),
    (
        None,
        (
            ("position", "Position", ""),
            ("version_deg", "Version", "degrees"),
            ("flexion_deg", "Flexion", "degrees"),
            ("uterine_length_mm", "Uterine length", "mm"),
            ("uterine_volume_ml", "Uterine volume", "ml"),
            ("menopausal_status", "Menopausal status", ""),
            ("bladder_filling", "Bladder", ""),
        ),
    ),
)
_ACQUISITION = (
    ("field_strength_t", "Field strength", "T"),
    ("plane", "Plane", ""),
    ("slice_count", "Slices", ""),
    ("slice_thickness_mm", "Slice thickness", "mm"),
    ("slice_spacing_mm", "Slice spacing", "mm"),
    ("in_plane_spacing_mm", "In-plane spacing", "mm"),
    ("matrix", "Matrix", "pixels"),
)


def table_rows(description: UterusDescription, every_field: bool = False) -> tuple[Row, ...]:
    """Rows of a description, in the order a report is read.

    Fields of a pathology that is not asked for are left out unless ``every_field``.
    """
    rows = [Row("pathologies", "Pathology", _names(description.pathologies))]
    if description.excluded or every_field:
        rows.append(Row("excluded", "Not present", _names(description.excluded) if description.excluded else OPEN))
    rows += _leiomyoma_rows(description, every_field)
    for pathology, fields in _SECTIONS:
        if pathology is None or every_field or description.shows(pathology):
            rows += [Row(name, label, shown(getattr(description, name), unit)) for name, label, unit in fields]
    for name, label, unit in _ACQUISITION:
        rows.append(Row(f"acquisition.{name}", label, shown(getattr(description.acquisition, name), unit)))
    return tuple(rows)


def shown(value: object, unit: str = "") -> str:
    """A field's value with its unit, words instead of underscores; 'open' for None."""
    if value is None:
        return OPEN
    if isinstance(value, (int, float)):
        return f"{plain_number(value)} {unit}".rstrip()
    return str(value).replace("_", " ")


def leiomyoma_text(lesion: Leiomyoma) -> str:
    """One leiomyoma in a few words: 'FIGO 4, 30 mm, posterior, fundus, typical'."""
    parts = [
        None if lesion.figo is None else f"FIGO {lesion.figo}",
        None if lesion.diameter_mm is None else shown(lesion.diameter_mm, "mm"),
        lesion.wall,
        lesion.level,
        lesion.t2_signal,
    ]
    return ", ".join(str(part) for part in parts if part is not None) or OPEN


def _leiomyoma_rows(description: UterusDescription, every_field: bool) -> list[Row]:
    if description.leiomyomas:
        return [
            Row(f"leiomyomas[{i}]", f"Leiomyoma {i + 1}", leiomyoma_text(lesion))
            for i, lesion in enumerate(description.leiomyomas)
        ]
    wanted = every_field or description.shows(Pathology.LEIOMYOMA)
    return [Row("leiomyomas", "Leiomyomas", OPEN)] if wanted else []


def _names(pathologies: tuple[Pathology, ...] | None) -> str:
    return OPEN if pathologies is None else ", ".join(shown(pathology) for pathology in pathologies)
