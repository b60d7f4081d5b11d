"""The uterus of a complete description with its lesions: the part of the pelvis that can turn out impossible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.phantom.implicit import Solid
from UterineSynthLib.phantom.landmarks import Landmarks, draw_landmarks
from UterineSynthLib.phantom.lesions import Lesion, grow_lesions
from UterineSynthLib.phantom.settling import Ball, settled
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.phantom.uterus import uterine_form

_SETTLING_PASSES = 2
"""The vagina axis turns with the external os, and the uterus with it: settle, grow again, settle again."""


@dataclass(frozen=True)
class GrownUterus:
    """A uterus in its pelvis.

    Attributes:
        landmarks: fixed points of the pelvis.
        fields: its zones, as its lesions changed them.
        lesions: what was grown; lesion_solids: all their parts in painting order.
    """

    landmarks: Landmarks
    fields: UterineFields
    lesions: tuple[Lesion, ...]
    lesion_solids: tuple[Solid, ...]


def grow_uterus(description: UterusDescription, seed: int) -> GrownUterus:
    """Build the uterus of a complete description; the same seed gives the same one.

    Raises:
        InputError: what is asked for cannot be built; the message says why.
    """
    landmarks = draw_landmarks(np.random.default_rng([seed, 2]).spawn(1)[0])
    grown = _grow_at(landmarks, description, seed)
    for _ in range(_SETTLING_PASSES):
        landmarks = settled(grown.landmarks, _balls(grown))
        if landmarks is grown.landmarks:
            break
        grown = _grow_at(landmarks, description, seed)
    return grown


def _grow_at(landmarks: Landmarks, description: UterusDescription, seed: int) -> GrownUterus:
    """The uterus in a pelvis with these landmarks."""
    _, form_rng, lesion_rng = np.random.default_rng([seed, 2]).spawn(3)
    fields = UterineFields(uterine_form(description, landmarks, form_rng))
    lesions, solids = grow_lesions(description, fields, landmarks, lesion_rng)
    return GrownUterus(landmarks, fields, tuple(lesions), tuple(solids))


def _balls(grown: GrownUterus) -> list[Ball]:
    """The corpus and its leiomyomas as balls."""
    form, line = grown.fields.form, grown.fields.form.line
    corpus_mm = line.length_mm - line.internal_os_s
    balls: list[Ball] = [
        (line.point(line.internal_os_s + share * corpus_mm), width * form.corpus_across_mm)
        for share, width in ((0.3, 0.85), (0.55, 1.0), (0.8, 0.75))
    ]
    tumours = (lesion for lesion in grown.lesions if lesion.pathology is Pathology.LEIOMYOMA)
    return [*balls, *((lesion.centre, lesion.diameter_mm / 2) for lesion in tumours)]
