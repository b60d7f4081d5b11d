"""How to generate: everything of a request but the description and the mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from UterineSynthLib.errors import DescriptionError
from UterineSynthLib.records import record

MAX_COUNT = 100
MAX_GUIDANCE = 20.0
MAX_SEED = 2**31 - 1


@record("uterinesynth.panel_settings")
@dataclass(frozen=True)
class GenerationSettings:
    """Settings of the panel; they are saved with the scene.

    Attributes:
        model: name of the model bundle; None takes the default of the dimension.
        dimension: 3 for a volume, 2 for a slice.
        way: anatomy first makes a segmentation, then the image; direct goes by the description alone.
        guidance_scale: of classifier-free guidance, 1.0 is off; None takes the model's own.
        seed: first seed; None draws one each time.
        resample_mask: lay a mask of another grid on the model's.
    """

    model: str | None = None
    dimension: Literal[3, 2] = 3
    way: Literal["anatomy_first", "direct"] = "anatomy_first"
    quality: Literal["draft", "standard", "best"] = "standard"
    guidance_scale: float | None = None
    count: int = 1
    seed: int | None = None
    resample_mask: bool = False

    def __post_init__(self) -> None:
        for name, low, high in (("guidance_scale", 1.0, MAX_GUIDANCE), ("count", 1, MAX_COUNT), ("seed", 0, MAX_SEED)):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise DescriptionError(name, value, f"must lie between {low:g} and {high:g}")
