"""A description as numbers: the classes and attributes a denoiser is conditioned on.

Every feature may be open; an open feature is 0 and not known. The order of the tables is part of a trained model:
append, never reorder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.position import position_of
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    Figo,
    Level,
    MenopausalStatus,
    MyomaSignal,
    MyometrialInvasion,
    Pathology,
    UterinePosition,
    Wall,
)

DESCRIBED_LEIOMYOMAS = 3
"""Leiomyomas told to the model one by one, largest first; further ones are only counted."""

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """Classes and attributes of one description; ``known`` is 1 where a value was given, else 0.

    ``classes`` has length :data:`CLASS_COUNT`, ``attributes`` length :data:`ATTRIBUTE_COUNT`; attributes are centred
    and scaled to about unit spread.
    """

    classes: Values
    classes_known: Values
    attributes: Values
    attributes_known: Values


@dataclass(frozen=True)
class _Number:
    name: str
    read: Callable[[UterusDescription], float | None]
    centre: float
    scale: float


def _field(name: str, centre: float, scale: float) -> _Number:
    return _Number(name, lambda description: getattr(description, name), centre, scale)


def _acquired(name: str, centre: float, scale: float) -> _Number:
    return _Number(name, lambda description: getattr(description.acquisition, name), centre, scale)


def _myoma_count(description: UterusDescription) -> float | None:
    if description.pathologies is None:
        return None
    if not description.shows(Pathology.LEIOMYOMA):
        return 0.0
    return float(len(description.leiomyomas)) if description.leiomyomas else None


_NUMBERS = (
    _field("junctional_zone_mm", 6.0, 4.0),
    _field("endometrium_mm", 8.0, 4.0),
    _field("polyp_diameter_mm", 15.0, 8.0),
    _field("carcinoma_diameter_mm", 30.0, 15.0),
    _field("nabothian_cyst_count", 2.0, 2.0),
    _field("nabothian_cyst_diameter_mm", 7.0, 4.0),
    _field("niche_depth_mm", 5.0, 2.5),
    _field("niche_residual_mm", 4.0, 2.5),
    _field("version_deg", 20.0, 40.0),
    _field("flexion_deg", 20.0, 35.0),
    _field("uterine_length_mm", 72.0, 15.0),
    _field("uterine_volume_ml", 70.0, 35.0),
    _Number("leiomyoma_count", _myoma_count, 1.0, 2.0),
    _acquired("field_strength_t", 2.25, 0.75),
    _acquired("slice_thickness_mm", 4.5, 1.0),
)

_CHOICES: tuple[tuple[str, type[StrEnum]], ...] = (
    ("adenomyosis_extent", AdenomyosisExtent),
    ("carcinoma_invasion", MyometrialInvasion),
    ("menopausal_status", MenopausalStatus),
    ("bladder_filling", BladderFilling),
)

_LESION_CHOICES: tuple[tuple[str, type[StrEnum]], ...] = (
    ("figo", Figo),
    ("wall", Wall),
    ("level", Level),
    ("t2_signal", MyomaSignal),
)

CLASS_COUNT = len(Pathology) + len(UterinePosition)
_LESION_WIDTH = 1 + sum(len(kind) for _, kind in _LESION_CHOICES)
ATTRIBUTE_COUNT = len(_NUMBERS) + sum(len(kind) for _, kind in _CHOICES) + DESCRIBED_LEIOMYOMAS * _LESION_WIDTH


def features_of(description: UterusDescription) -> Features:
    """Turn a description into classes and attributes."""
    classes = _pathologies(description) + _positions(description)
    attributes = [_scaled(number, description) for number in _NUMBERS]
    for name, kind in _CHOICES:
        attributes += _one_hot(getattr(description, name), kind)
    lesions = sorted(description.leiomyomas, key=lambda lesion: -(lesion.diameter_mm or 0.0))
    for rank in range(DESCRIBED_LEIOMYOMAS):
        attributes += _lesion(lesions[rank] if rank < len(lesions) else None)
    return Features(*_columns(classes), *_columns(attributes))


_Pair = tuple[float, float]
_OPEN: _Pair = (0.0, 0.0)


def _pathologies(description: UterusDescription) -> list[_Pair]:
    if description.pathologies is None:
        return [(-1.0, 1.0) if pathology in description.excluded else _OPEN for pathology in Pathology]
    return [(1.0 if pathology in description.pathologies else -1.0, 1.0) for pathology in Pathology]


def _positions(description: UterusDescription) -> list[_Pair]:
    position = description.position
    if position is None and description.version_deg is not None and description.flexion_deg is not None:
        position = position_of(description.version_deg, description.flexion_deg)
    return _one_hot(position, UterinePosition)


def _scaled(number: _Number, description: UterusDescription) -> _Pair:
    value = number.read(description)
    return _OPEN if value is None else ((value - number.centre) / number.scale, 1.0)


def _one_hot(value: StrEnum | None, kind: type[StrEnum]) -> list[_Pair]:
    return [_OPEN if value is None else (1.0 if value is member else -1.0, 1.0) for member in kind]


def _lesion(lesion: Leiomyoma | None) -> list[_Pair]:
    if lesion is None:
        return [_OPEN] * _LESION_WIDTH
    size = _OPEN if lesion.diameter_mm is None else ((lesion.diameter_mm - 35.0) / 25.0, 1.0)
    pairs = [size]
    for name, kind in _LESION_CHOICES:
        pairs += _one_hot(getattr(lesion, name), kind)
    return pairs


def _columns(pairs: list[_Pair]) -> tuple[Values, Values]:
    table = np.array(pairs, dtype=np.float32)
    return table[:, 0], table[:, 1]
