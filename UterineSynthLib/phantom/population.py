"""Whom the phantoms stand for: fills what a description leaves open, and draws whole descriptions for training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from UterineSynthLib.description.position import signs_of
from UterineSynthLib.description.uterus import ADENOMYOSIS_JUNCTIONAL_ZONE_MM, UterusDescription
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    MenopausalStatus,
    MyometrialInvasion,
    Pathology,
)
from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.growth import GrownUterus, grow_uterus
from UterineSynthLib.phantom.leiomyoma_draw import complete_leiomyomas, draw_leiomyoma_count
from UterineSynthLib.phantom.protocol import complete_acquisition
from UterineSynthLib.phantom.uterine_size import complete_size

RETROFLEXED_SHARE = 0.16
"""147 of 914 women (Gynecol Surg 2009, doi 10.1007/s10397-009-0506-2)."""
NORMAL_SHARE = 0.35
_ATTEMPTS = 10
_SHRINK = 0.88
_SHARES = {
    Pathology.LEIOMYOMA: 0.55,
    Pathology.ADENOMYOSIS: 0.24,
    Pathology.ENDOMETRIAL_POLYP: 0.14,
    Pathology.ENDOMETRIAL_CARCINOMA: 0.12,
    Pathology.NABOTHIAN_CYSTS: 0.25,
    Pathology.CAESAREAN_NICHE: 0.13,
}
"""Shares among uteri that are not normal: chosen so that training sees each often, not the prevalence."""


def draw_description(seed: int) -> UterusDescription:
    """A complete random description: about a third normal, the others with one pathology or several."""
    rng = np.random.default_rng([seed, 0])
    status = MenopausalStatus.POSTMENOPAUSAL if rng.random() < 0.25 else MenopausalStatus.PREMENOPAUSAL
    return complete(UterusDescription(pathologies=_draw_pathologies(rng), menopausal_status=status), seed)


def complete(description: UterusDescription, seed: int) -> UterusDescription:
    """``description`` with every open field filled so that the whole can be built; given fields stay as they are.

    Raises:
        InputError: what is given cannot be built, whatever the open fields are.
    """
    return complete_and_grow(description, seed)[0]


def complete_and_grow(description: UterusDescription, seed: int) -> tuple[UterusDescription, GrownUterus]:
    """:func:`complete`, and the uterus that proved it possible (that of :func:`grow_uterus` for the result and seed).

    Raises:
        InputError: what is given cannot be built, whatever the open fields are.
    """
    failure: InputError | None = None
    for attempt in range(_ATTEMPTS):
        full = _filled(description, seed, attempt)
        try:
            return full, grow_uterus(full, seed)
        except InputError as error:
            failure = error
        if full == description:
            break
    assert failure is not None
    raise failure


def _filled(description: UterusDescription, seed: int, attempt: int) -> UterusDescription:
    """One draw of the open fields; later attempts draw smaller leiomyomas."""
    rng = np.random.default_rng([seed, 1, attempt])
    full = replace(description, acquisition=complete_acquisition(description.acquisition, rng))
    if full.menopausal_status is None:
        share = 0.75 if full.shows(Pathology.ENDOMETRIAL_CARCINOMA) else 0.2
        status = MenopausalStatus.POSTMENOPAUSAL if rng.random() < share else MenopausalStatus.PREMENOPAUSAL
        full = replace(full, menopausal_status=status)
    if full.pathologies is None:
        full = replace(full, pathologies=_pathologies_for(full, rng))
    for fill in (_thicknesses, _lesions, _position):
        full = replace(full, **fill(full, rng))
    length, volume = complete_size(full, rng)
    full = replace(full, uterine_length_mm=length, uterine_volume_ml=volume)
    fibroids = complete_leiomyomas(full.leiomyomas, _SHRINK**attempt, rng)
    return replace(full, leiomyomas=fibroids)


def _draw_pathologies(rng: np.random.Generator) -> tuple[Pathology, ...]:
    if rng.random() < NORMAL_SHARE:
        return (Pathology.NORMAL,)
    found: tuple[Pathology, ...] = ()
    while not found:
        found = tuple(pathology for pathology, share in _SHARES.items() if rng.random() < share)
    return found


def _pathologies_for(full: UterusDescription, rng: np.random.Generator) -> tuple[Pathology, ...]:
    """Pathologies where they are open: none that is excluded; a given junctional zone decides on adenomyosis."""
    zone = full.junctional_zone_mm
    found: list[Pathology] = [item for item in _draw_pathologies(rng) if item not in full.excluded]
    if zone is not None:
        found = [item for item in found if item is not Pathology.ADENOMYOSIS]
        if zone >= ADENOMYOSIS_JUNCTIONAL_ZONE_MM:
            found = [*(item for item in found if item is not Pathology.NORMAL), Pathology.ADENOMYOSIS]
    return tuple(found) or (Pathology.NORMAL,)


def _thicknesses(full: UterusDescription, rng: np.random.Generator) -> dict[str, Any]:
    """Junctional zone (healthy 3.8 mm, up to 8 mm) and endometrium (4 to 16 mm through the cycle, later thin)."""
    changes: dict[str, Any] = {}
    post = full.menopausal_status is MenopausalStatus.POSTMENOPAUSAL
    if full.junctional_zone_mm is None:
        if full.shows(Pathology.ADENOMYOSIS):
            changes["junctional_zone_mm"] = _tenth(np.clip(rng.gamma(2.0, 3.0) + 12.2, 12.2, 30))
        else:
            mean, sd = (3.4, 0.8) if post else (4.8, 1.4)
            changes["junctional_zone_mm"] = _tenth(np.clip(rng.normal(mean, sd), 2.2, 9.5))
    if full.endometrium_mm is None:
        high = 5.5 if post and not full.shows(Pathology.ENDOMETRIAL_CARCINOMA) else 14.0
        changes["endometrium_mm"] = _tenth(rng.uniform(2.0 if post else 3.5, high))
    return changes


def _lesions(full: UterusDescription, rng: np.random.Generator) -> dict[str, Any]:
    """What every named pathology but leiomyomas leaves open, and how many leiomyomas there are."""
    drawn: dict[str, Any] = {}
    if full.shows(Pathology.LEIOMYOMA):
        drawn["leiomyomas"] = draw_leiomyoma_count(rng)
    if full.shows(Pathology.ADENOMYOSIS):
        drawn["adenomyosis_extent"] = _pick(rng, AdenomyosisExtent, (0.4, 0.6))
    if full.shows(Pathology.ENDOMETRIAL_POLYP):
        drawn["polyp_diameter_mm"] = _tenth(np.clip(rng.lognormal(2.6, 0.4), 5, 32))
    if full.shows(Pathology.ENDOMETRIAL_CARCINOMA):
        drawn["carcinoma_diameter_mm"] = _tenth(np.clip(rng.lognormal(3.3, 0.35), 12, 55))
        drawn["carcinoma_invasion"] = _pick(rng, MyometrialInvasion, (0.3, 0.4, 0.3))
    if full.shows(Pathology.NABOTHIAN_CYSTS):
        drawn["nabothian_cyst_count"] = int(min(1 + rng.geometric(0.45), 6))
        drawn["nabothian_cyst_diameter_mm"] = _tenth(np.clip(rng.lognormal(1.74, 0.35), 3, 14))
    if full.shows(Pathology.CAESAREAN_NICHE):
        drawn["niche_depth_mm"] = _tenth(np.clip(rng.normal(5.0, 1.5), 2.5, 9))
        drawn["niche_residual_mm"] = _tenth(np.clip(rng.normal(3.5, 1.3), 1.5, 8))
    return {name: value for name, value in drawn.items() if getattr(full, name) in (None, ())}


def _position(full: UterusDescription, rng: np.random.Generator) -> dict[str, Any]:
    """Bladder filling, then both angles: a full bladder turns an anteverted uterus back and straightens it."""
    changes: dict[str, Any] = {}
    filling = full.bladder_filling or _pick(rng, BladderFilling, (0.35, 0.5, 0.15))
    changes["bladder_filling"] = filling
    lift_deg = {BladderFilling.EMPTY: 10.0, BladderFilling.MODERATE: 0.0, BladderFilling.FULL: -18.0}[filling]
    version_sign, flexion_sign = (
        signs_of(full.position) if full.position else (None, -1 if rng.random() < RETROFLEXED_SHARE else 1)
    )
    version, flexion = full.version_deg, full.flexion_deg
    if version is None:
        version = rng.normal(52 + lift_deg, 16)
        if version_sign == -1 or (version_sign is None and flexion_sign == -1 and rng.random() < 0.7):
            version = -rng.normal(28, 12)
        version = _signed(version, version_sign, 12, 78)
    if flexion is None:
        flexion = _signed(flexion_sign * rng.normal(32 + lift_deg / 2, 14), flexion_sign, 12, 85)
    changes["version_deg"], changes["flexion_deg"] = _tenth(version), _tenth(flexion)
    return changes


def _signed(angle_deg: float, sign: int | None, low: float, high: float) -> float:
    """An angle kept at least ``low`` on the side asked for; without a side it only stays within ``high``."""
    if sign is None:
        return float(np.clip(angle_deg, -high, high))
    return float(sign * np.clip(sign * angle_deg, low, high))


def _pick(rng: np.random.Generator, kind: type, shares: tuple[float, ...]) -> Any:
    members = list(kind)  # type: ignore[call-overload]
    return members[int(rng.choice(len(members), p=shares))]


def _tenth(value: float) -> float:
    return round(float(value), 1)
