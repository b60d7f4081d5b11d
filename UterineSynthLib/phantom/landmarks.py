"""The body frame of the phantom: where the fixed points of the pelvis lie, in LPS millimetres.

The origin is the middle of the pelvic cavity in the mid-sagittal plane; x to the left, y to the back, z to the head.
Nominal positions are those of a supine adult pelvis with an anteroposterior inlet of about 115 mm and a symphysis of
about 38 mm; a study varies them by one scale and a few millimetres of independent jitter.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

Point = tuple[float, float, float]

_SCALE_SD = 0.05
_JITTER_SD_MM = 2.0


@dataclass(frozen=True)
class Landmarks:
    """Fixed points of one pelvis, LPS mm."""

    symphysis_top: Point = (0.0, -70.0, -28.0)
    symphysis_bottom: Point = (0.0, -52.0, -61.0)
    promontory: Point = (0.0, 42.0, 58.0)
    sacrum_middle: Point = (0.0, 84.0, 6.0)
    coccyx_tip: Point = (0.0, 62.0, -58.0)
    introitus: Point = (0.0, -20.0, -96.0)
    external_os: Point = (0.0, 22.0, -34.0)
    anal_verge: Point = (0.0, 22.0, -114.0)
    bladder_neck: Point = (0.0, -27.0, -57.0)
    umbilicus: Point = (0.0, -112.0, 100.0)
    """Skin level; the abdominal wall runs from here to above the symphysis."""

    @property
    def vagina_axis(self) -> Point:
        """Unit vector from the introitus to the external os."""
        axis = np.subtract(self.external_os, self.introitus)
        axis = axis / np.linalg.norm(axis)
        return float(axis[0]), float(axis[1]), float(axis[2])


def draw_landmarks(rng: np.random.Generator) -> Landmarks:
    """Landmarks of one pelvis: one scale for all, independent jitter within the mid-sagittal plane."""
    scale = 1.0 + _SCALE_SD * float(np.clip(rng.standard_normal(), -2, 2))
    moved: dict[str, Point] = {}
    for item in fields(Landmarks):
        nominal = getattr(Landmarks, item.name)
        jitter = _JITTER_SD_MM * np.clip(rng.standard_normal(2), -2, 2)
        moved[item.name] = (0.0, nominal[1] * scale + float(jitter[0]), nominal[2] * scale + float(jitter[1]))
    return Landmarks(**moved)
