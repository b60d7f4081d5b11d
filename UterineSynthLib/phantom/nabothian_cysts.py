"""Nabothian cysts: bright retention cysts in the cervix near its canal."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.implicit import Solid
from UterineSynthLib.phantom.star import Cap, Star
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.volumes.structures import Structure

_CANAL_MM = 3.0
_COVER_MM = 2.0
_GAP_MM = 0.8
_ATTEMPTS = 400


def grow_nabothian_cysts(
    count: int, diameter_mm: float, fields: UterineFields, rng: np.random.Generator
) -> list[Solid]:
    """``count`` cysts, the largest ``diameter_mm`` wide; the cervix widens where they need room.

    Raises:
        InputError: they do not fit into the cervix.
    """
    inner = fields.form.line.internal_os_s
    diameters = [diameter_mm, *sorted(diameter_mm * rng.uniform(0.4, 0.95, count - 1), reverse=True)]
    placed: list[Star] = []
    for attempt in range(_ATTEMPTS):
        diameter = max(float(diameters[len(placed)]), 2.0)
        s = float(rng.uniform(min(4.0 + diameter / 3, 0.5 * inner), max(inner - 2.0 - diameter / 3, 0.55 * inner)))
        turn = float(rng.uniform(0, 2 * np.pi))
        away = _CANAL_MM + diameter / 2 + float(rng.uniform(0, 2.0 + 8.0 * attempt / _ATTEMPTS))
        centre = fields.form.line.point(s, away * np.cos(turn), 1.3 * away * np.sin(turn))
        star = Star(centre, diameter, proportions=(1.0, 0.92, 0.96), lobes=0.02, seed=int(rng.integers(2**31)))
        if all(_gap_mm(star, other) > _GAP_MM for other in placed):
            placed.append(star)
        if len(placed) == count:
            break
    if len(placed) < count:
        msg = (
            f"{count} Nabothian cysts of up to {diameter_mm:g} mm do not fit into a cervix {inner:.0f} mm long: "
            "ask for fewer or smaller ones"
        )
        raise InputError(msg)
    for star in placed:
        fields.covers.append((Cap(star.centre, star.diameter_mm / 2 + _COVER_MM, (0.0, 0.0, 1.0), 1e3), 4.0))
    return [Solid(star, Structure.NABOTHIAN_CYST, Tissue.CYST_FLUID, 0.8) for star in placed]


def _gap_mm(first: Star, second: Star) -> float:
    apart = float(np.linalg.norm(np.subtract(first.centre, second.centre)))
    return apart - (first.diameter_mm + second.diameter_mm) / 2
