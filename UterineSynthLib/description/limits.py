"""The range each number of a description may take, in one table.

Ranges are what the digital pelvis can build and a pelvic protocol can acquire, not norms of health.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from UterineSynthLib.errors import DescriptionError


@dataclass(frozen=True)
class Limit:
    """A closed range with its unit (empty for a count)."""

    low: float
    high: float
    unit: str

    def __str__(self) -> str:
        return f"must lie between {self.low:g} and {self.high:g} {self.unit}".rstrip()


LIMITS = {
    "diameter_mm": Limit(5.0, 150.0, "mm"),
    "junctional_zone_mm": Limit(1.5, 35.0, "mm"),
    "endometrium_mm": Limit(1.0, 30.0, "mm"),
    "nabothian_cyst_count": Limit(1, 12, ""),
    "nabothian_cyst_diameter_mm": Limit(2.0, 30.0, "mm"),
    "polyp_diameter_mm": Limit(4.0, 50.0, "mm"),
    "carcinoma_diameter_mm": Limit(6.0, 70.0, "mm"),
    "niche_depth_mm": Limit(2.0, 12.0, "mm"),
    "niche_residual_mm": Limit(1.0, 12.0, "mm"),
    "version_deg": Limit(-90.0, 100.0, "degrees"),
    "flexion_deg": Limit(-100.0, 110.0, "degrees"),
    "uterine_length_mm": Limit(35.0, 120.0, "mm"),
    "uterine_volume_ml": Limit(10.0, 300.0, "ml"),
    "field_strength_t": Limit(1.5, 3.0, "tesla"),
    "slice_thickness_mm": Limit(1.0, 10.0, "mm"),
    "slice_spacing_mm": Limit(1.0, 12.0, "mm"),
    "slice_count": Limit(1, 64, "slices"),
    "in_plane_spacing_mm": Limit(0.3, 3.0, "mm"),
    "matrix": Limit(64, 1152, "pixels"),
}
"""Limits by field name. Niche: indentation of at least 2 mm by consensus (Jordans et al. 2019)."""

WHOLE_NUMBERS = frozenset({"nabothian_cyst_count", "slice_count", "matrix"})


def check_limits(record: Any, prefix: str = "") -> None:
    """Check every limited field of a frozen dataclass; open fields (None) pass.

    Raises:
        DescriptionError: names the field, its value and the limit.
    """
    for name, limit in LIMITS.items():
        value = getattr(record, name, None)
        if value is None:
            continue
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
            raise DescriptionError(prefix + name, value, f"must be a number; it {limit}")
        if name in WHOLE_NUMBERS and not isinstance(value, int):
            raise DescriptionError(prefix + name, value, f"must be a whole number; it {limit}")
        if not limit.low <= value <= limit.high:
            raise DescriptionError(prefix + name, value, str(limit))
