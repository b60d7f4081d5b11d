"""Version and flexion of a uterus, from a label map.

The axes are those of :mod:`UterineSynthLib.description.position`. Their ends are read from what a label map shows of
them: the caudal end of the vagina, both ends of the cervical canal, the far end of the cavity. The cavity ends below
the serosa and the vagina may be cut by the field of view, so raw angles lean by a constant share; the corrections are
least squares fits over the label maps of 60 phantoms (what was asked for against what was read: r = 0.997 and 0.978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.evaluation.midline import CAVITY, CERVIX, Labels, Points, Spacing, ends_of, points_of
from UterineSynthLib.volumes.structures import Structure

_LEAST_POINTS = 12
_VERSION_FIT, _FLEXION_FIT = (0.842, 1.6), (0.974, 1.5)
_LOWEST_SHARE = 12.0


@dataclass(frozen=True)
class Posture:
    """Angles in degrees, positive to the front."""

    version_deg: float
    flexion_deg: float


def posture_of(labels: Labels, spacing_mm: Spacing) -> Posture | None:
    """Read a label map ``[D, H, W]``; None where cervix, vagina or cavity is not to be seen."""
    vagina = points_of(labels, [Structure.VAGINA], spacing_mm)
    cavity = points_of(labels, CAVITY, spacing_mm)
    cervix = points_of(labels, [Structure.CERVICAL_CANAL], spacing_mm)
    if len(cervix) < _LEAST_POINTS:
        cervix = points_of(labels, CERVIX, spacing_mm)
    if min(len(vagina), len(cavity), len(cervix)) < _LEAST_POINTS:
        return None
    external_os, internal_os = ends_of(cervix, vagina.mean(axis=0))
    lowest = vagina[vagina[:, 1] <= np.percentile(vagina[:, 1], _LOWEST_SHARE)].mean(axis=0)
    far = np.linalg.norm(cavity - internal_os, axis=1)
    top = cavity[far >= np.percentile(far, 95)].mean(axis=0)
    version = _corrected(turn_deg(external_os - lowest, internal_os - external_os), _VERSION_FIT)
    flexion = _corrected(turn_deg(internal_os - external_os, top - internal_os), _FLEXION_FIT)
    return Posture(version, flexion)


def turn_deg(first: Points, second: Points) -> float:
    """Signed angle from one axis (y, z) to another, positive towards the front."""
    cross = float(first[0] * second[1] - first[1] * second[0])
    return float(np.degrees(np.arctan2(cross, float(first @ second))))


def _corrected(raw_deg: float, fit: tuple[float, float]) -> float:
    return round(fit[0] * raw_deg + fit[1], 1)
