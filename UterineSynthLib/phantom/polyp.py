"""An endometrial polyp: a mass in the cavity with a dark fibrous core and small cysts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from UterineSynthLib.phantom.implicit import Axes, Solid, as_point
from UterineSynthLib.phantom.star import Star
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.volumes.structures import Structure

_LINING_MM = 1.3
_CORE_SHARE = 0.62
_FUNDAL_ROOM_MM = 1.0


def grow_polyp(diameter_mm: float, fields: UterineFields, rng: np.random.Generator) -> list[Solid]:
    """A polyp along the cavity, which widens around it; solids in painting order, the whole polyp first."""
    form = fields.form
    top = form.cavity_top_s - _FUNDAL_ROOM_MM
    lowest = min(form.cavity_apex_s + diameter_mm / 2, top - diameter_mm / 2)
    s = float(rng.uniform(lowest, top - diameter_mm / 2))
    w = float(rng.normal(0, 0.15)) * form.cavity_half_width_mm
    along = fields.form.line.direction(s, 1.0, 0.0, 0.0)
    front = fields.form.line.direction(s, 0.0, 1.0, 0.0)
    axes: Axes = (as_point(np.cross(front, along)), as_point(front), as_point(along))
    thick = float(rng.uniform(0.42, 0.6))
    body = Star(
        form.line.point(s, 0.0, w),
        diameter_mm,
        axes,
        (min(thick * 1.25, 0.9), thick, 1.0),
        0.05,
        int(rng.integers(2**31)),
    )
    fields.linings.append(replace(body, diameter_mm=diameter_mm + 2 * _LINING_MM))
    core = replace(
        body, diameter_mm=_CORE_SHARE * diameter_mm, proportions=(0.22, 0.2, 1.0), lobes=0.1, seed=body.seed + 1
    )
    return [
        Solid(body, Structure.POLYP, Tissue.POLYP, 0.8),
        Solid(core, Structure.POLYP, Tissue.POLYP_CORE, 0.8),
        *_cysts(body, rng),
    ]


def _cysts(body: Star, rng: np.random.Generator) -> list[Solid]:
    solids = []
    for _ in range(int(rng.integers(1, 5))):
        offset = rng.uniform(-0.55, 0.55, 3) * np.array(body.proportions) * body.diameter_mm / 2
        centre = np.array(body.centre) + offset @ np.array(body.axes)
        star = Star(as_point(centre), float(np.clip(0.12 * body.diameter_mm, 1.2, 3.5)))
        solids.append(Solid(star, Structure.POLYP, Tissue.POLYP_CYST, 0.8))
    return solids
