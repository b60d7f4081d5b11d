"""An endometrial carcinoma: an intermediate mass in the cavity that grows into one wall as deep as asked."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.description.vocabulary import Level, MyometrialInvasion, Wall
from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.implicit import HalfSpace, Intersection, Solid, as_point, frame_along
from UterineSynthLib.phantom.star import Star
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.phantom.wall_ray import WallRay, cast_ray
from UterineSynthLib.volumes.structures import Structure

_DEPTH_SHARE = {
    MyometrialInvasion.NONE: 0.0,
    MyometrialInvasion.LESS_THAN_HALF: 0.30,
    MyometrialInvasion.HALF_OR_MORE: 0.72,
}
"""How much of the myometrium the mass crosses at its deepest point."""
_LINING_MM = 1.2
_THINNEST, _ROUNDEST = 0.30, 0.80


def grow_carcinoma(
    diameter_mm: float, invasion: MyometrialInvasion, fields: UterineFields, rng: np.random.Generator
) -> list[Solid]:
    """The mass, with the cavity widened around the part that lies in it.

    Raises:
        InputError: a mass of this diameter is too small to reach that deep.
    """
    wall = Wall.ANTERIOR if rng.random() < 0.5 else Wall.POSTERIOR
    ray = cast_ray(fields, Level.CORPUS, wall, rng, 0.6)
    depth = _DEPTH_SHARE[invasion] * ray.wall_mm
    half = min(max(depth * 0.62 + 2.0, _THINNEST * diameter_mm), 0.5 * diameter_mm * _ROUNDEST)
    if depth > 1.9 * half:
        need = depth / (0.95 * _ROUNDEST)
        msg = (
            f"an endometrial carcinoma of {diameter_mm:g} mm cannot reach {invasion.replace('_', ' ')} of a myometrium "
            f"of {ray.wall_mm:.0f} mm; it needs about {need:.0f} mm, or a lesser invasion"
        )
        raise InputError(msg)
    deepest = ray.lining_mm + depth - (0.4 if invasion is MyometrialInvasion.NONE else 0.0)
    share = 2 * half / diameter_mm
    star = Star(
        as_point(ray.point(deepest - half)),
        diameter_mm,
        frame_along(ray.outward),
        (0.85, 1.0, share),
        lobes=0.04,
        seed=int(rng.integers(2**31)),
    )
    fields.linings.append(_in_cavity(star, ray))
    return [Solid(star, Structure.CARCINOMA, Tissue.CARCINOMA, 0.8)]


def _in_cavity(star: Star, ray: WallRay) -> Intersection:
    """The mass with a lining, on the cavity's side of the wall it grows from."""
    grown = Star(star.centre, star.diameter_mm + 2 * _LINING_MM, star.axes, star.proportions, star.lobes, star.seed)
    return Intersection(grown, HalfSpace(as_point(ray.point(ray.lining_mm)), ray.outward), 1.0)
