"""The niche of a caesarean scar: an indentation of the anterior isthmus, open to the cavity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from UterineSynthLib.phantom.implicit import Box, Described, Solid, as_box
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import Indentation, UterineFields
from UterineSynthLib.volumes.structures import Structure

_ABOVE_INTERNAL_OS_MM = 2.0
_HALF_LENGTH_MM, _HALF_WIDTH_MM = 4.6, 6.0
"""Half of the published means: 9.5 mm long, 8 to 12 mm wide (doi 10.22328/2079-5343-2025-16-2-48-55)."""
_REACH_MM = 9.0


def grow_niche(depth_mm: float, residual_mm: float, fields: UterineFields, rng: np.random.Generator) -> list[Solid]:
    """Niche with its fluid; the anterior wall in front of it is brought to ``residual_mm``."""
    s = fields.form.line.internal_os_s + _ABOVE_INTERNAL_OS_MM
    base = _lining_mm(fields, s)
    fields.indentations.append(Indentation(s, _REACH_MM, 1.0))
    for _ in range(6):
        wanted, reached = base + depth_mm + residual_mm, _serosa_mm(fields, s)
        last = fields.indentations[-1]
        fields.indentations[-1] = replace(last, factor=float(np.clip(last.factor * wanted / reached, 0.2, 4.0)))
    sharpness = float(rng.choice([0.55, 1.0]))
    wedge = _wedge(fields, s, base, depth_mm, sharpness)
    return [Solid(wedge, Structure.NICHE, Tissue.NICHE_FLUID, 0.6)]


def _wedge(fields: UterineFields, s: float, base_mm: float, depth_mm: float, sharpness: float) -> Described:
    """A wedge (``sharpness`` 1) or a half round (0.5) that narrows to the front and to both sides."""

    def distance(x: Field, y: Field, z: Field) -> Field:
        zones = fields.at(x, y, z)
        aside = np.clip(1 - np.square(zones.w / np.float32(_HALF_WIDTH_MM)), 0, 1)
        depth = np.float32(depth_mm) * np.sqrt(aside)
        height = (zones.u - np.float32(base_mm)) / np.maximum(depth, 0.1)
        half = np.float32(_HALF_LENGTH_MM) * np.clip(1 - height, 0, 1) ** np.float32(sharpness)
        slope = np.float32(_HALF_LENGTH_MM / np.hypot(_HALF_LENGTH_MM, depth_mm))
        side = (np.abs(zones.s - np.float32(s)) - half) * (1 - slope * np.float32(0.5))
        front = zones.u - np.float32(base_mm) - depth
        behind = -zones.u
        inside = np.maximum(np.maximum(side, front), np.maximum(behind, np.abs(zones.w) - np.float32(_HALF_WIDTH_MM)))
        return np.asarray(inside, dtype=np.float32)

    return Described(distance, _box(fields, s, base_mm + depth_mm))


def _box(fields: UterineFields, s: float, reach_mm: float) -> Box:
    line = fields.form.line
    points = [
        line.point(s + ds, u, w)
        for ds in (-_HALF_LENGTH_MM, _HALF_LENGTH_MM)
        for u in (-1.0, reach_mm)
        for w in (-_HALF_WIDTH_MM, _HALF_WIDTH_MM)
    ]
    return as_box(np.min(points, axis=0) - 1.5, np.max(points, axis=0) + 1.5)


def _lining_mm(fields: UterineFields, s: float) -> float:
    """From the axis to the outer border of endometrium or canal, to the front."""
    along, zones = _forward(fields, s)
    inside = (zones[1] < 0) | (zones[2] < 2.3)
    return float(along[inside].max()) if inside.any() else 1.0


def _serosa_mm(fields: UterineFields, s: float) -> float:
    along, zones = _forward(fields, s)
    outside = np.flatnonzero(zones[0] > 0)
    return float(along[outside[0]]) if outside.size else float(along[-1])


def _forward(fields: UterineFields, s: float) -> tuple[Field, tuple[Field, Field, Field]]:
    along = np.arange(0.0, 40.0, 0.1, dtype=np.float32)
    points = fields.form.line.points(s, along).astype(np.float32)
    zones = fields.at(points[:, 0], points[:, 1], points[:, 2])
    return along, (zones.serosa, zones.endometrium, zones.canal)
