"""The uterus of a complete description with its lesions: the part of the pelvis that can turn out impossible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.phantom.implicit import Solid
from UterineSynthLib.phantom.landmarks import Landmarks, draw_landmarks
from UterineSynthLib.phantom.lesions import Lesion, grow_lesions
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.phantom.uterus import uterine_form


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
    landmark_rng, form_rng, lesion_rng = np.random.default_rng([seed, 2]).spawn(3)
    landmarks = draw_landmarks(landmark_rng)
    fields = UterineFields(uterine_form(description, landmarks, form_rng))
    lesions, solids = grow_lesions(description, fields, lesion_rng)
    return GrownUterus(landmarks, fields, tuple(lesions), tuple(solids))
