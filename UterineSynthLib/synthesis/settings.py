"""How one request is sampled: its own wishes, then the bundle's defaults for its way."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.bundles.inference_config import InferenceConfig, Quality, Way, WayConfig
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.diffusion.names import SamplerName, check_eta
from UterineSynthLib.errors import InputError
from UterineSynthLib.synthesis.request import GenerationRequest


@dataclass(frozen=True)
class SamplingSettings:
    """What the sampler was told; ``eta`` is None where the sampler knows none."""

    way: Way
    steps: int
    sampler: SamplerName
    guidance_scale: float
    eta: float | None = None


def settings_of(request: GenerationRequest, inference: InferenceConfig, has_mask: bool) -> SamplingSettings:
    """Resolve the settings of a request.

    Raises:
        InputError: the bundle makes the other dimension, or takes no mask and anatomy first was asked for, or needs one
            and the direct way was asked for, or takes no description and gets one.
    """
    if request.dimension != inference.dimension:
        raise InputError(
            f"this model makes {inference.dimension}D images, the request is for {request.dimension}D; "
            f"choose a {request.dimension}D model"
        )
    way = Way.ANATOMY_FIRST if has_mask else request.way or inference.default_way
    if way is Way.ANATOMY_FIRST and not inference.denoiser.conditions.mask:
        raise InputError("this model takes no label map, so anatomy cannot come first; ask for the direct way")
    if way is Way.DIRECT and inference.needs_mask:
        raise InputError(
            "this model makes no image without a label map, so the direct way is closed; leave it out, and the label "
            "map is made from the description"
        )
    conditions = inference.denoiser.conditions
    is_unheard = request.text is not None or request.description != UterusDescription()
    if way is Way.DIRECT and is_unheard and not conditions.takes_description:
        raise InputError("this model takes no description; leave it out, it would change nothing")
    defaults = inference.way(way)
    sampler = request.sampler or defaults.sampler
    return SamplingSettings(
        way,
        request.steps or defaults.steps.of(request.quality or Quality.STANDARD),
        sampler,
        defaults.guidance_scale if request.guidance_scale is None else request.guidance_scale,
        _eta(request, defaults, sampler),
    )


def _eta(request: GenerationRequest, defaults: WayConfig, sampler: SamplerName) -> float | None:
    """The wish, else the bundle's; a bundle's eta belongs to its own sampler."""
    if request.eta is not None:
        check_eta(sampler, request.eta)
    if sampler != "ddim":
        return None
    return defaults.eta if request.eta is None else request.eta
