"""The vagina: a collapsed, dark-walled tube that ends in the fornices around the cervix."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.centre_line import anterior_of
from UterineSynthLib.phantom.implicit import (
    Axes,
    Ellipsoid,
    Rough,
    RoundedBox,
    Solid,
    Union,
    as_point,
)
from UterineSynthLib.phantom.landmarks import Landmarks, Point
from UterineSynthLib.phantom.pose import UterusPose
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_HALF_WIDTH_MM, _HALF_DEPTH_MM = 14.0, 4.6
_LUMEN_HALF_WIDTH_MM, _LUMEN_HALF_DEPTH_MM = 11.0, 0.8


def _front_of(axis: Point) -> npt.NDArray[np.float64]:
    """Unit vector at right angles to an axis of the mid-sagittal plane, towards the anterior wall."""
    return np.array([0.0, *anterior_of(axis[1:])])


def build_vagina(landmarks: Landmarks, pose: UterusPose, rng: np.random.Generator) -> list[Solid]:
    """Wall and lumen, to be painted before the uterus."""
    axis = landmarks.vagina_axis
    axes: Axes = ((1.0, 0.0, 0.0), as_point(_front_of(axis)), axis)
    start, stop = np.array(landmarks.introitus), np.array(landmarks.external_os)
    middle, half = as_point((start + stop) / 2), float(np.linalg.norm(stop - start)) / 2 + 3.0
    seed = int(rng.integers(2**31))
    vault = as_point(stop + 3.0 * np.array(pose.cervix_axis))
    radius = pose.cervix_radius_mm
    cervix_axes: Axes = ((1.0, 0.0, 0.0), as_point(_front_of(pose.cervix_axis)), pose.cervix_axis)

    def tube(width_mm: float, depth_mm: float, length_mm: float, vault_mm: float) -> Rough:
        box = RoundedBox(middle, (width_mm, depth_mm, length_mm), axes, min(depth_mm, 4.0) * 0.95)
        dome = Ellipsoid(vault, (radius + vault_mm + 1.0, radius + vault_mm, 9.0 + vault_mm), cervix_axes)
        return Rough(Union((box, dome), 5.0 if vault_mm > 1 else 0.5), 0.6, 22.0, seed)

    return [
        Solid(tube(_HALF_WIDTH_MM, _HALF_DEPTH_MM, half, 4.0), Structure.VAGINA, Tissue.VAGINAL_WALL, 1.5),
        Solid(
            tube(_LUMEN_HALF_WIDTH_MM, _LUMEN_HALF_DEPTH_MM, half - 2.0, 0.8),
            Structure.VAGINAL_MUCOSA,
            Tissue.VAGINAL_MUCOSA,
            1.0,
        ),
    ]
