"""Adenomyosis: the junctional zone is widened by the form of the uterus; here its bright glands are strewn in it."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.description.vocabulary import AdenomyosisExtent
from UterineSynthLib.phantom.implicit import Solid, as_point
from UterineSynthLib.phantom.star import Star
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.phantom.uterus import lattice, uterine_box
from UterineSynthLib.volumes.structures import Structure

_STEP_MM = 2.5
_COUNT = {AdenomyosisExtent.FOCAL: (8, 18), AdenomyosisExtent.DIFFUSE: (14, 32)}
_DIAMETER_MM = (1.6, 4.5)
_BORDER_MM = 1.2


def strew_glands(extent: AdenomyosisExtent, fields: UterineFields, rng: np.random.Generator) -> list[Solid]:
    """Ectopic glands in the widened part of the junctional zone, none in the isthmus."""
    x, y, z = lattice(*uterine_box(fields), _STEP_MM)
    zones = fields.at(x, y, z)
    line = fields.form.line
    inside = (zones.junction < -_BORDER_MM) & (zones.endometrium > _BORDER_MM) & (zones.serosa < -4.0)
    inside &= zones.s > line.internal_os_s + 0.25 * line.corpus_mm
    focal = fields.form.focal
    if focal is not None:
        away = np.sqrt((zones.s - focal.s) ** 2 + (zones.u - focal.u) ** 2 + (zones.w - focal.w) ** 2)
        inside &= away < focal.reach_mm
    places = np.stack([axis[inside] for axis in (x, y, z)], axis=1)
    if not len(places):
        return []
    count = min(int(rng.integers(*_COUNT[extent])), len(places))
    chosen = places[rng.choice(len(places), count, replace=False)] + rng.uniform(-1, 1, (count, 3))
    return [_gland(centre, rng) for centre in chosen]


def _gland(centre: object, rng: np.random.Generator) -> Solid:
    diameter = float(rng.uniform(*_DIAMETER_MM))
    star = Star(as_point(np.asarray(centre)), diameter, lobes=0.08, seed=int(rng.integers(2**31)))
    return Solid(star, Structure.ADENOMYOTIC_FOCUS, Tissue.ECTOPIC_GLAND, 0.8)
