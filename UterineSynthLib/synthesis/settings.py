"""How one request is sampled: its own wishes, then the bundle's defaults for its way."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.bundles.inference_config import InferenceConfig, Quality, SamplerName, Way
from UterineSynthLib.errors import InputError
from UterineSynthLib.synthesis.request import GenerationRequest


@dataclass(frozen=True)
class SamplingSettings:
    """What the sampler was told."""

    way: Way
    steps: int
    sampler: SamplerName
    guidance_scale: float


def settings_of(request: GenerationRequest, inference: InferenceConfig, has_mask: bool) -> SamplingSettings:
    """Resolve the settings of a request.

    Raises:
        InputError: the bundle makes the other dimension, or takes no mask and anatomy first was asked for.
    """
    if request.dimension != inference.dimension:
        raise InputError(
            f"this model makes {inference.dimension}D images, the request is for {request.dimension}D; "
            f"choose a {request.dimension}D model"
        )
    way = Way.ANATOMY_FIRST if has_mask else request.way or inference.default_way
    if way is Way.ANATOMY_FIRST and not inference.denoiser.conditions.mask:
        raise InputError("this model takes no label map, so anatomy cannot come first; ask for the direct way")
    defaults = inference.way(way)
    return SamplingSettings(
        way,
        request.steps or defaults.steps.of(request.quality or Quality.STANDARD),
        request.sampler or defaults.sampler,
        defaults.guidance_scale if request.guidance_scale is None else request.guidance_scale,
    )
