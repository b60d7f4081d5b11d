"""Leiomyomas: each is placed so that its FIGO type holds by definition, and the wall grows around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.vocabulary import Figo, MyomaSignal, Wall
from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.figo_type import Surroundings, figo_of
from UterineSynthLib.phantom.implicit import Axes, Solid, as_point, frame_along
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.pelvic_room import intrusion_mm
from UterineSynthLib.phantom.polyline import Tube
from UterineSynthLib.phantom.star import Cap, Star
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import Deflection, UterineFields
from UterineSynthLib.phantom.wall_ray import WallRay, cast_ray
from UterineSynthLib.volumes.structures import Structure

_TISSUES = {
    MyomaSignal.TYPICAL: Tissue.MYOMA_TYPICAL,
    MyomaSignal.CELLULAR: Tissue.MYOMA_CELLULAR,
    MyomaSignal.HYALINE: Tissue.MYOMA_HYALINE,
    MyomaSignal.CYSTIC: Tissue.MYOMA_CYSTIC,
    MyomaSignal.CALCIFIED: Tissue.MYOMA_CALCIFIED,
}
_TO_CAVITY = {
    Figo.TYPE_1: 0.68,
    Figo.TYPE_2: 0.30,
    Figo.TYPE_3: 0.045,
    Figo.TYPE_2_5: 0.24,
    Figo.TYPE_2_6: 0.17,
    Figo.TYPE_3_5: 0.045,
    Figo.TYPE_3_6: 0.045,
}
"""Share of the diameter that stands out into the cavity."""
_TO_OUTSIDE = {
    Figo.TYPE_5: 0.30,
    Figo.TYPE_6: 0.68,
    Figo.TYPE_2_5: 0.26,
    Figo.TYPE_2_6: 0.61,
    Figo.TYPE_3_5: 0.28,
    Figo.TYPE_3_6: 0.66,
}
"""Share of the diameter that stands out of the serosa."""
_IN_CAVITY = (Figo.TYPE_0, Figo.TYPE_1)
_RIM_MM = 0.7
_COVER_MM = 3.0
_GAP_MM = 2.5
_WIDER_GAP_MM = 1.2
"""Added to the gap from the endometrium in later attempts, as far as the spread of the rays has grown."""
_STALK_MM = 5.0
_ATTEMPTS = 36
_ATTEMPTS_TO_FIT = 18
_INTRUSION_MM = 2.0
_PROBES = 400
_PROBE_OFFSET_MM = 0.6
_LEAST_WALL_SHARE = 0.6


@dataclass(frozen=True)
class Myoma:
    """A placed leiomyoma: what was asked, its solid, its outward direction, and the stalk where it has one."""

    asked: Leiomyoma
    star: Star
    ray: WallRay
    stalk: Tube | None = None

    @property
    def solids(self) -> list[Solid]:
        """Stalk, pseudo-capsule and filling in painting order."""
        assert self.asked.t2_signal is not None
        filling = Star(*self._shape(), shrink_mm=_RIM_MM)
        stalk = [] if self.stalk is None else [Solid(self.stalk, Structure.UTERINE_WALL, Tissue.OUTER_MYOMETRIUM, 1.0)]
        return [
            *stalk,
            Solid(self.star, Structure.MYOMA_CAPSULE, Tissue.MYOMA_RIM, 1.2),
            Solid(filling, _structure_of(self.asked.t2_signal), _TISSUES[self.asked.t2_signal], 1.2),
        ]

    def _shape(self) -> tuple[tuple[float, float, float], float, Axes, tuple[float, float, float], float, int]:
        star = self.star
        return star.centre, star.diameter_mm, star.axes, star.proportions, star.lobes, star.seed


def _structure_of(signal: MyomaSignal) -> Structure:
    """Only a cellular leiomyoma is another substance all through; what lies in the others is a matter of texture."""
    return Structure.CELLULAR_MYOMA if signal is MyomaSignal.CELLULAR else Structure.MYOMA


def grow_leiomyomas(
    asked: Sequence[Leiomyoma],
    fields: UterineFields,
    landmarks: Landmarks,
    rng: np.random.Generator,
    in_the_way: Sequence[Star] = (),
) -> list[Myoma]:
    """Place complete leiomyomas, those in the cavity first, then by size; returned in the order of ``asked``.

    Args:
        asked: what to place; fields: grows around it; rng: of all choices.
        landmarks: of the pelvis that a large one must find room in.
        in_the_way: other lesions, which no leiomyoma may overlap.

    Raises:
        InputError: one finds no place that fits its type, wall and level beside the others.
    """
    order = sorted(range(len(asked)), key=lambda n: (asked[n].figo not in _IN_CAVITY, -(asked[n].diameter_mm or 0)))
    placed: dict[int, Myoma] = {}
    for number in order:
        placed[number] = _place(number, asked[number], fields, list(placed.values()), landmarks, rng, in_the_way)
    return [placed[number] for number in range(len(asked))]


def _place(
    number: int,
    asked: Leiomyoma,
    fields: UterineFields,
    others: list[Myoma],
    landmarks: Landmarks,
    rng: np.random.Generator,
    in_the_way: Sequence[Star],
) -> Myoma:
    found: list[tuple[float, Myoma, UterineFields]] = []
    for attempt in range(_ATTEMPTS):
        tried = fields.copy()
        myoma = _attempt(asked, tried, rng, 1.0 + attempt / 8)
        if myoma is None or _collides(myoma, others) or _overlaps(myoma.star, in_the_way):
            continue
        intrusion = intrusion_mm(landmarks, myoma.star.centre, myoma.star.diameter_mm / 2)
        if found and intrusion >= found[0][0]:
            continue
        if all(_is_as_asked(item, tried, [*others, myoma], in_the_way) for item in (myoma, *others)):
            found = [(intrusion, myoma, tried)]
        if found and (found[0][0] < _INTRUSION_MM or attempt >= _ATTEMPTS_TO_FIT):
            break
    if found:
        fields.take(found[0][2])
        return found[0][1]
    msg = (
        f"leiomyoma {number + 1} (FIGO {asked.figo}, {asked.diameter_mm:g} mm, {asked.wall} wall, {asked.level}) finds "
        f"no place in this uterus{' beside the others' if others else ''}: make it smaller or larger, or leave its "
        "wall, level or type open"
    )
    raise InputError(msg)


def _attempt(asked: Leiomyoma, fields: UterineFields, rng: np.random.Generator, spread: float) -> Myoma | None:
    """One try: a ray, the centre on it, and the wall around it; None where wall and size do not go together."""
    assert asked.figo and asked.level and asked.wall and asked.diameter_mm
    ray = cast_ray(fields, asked.level, asked.wall, rng, spread)
    radius = asked.diameter_mm / 2
    if asked.figo in (Figo.TYPE_4, Figo.TYPE_5, Figo.TYPE_6) and asked.wall in (Wall.ANTERIOR, Wall.POSTERIOR):
        ray = _push_cavity(fields, ray, radius)
    if asked.figo is Figo.TYPE_7:
        return _pedunculated(asked, ray, rng)
    if asked.figo is Figo.TYPE_0:
        return _intracavitary(asked, fields, ray, rng)
    inwards, outwards = _TO_CAVITY.get(asked.figo, 0.0), _TO_OUTSIDE.get(asked.figo, 0.0)
    gap_mm = _GAP_MM + _WIDER_GAP_MM * (spread - 1.0)
    along = _centre_along(ray, radius, (inwards, outwards), gap_mm, rng)
    if inwards and outwards and ray.wall_mm * _LEAST_WALL_SHARE > 2 * radius * (1 - inwards - outwards):
        return None
    star = _star(asked, ray.point(along), ray, rng)
    _grow_around(fields, star, ray, inwards, outwards)
    return Myoma(asked, star, ray)


def _centre_along(
    ray: WallRay, radius: float, shares: tuple[float, float], gap_mm: float, rng: np.random.Generator
) -> float:
    inwards, outwards = shares
    if inwards:
        return ray.lining_mm + radius * (1 - 2 * inwards)
    nearest = ray.lining_mm + gap_mm + radius
    if outwards:
        return max(ray.serosa_mm - radius * (1 - 2 * outwards), nearest)
    farthest = ray.serosa_mm - _COVER_MM - radius
    return nearest if farthest <= nearest else float(rng.uniform(nearest, farthest))


def _grow_around(fields: UterineFields, star: Star, ray: WallRay, inwards: float, outwards: float) -> None:
    """Lining over the part in the cavity, wall over the part in the wall, nothing over the part outside."""
    radius = star.diameter_mm / 2
    inward = as_point(-np.array(ray.outward))
    if inwards:
        lining = float(np.clip(fields.form.endometrium_mm / 2, 1.2, 3.0))
        upside = Cap(star.centre, radius + lining, ray.outward, -radius * (1 - 2 * inwards))
        fields.linings.append(upside)
    if outwards:
        height = radius * (1 - 2 * outwards)
        fields.covers.append((Cap(star.centre, radius + _COVER_MM, ray.outward, height), 3.0))
        fields.bared.append(Cap(star.centre, radius + 1.2, inward, -height))
    else:
        fields.covers.append((Cap(star.centre, radius + _COVER_MM, ray.outward, 2 * radius), min(0.3 * radius, 5.0)))


def _push_cavity(fields: UterineFields, ray: WallRay, radius: float) -> WallRay:
    """Shift the cavity away from a leiomyoma that is thicker than the wall, as far as the opposite wall allows."""
    excess = 2 * radius + _GAP_MM + _COVER_MM - ray.wall_mm
    shift = float(np.clip(0.35 * excess, 0.0, min(0.3 * ray.wall_mm, 6.0)))
    if shift < 1.0 or abs(ray.front) < 0.7:
        return ray
    left = ray.left * ray.lining_mm
    fields.deflections.append(Deflection(ray.s, left, max(radius, 14.0), -float(np.sign(ray.front)) * shift))
    return WallRay(
        ray.start, ray.outward, ray.s, ray.front, ray.left, max(ray.lining_mm - 0.8 * shift, 0.0), ray.serosa_mm
    )


def _pedunculated(asked: Leiomyoma, ray: WallRay, rng: np.random.Generator) -> Myoma:
    assert asked.diameter_mm
    radius = asked.diameter_mm / 2
    centre = ray.point(ray.serosa_mm + radius + _STALK_MM)
    thick = float(np.clip(0.3 * radius, 1.8, 6.0))
    stalk = Tube.along([ray.point(ray.serosa_mm - 2), centre], [thick * 1.3, thick])
    star = _star(asked, centre, ray, rng)
    return Myoma(asked, star, ray, stalk)


def _intracavitary(asked: Leiomyoma, fields: UterineFields, ray: WallRay, rng: np.random.Generator) -> Myoma:
    assert asked.diameter_mm
    radius = asked.diameter_mm / 2
    lining = float(np.clip(fields.form.endometrium_mm / 2, 1.2, 3.0))
    centre = ray.point(ray.lining_mm - radius - lining - 0.5)
    star = _star(asked, centre, ray, rng)
    fields.linings.append(Cap(star.centre, radius + lining, ray.outward, 2 * radius))
    fields.covers.append((Cap(star.centre, radius + lining + 8.0, ray.outward, 2 * radius), 10.0))
    thick = float(np.clip(0.22 * radius, 1.2, 4.0))
    stalk = Tube.along([centre, ray.point(ray.lining_mm + 2.0)], [thick, thick * 1.3])
    return Myoma(asked, star, ray, stalk)


def _star(asked: Leiomyoma, centre: object, ray: WallRay, rng: np.random.Generator) -> Star:
    """Rounder along the ray than across, so that the shares of the surface follow the shares of the diameter."""
    assert asked.diameter_mm
    flat = float(rng.uniform(0.88, 1.0))
    return Star(
        as_point(np.asarray(centre)),
        asked.diameter_mm,
        frame_along(ray.outward),
        (1.0, flat, float(rng.uniform(0.93, 1.0))),
        lobes=float(rng.uniform(0.0, 0.045)),
        seed=int(rng.integers(2**31)),
    )


def _collides(myoma: Myoma, others: list[Myoma]) -> bool:
    for other in others:
        gap = float(np.linalg.norm(np.subtract(myoma.star.centre, other.star.centre)))
        if gap < (myoma.star.diameter_mm + other.star.diameter_mm) / 2 + 0.5:
            return True
    return False


def _overlaps(star: Star, in_the_way: Sequence[Star]) -> bool:
    points = star.surface(_PROBES)
    at = [points[:, axis].astype(np.float32) for axis in range(3)]
    return any(bool((other.distance(*at) < 0).any()) for other in in_the_way)


def _is_as_asked(myoma: Myoma, fields: UterineFields, lesions: list[Myoma], in_the_way: Sequence[Star]) -> bool:
    return figo_of(surroundings_of(myoma, fields, lesions, in_the_way)) is myoma.asked.figo


def surroundings_of(
    myoma: Myoma, fields: UterineFields, lesions: Sequence[Myoma], in_cavity: Sequence[Star] = ()
) -> Surroundings:
    """What points just outside the surface lie in, by the zones; what grows from the cavity counts as cavity."""
    centre = np.array(myoma.star.centre)
    points = myoma.star.surface(_PROBES)
    points = points + _PROBE_OFFSET_MM * (points - centre) / np.linalg.norm(points - centre, axis=1, keepdims=True)
    at = [points[:, axis].astype(np.float32) for axis in range(3)]
    zones = fields.at(*at)
    counted = np.ones(len(points), dtype=bool)
    for other in lesions:
        if other is not myoma:
            counted &= other.star.distance(*at) > 0
            if other.stalk is not None:
                counted &= other.stalk.distance(*at) > 0
    in_stalk = myoma.stalk.distance(*at) < 0 if myoma.stalk is not None else np.zeros(len(points), dtype=bool)
    cavity = zones.endometrium < 0
    for growth in in_cavity:
        cavity |= growth.distance(*at) < 0
    cavity &= ~in_stalk
    wall = ((zones.serosa < 0) & ~cavity) | in_stalk
    cervical = counted & wall & (zones.s < fields.form.line.internal_os_s)
    in_cervix = int(cervical.sum()) > 0.5 * int((counted & wall).sum())
    return Surroundings.of_counts(cavity & counted, wall & counted, ~cavity & ~wall & counted, in_cervix)
