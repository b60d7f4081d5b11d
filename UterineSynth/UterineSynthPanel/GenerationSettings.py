"""How to generate: everything of a request but the description and the mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from UterineSynthLib.errors import DescriptionError
from UterineSynthLib.records import record

MAX_COUNT = 100
MAX_GUIDANCE = 10.0
MAX_SEED = 2**31 - 1


@record("uterinesynth.panel_settings")
@dataclass(frozen=True)
class GenerationSettings:
    """Settings of the panel; they are saved with the scene.

    Attributes:
        bundle: name of the model bundle; None takes the default.
        dimension: 3 for a volume, 2 for a slice.
        way: anatomy first makes a segmentation, then the image; direct goes by the description alone.
        guidance: classifier-free guidance scale, 1.0 is off.
        seed: first seed; None draws one each time.
    """

    bundle: str | None = None
    dimension: Literal[3, 2] = 3
    way: Literal["anatomy_first", "direct"] = "anatomy_first"
    quality: Literal["draft", "standard", "best"] = "standard"
    guidance: float = 1.0
    count: int = 1
    seed: int | None = None

    def __post_init__(self) -> None:
        for name, low, high in (("guidance", 1.0, MAX_GUIDANCE), ("count", 1, MAX_COUNT), ("seed", 0, MAX_SEED)):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise DescriptionError(name, value, f"must lie between {low:g} and {high:g}")
