"""What is asked of a synthesizer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from UterineSynthLib.bundles.inference_config import Quality, Way
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.diffusion.names import SamplerName
from UterineSynthLib.errors import ContradictionError, InputError
from UterineSynthLib.records import record

MAX_COUNT = 100_000
MAX_SEED = 2**53 - 1
"""Largest whole number that every JSON reader keeps exactly."""
MAX_STEPS = 1000
MAX_GUIDANCE = 20.0


@record("uterinesynth.request")
@dataclass(frozen=True)
class GenerationRequest:
    """One request; equal requests to one bundle on one type of device give equal voxels.

    Attributes:
        description: what the volumes show; open fields are drawn anew for every volume.
        text: the description in words; it fills fields that ``description`` leaves open and goes to the text condition.
            Leiomyomas are taken from ``description`` if it has any.
        mask: path of a label map that takes the place of the shape model's.
        resample_mask: allow a mask on another grid to be resampled to the model's.
        model: bundle by folder or name; None takes the default of the dimension.
        way: anatomy first or direct; None takes the bundle's default.
        dimension: 3 for volumes, 2 for single slices.
        count: number of volumes; seed: of the whole request; volume n depends on (seed, n) alone.
        steps or quality: sampling steps, or a named number of them; not both.
        guidance_scale: classifier-free guidance, 1.0 is off.
        sampler: how the noise is carried to an image; eta: the share of fresh noise of the sampler ddim, 0 to 1.
    """

    description: UterusDescription = field(default_factory=UterusDescription)
    text: str | None = None
    mask: str | None = None
    resample_mask: bool = False
    model: str | None = None
    way: Way | None = None
    dimension: Literal[2, 3] = 3
    count: int = 1
    seed: int = 0
    steps: int | None = None
    quality: Quality | None = None
    guidance_scale: float | None = None
    sampler: SamplerName | None = None
    eta: float | None = None

    def __post_init__(self) -> None:
        _check_range("count", self.count, 1, MAX_COUNT)
        _check_range("seed", self.seed, 0, MAX_SEED)
        _check_range("steps", self.steps, 1, MAX_STEPS)
        _check_range("eta", self.eta, 0.0, 1.0)
        _check_range("guidance", self.guidance_scale, 0.0, MAX_GUIDANCE)
        if self.steps is not None and self.quality is not None:
            raise ContradictionError(
                f"steps {self.steps}", f"quality {self.quality}", "a quality is a number of steps; give one of them"
            )
        if self.mask is not None and self.way is Way.DIRECT:
            raise ContradictionError(
                "mask", "direct", "the direct way makes no use of a label map; leave one of them out"
            )

    def without_paths(self) -> GenerationRequest:
        """The same request with bare file names: folders of a hospital may tell whose scan a mask was drawn on."""
        mask = None if self.mask is None else Path(self.mask).name
        return replace(self, mask=mask, model=None if self.model is None else Path(self.model).name)


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise InputError(f"{name} = {value}: must lie between {low:g} and {high:.16g}")
