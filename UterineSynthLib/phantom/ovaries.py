"""Ovaries with their follicles, beside the uterus where there is room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.description.vocabulary import MenopausalStatus
from UterineSynthLib.phantom.implicit import Axes, Solid, as_point
from UterineSynthLib.phantom.pose import Mass
from UterineSynthLib.phantom.star import Star, even_directions
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.volumes.structures import Structure

_PLACE_MM = (40.0, 12.0, 12.0)
_CLEARANCE_MM = 3.0
_DIAMETER_MM = {MenopausalStatus.PREMENOPAUSAL: (27.0, 36.0), MenopausalStatus.POSTMENOPAUSAL: (16.0, 22.0)}


def build_ovaries(
    fields: UterineFields, status: MenopausalStatus, rng: np.random.Generator
) -> tuple[list[Solid], list[Mass]]:
    """Both ovaries, and the balls that hold them."""
    solids: list[Solid] = []
    masses = []
    dominant = int(rng.integers(2))
    for number, side in enumerate((1.0, -1.0)):
        diameter = float(rng.uniform(*_DIAMETER_MM[status]))
        centre = _free_place(fields, side, diameter / 2, rng)
        star = Star(
            as_point(centre), diameter, _tilted_axes(rng), (0.6, 0.7, 1.0), lobes=0.06, seed=int(rng.integers(2**31))
        )
        solids.append(Solid(star, Structure.OVARY, Tissue.OVARIAN_STROMA, 1.0))
        if status is MenopausalStatus.PREMENOPAUSAL:
            solids.extend(_follicles(star, int(rng.integers(6, 13)), number == dominant, rng))
        elif rng.random() < 0.3:
            solids.extend(_follicles(star, 1, False, rng))
        masses.append(Mass(star.centre, diameter / 2))
    return solids, masses


def _free_place(
    fields: UterineFields, side: float, radius_mm: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """The ovarian fossa, moved outwards and up until the uterus leaves room."""
    centre = np.array(_PLACE_MM) * (side, 1, 1) + rng.normal(0, 5, 3).clip(-9, 9)
    for step in ((2.0, 0.0, 0.0), (1.0, 2.0, 2.0)):
        for _ in range(8):
            at = [np.array([value], dtype=np.float32) for value in centre]
            if fields.at(*at).serosa[0] > radius_mm * 0.8 + _CLEARANCE_MM:
                return np.asarray(centre)
            centre = centre + np.array(step) * (side, 1, 1)
    return np.asarray(centre)


def _tilted_axes(rng: np.random.Generator) -> Axes:
    frame, _ = np.linalg.qr(np.eye(3) + 0.5 * rng.standard_normal((3, 3)))
    return as_point(frame[0]), as_point(frame[1]), as_point(frame[2])


def _follicles(ovary: Star, count: int, has_dominant: bool, rng: np.random.Generator) -> list[Solid]:
    """Follicles of 3 to 9 mm under the surface, one of 12 to 19 mm in the leading ovary."""
    diameters = list(np.clip(rng.lognormal(1.6, 0.3, count), 3, 9))
    if has_dominant:
        diameters[0] = rng.uniform(12, 19)
    placed: list[tuple[npt.NDArray[np.float64], float]] = []
    solids = []
    directions = rng.permutation(even_directions(24))
    for diameter in sorted(diameters, reverse=True):
        for direction in directions:
            reach = ovary.reach_mm(direction)
            centre = np.array(ovary.centre) + direction * max(reach - diameter / 2 - 1.0, 0.0)
            if all(np.linalg.norm(centre - other) > (diameter + size) / 2 + 0.6 for other, size in placed):
                placed.append((centre, float(diameter)))
                star = Star(as_point(centre), float(diameter), lobes=0.03, seed=int(rng.integers(2**31)))
                solids.append(Solid(star, Structure.FOLLICLE, Tissue.FOLLICULAR_FLUID, 0.8))
                break
    return solids
