"""Stacks as they occur: fills the geometry and field strength that a description leaves open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.vocabulary import Plane

_FIELD_OF_VIEW_MM = (248.0, 400.0)
"""Range of the 300 UMD headers, as are 20 to 32 slices 4.4 to 7.5 mm apart."""
_MATRICES, _MATRIX_SHARES = (256, 320, 384, 512), (0.4, 0.3, 0.2, 0.1)


def complete_acquisition(asked: Acquisition, rng: np.random.Generator) -> Acquisition:
    """``asked`` with every open field filled; given fields stay as they are."""
    matrix = asked.matrix or int(rng.choice(_MATRICES, p=_MATRIX_SHARES))
    field_of_view_mm = float(np.clip(rng.normal(290, 35), *_FIELD_OF_VIEW_MM))
    strength = asked.field_strength_t or (3.0 if rng.random() < 0.5 else 1.5)
    thickness, spacing = asked.slice_thickness_mm, asked.slice_spacing_mm
    if thickness is None:
        thickness = round(min(float(rng.choice([3.0, 4.0, 5.0, 6.0], p=[0.1, 0.5, 0.3, 0.1])), spacing or 10.0), 2)
    if spacing is None:
        gap = thickness * float(rng.choice([0.1, 0.2, 0.25]))
        spacing = round(min(max(thickness + gap, thickness, 4.4 if thickness >= 3 else 0.0), 12.0), 2)
    return replace(
        asked,
        field_strength_t=strength,
        slice_thickness_mm=thickness,
        slice_spacing_mm=spacing,
        slice_count=asked.slice_count or int(rng.integers(20, 33)),
        in_plane_spacing_mm=asked.in_plane_spacing_mm or round(float(np.clip(field_of_view_mm / matrix, 0.3, 3.0)), 3),
        matrix=matrix,
        plane=asked.plane or Plane.SAGITTAL,
    )
