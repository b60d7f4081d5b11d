"""One image under the judge: what was asked, what was read, and how the two overlap."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from UterineSynthLib.evaluation.reading import Reading
from UterineSynthLib.records import record


class Origin(StrEnum):
    """Where a judged image comes from.

    A phantom of the case's description; a reference phantom of another description; a model's image by one of its
    ways; several images of one description, by the model and by the phantom.
    """

    PHANTOM = "phantom"
    REFERENCE = "reference"
    ANATOMY_FIRST = "anatomy_first"
    MASK = "mask"
    TEXT = "text"
    DIRECT = "direct"
    SAMPLE = "sample"
    PHANTOM_SAMPLE = "phantom_sample"


WAYS = (Origin.ANATOMY_FIRST, Origin.MASK, Origin.TEXT, Origin.DIRECT)
"""The ways in which a model makes an image of a case."""
PHANTOMS = (Origin.PHANTOM, Origin.REFERENCE, Origin.PHANTOM_SAMPLE)
"""What no model takes part in."""


@record("uterinesynth.judged_image")
@dataclass(frozen=True)
class JudgedImage:
    """What the judge makes of one image.

    Attributes:
        case: seed of the case's description; origin: where the image comes from.
        asked, read: None where the image could not be made; ``refused`` says why.
        dice: of the label map that was asked for and the judge's, by structure; empty where there was none.
        likeness: PSNR and SSIM of a phantom and what the model's autoencoder makes of it.
        seconds: spent on making and judging it.
    """

    case: int
    origin: Origin
    asked: Reading | None = None
    read: Reading | None = None
    dice: dict[str, float] = field(default_factory=dict)
    likeness: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    refused: str | None = None
