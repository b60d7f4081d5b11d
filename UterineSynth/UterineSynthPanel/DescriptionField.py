"""Which fields of a description the panel offers, read from the records themselves."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import StrEnum

from UterineSynthLib.description.acquisition import FIELD_STRENGTHS_T, Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.limits import LIMITS, Limit
from UterineSynthLib.description.uterus import UterusDescription

PREFIXES = {UterusDescription: "", Acquisition: "acquisition", Leiomyoma: "leiomyoma"}

START_VALUES = {
    "diameter_mm": 30.0,
    "junctional_zone_mm": 6.0,
    "endometrium_mm": 8.0,
    "nabothian_cyst_count": 2,
    "nabothian_cyst_diameter_mm": 8.0,
    "polyp_diameter_mm": 12.0,
    "carcinoma_diameter_mm": 25.0,
    "niche_depth_mm": 4.0,
    "niche_residual_mm": 4.0,
    "version_deg": 30.0,
    "flexion_deg": 30.0,
    "uterine_length_mm": 75.0,
    "uterine_volume_ml": 80.0,
    "slice_thickness_mm": 4.0,
    "slice_spacing_mm": 4.4,
    "slice_count": 32,
    "in_plane_spacing_mm": 0.8,
    "matrix": 256,
}
"""Where the arrow keys start from *leave open*: inside the limits, no norm of health."""


@dataclasses.dataclass(frozen=True)
class DescriptionField:
    """One field with a widget of its own.

    Attributes:
        name: name in the record; widgetName: object name in the .ui file.
        choices: the values to choose from, empty for a number.
        limit: range of a number; isWhole: whether it is a count.
    """

    name: str
    widgetName: str
    choices: tuple[StrEnum | float, ...] = ()
    limit: Limit | None = None
    isWhole: bool = False


def fieldsOf(recordType: type) -> list[DescriptionField]:
    """Fields of a record type that hold one choice or one number each, in the order of the record."""
    hints = typing.get_type_hints(recordType)
    made = [_field(recordType, f.name, hints[f.name]) for f in dataclasses.fields(recordType)]
    return [field for field in made if field is not None]


def _field(recordType: type, name: str, hint: typing.Any) -> DescriptionField | None:
    kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType]
    kind = kinds[0] if isinstance(hint, types.UnionType) else hint
    widgetName = camelCase(f"{PREFIXES[recordType]}_{name}".strip("_"))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return DescriptionField(name, widgetName, choices=tuple(kind))
    if name == "field_strength_t":
        return DescriptionField(name, widgetName, choices=FIELD_STRENGTHS_T)
    if name in LIMITS:
        return DescriptionField(name, widgetName, limit=LIMITS[name], isWhole=kind is int)
    return None


def camelCase(name: str) -> str:
    """Object name of a field: ``slice_count`` becomes ``sliceCount``."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
