"""How the stack is acquired."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.description.limits import check_limits
from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.errors import ContradictionError, DescriptionError

FIELD_STRENGTHS_T = (1.5, 3.0)


@dataclass(frozen=True)
class Acquisition:
    """Geometry and field strength of a T2-weighted stack; every field may be left open (None).

    Attributes:
        field_strength_t: 1.5 or 3.0 tesla.
        slice_thickness_mm: excited slice; slice_spacing_mm: centre to centre, thickness plus gap.
        slice_count: number of slices.
        in_plane_spacing_mm: pixel size of the square pixel; matrix: rows and columns of the square image.
        plane: orientation of the slices.
    """

    field_strength_t: float | None = None
    slice_thickness_mm: float | None = None
    slice_spacing_mm: float | None = None
    slice_count: int | None = None
    in_plane_spacing_mm: float | None = None
    matrix: int | None = None
    plane: Plane | None = None

    def __post_init__(self) -> None:
        check_limits(self, "acquisition.")
        if self.field_strength_t not in (None, *FIELD_STRENGTHS_T):
            raise DescriptionError("acquisition.field_strength_t", self.field_strength_t, "must be 1.5 or 3 tesla")
        if self.slice_thickness_mm and self.slice_spacing_mm and self.slice_spacing_mm < self.slice_thickness_mm:
            raise ContradictionError(
                f"slice spacing {self.slice_spacing_mm:g} mm",
                f"slice thickness {self.slice_thickness_mm:g} mm",
                "slices would overlap; spacing is measured from centre to centre",
            )
