"""A little free fluid in the pouch of Douglas."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.phantom.implicit import (
    Difference,
    Ellipsoid,
    Grown,
    Region,
    Rough,
    Solid,
    Union,
    as_point,
    frame_along,
)
from UterineSynthLib.phantom.pose import UterusPose
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.structures import Structure

_SHARE_WITH_FLUID = 0.6


def build_free_fluid(pose: UterusPose, uterus: Region, rectum: Region, rng: np.random.Generator) -> list[Solid]:
    """A crescent between the back of the cervix and the rectum; none in four studies of ten."""
    amount, seed = float(rng.uniform(0.3, 1.0)), int(rng.integers(2**31))
    if rng.random() > _SHARE_WITH_FLUID:
        return []
    lowest, above = np.array(pose.external_os), np.array(pose.internal_os)
    centre = 0.6 * lowest + 0.4 * above + np.array([0.0, pose.cervix_radius_mm + 5.0, 2.0])
    radii = (12.0 + 10.0 * amount, 5.0 + 5.0 * amount, 8.0 + 9.0 * amount)
    pool = Rough(Ellipsoid(as_point(centre), radii, frame_along((0.0, 0.25, 1.0))), 0.8, 24.0, seed, 3)
    left_over = Difference(pool, Union((Grown(uterus, 1.0), rectum)), 2.0)
    return [Solid(left_over, Structure.FREE_FLUID, Tissue.FREE_FLUID, 1.5)]
