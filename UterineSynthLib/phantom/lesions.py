"""Lesions of a description, grown into the fields of a uterus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.phantom.adenomyosis import strew_glands
from UterineSynthLib.phantom.carcinoma import grow_carcinoma
from UterineSynthLib.phantom.implicit import Solid
from UterineSynthLib.phantom.landmarks import Landmarks, Point
from UterineSynthLib.phantom.leiomyoma_growth import grow_leiomyomas
from UterineSynthLib.phantom.nabothian_cysts import grow_nabothian_cysts
from UterineSynthLib.phantom.niche import grow_niche
from UterineSynthLib.phantom.polyp import grow_polyp
from UterineSynthLib.phantom.star import Star
from UterineSynthLib.phantom.uterine_fields import UterineFields


@dataclass(frozen=True)
class Lesion:
    """A lesion as it was grown: its kind, the solid that holds it, its centre and its intended diameter."""

    pathology: Pathology
    solid: Solid
    centre: Point
    diameter_mm: float


def grow_lesions(
    description: UterusDescription, fields: UterineFields, landmarks: Landmarks, rng: np.random.Generator
) -> tuple[list[Lesion], list[Solid]]:
    """Grow what a complete description asks for; ``fields`` is changed so that the wall gives way.

    Returns:
        The lesions with a diameter or depth of their own, and all solids in painting order.

    Raises:
        InputError: a lesion finds no place, or is too small for what it shall reach.
    """
    rngs = dict(zip(Pathology, rng.spawn(len(Pathology)), strict=True))
    groups: list[tuple[Pathology, list[Solid]]] = []
    if description.niche_depth_mm and description.niche_residual_mm:
        depth, residual = description.niche_depth_mm, description.niche_residual_mm
        groups.append((Pathology.CAESAREAN_NICHE, grow_niche(depth, residual, fields, rngs[Pathology.CAESAREAN_NICHE])))
    if description.polyp_diameter_mm:
        grown = grow_polyp(description.polyp_diameter_mm, fields, rngs[Pathology.ENDOMETRIAL_POLYP])
        groups.append((Pathology.ENDOMETRIAL_POLYP, grown))
    if description.carcinoma_diameter_mm and description.carcinoma_invasion:
        diameter, invasion = description.carcinoma_diameter_mm, description.carcinoma_invasion
        grown = grow_carcinoma(diameter, invasion, fields, rngs[Pathology.ENDOMETRIAL_CARCINOMA])
        groups.append((Pathology.ENDOMETRIAL_CARCINOMA, grown))
    if description.nabothian_cyst_count and description.nabothian_cyst_diameter_mm:
        count, diameter = description.nabothian_cyst_count, description.nabothian_cyst_diameter_mm
        grown = grow_nabothian_cysts(count, diameter, fields, rngs[Pathology.NABOTHIAN_CYSTS])
        groups.append((Pathology.NABOTHIAN_CYSTS, grown))
    in_the_way = [lesion.solid.region for kind, solids in groups for lesion in _lesions_of(kind, solids)]
    stars = [region for region in in_the_way if isinstance(region, Star)]
    myomas = grow_leiomyomas(description.leiomyomas, fields, landmarks, rngs[Pathology.LEIOMYOMA], stars)
    groups.extend((Pathology.LEIOMYOMA, myoma.solids) for myoma in myomas)
    glands: list[Solid] = []
    if description.adenomyosis_extent:
        glands = strew_glands(description.adenomyosis_extent, fields, rngs[Pathology.ADENOMYOSIS])
    lesions = [lesion for kind, solids in groups for lesion in _lesions_of(kind, solids)]
    return lesions, [*glands, *(solid for _, solids in groups for solid in solids)]


def _lesions_of(kind: Pathology, solids: list[Solid]) -> list[Lesion]:
    """The solids that are lesions themselves; the others are parts of them."""
    if kind is Pathology.CAESAREAN_NICHE:
        return []
    stars = [solid for solid in solids if isinstance(solid.region, Star)]
    whole = stars if kind is Pathology.NABOTHIAN_CYSTS else stars[:1]
    return [
        Lesion(kind, solid, solid.region.centre, solid.region.diameter_mm)
        for solid in whole
        if isinstance(solid.region, Star)
    ]
