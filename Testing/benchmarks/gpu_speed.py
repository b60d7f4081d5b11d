"""Our shipped 3D model on a GPU: the stages of one volume, what CUDA graphs gain, and batches.

Every figure is printed as soon as it is known: what fails later takes nothing back. ``peers.py`` runs it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from measuring import Cost, Wanted, peak_gib, seconds_of, shown
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from UterineSynthLib.bundles.catalogue import default_bundle
from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.diffusion.denoiser import Denoiser
from UterineSynthLib.diffusion.guidance import GuidedNetwork
from UterineSynthLib.diffusion.samplers import Sampler, sample, solver_of, time_grid
from UterineSynthLib.networks.assemble import null_of
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.synthesis.asked import asked_of
from UterineSynthLib.synthesis.device import choose_device
from UterineSynthLib.synthesis.painter import Painter
from UterineSynthLib.synthesis.progress import Stage
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.settings import SamplingSettings, settings_of
from UterineSynthLib.volumes.partial_volume import PartialVolume
from UterineSynthLib.volumes.structures import STRUCTURE_COUNT, without_parts

_SLICES_AT_ONCE = 8
_STREAM = (0, 0)
_WARM_UP, _ANATOMIES, _PRODUCTS = 5, 3, 10
_SIDE = 8192

T = TypeVar("T")


@dataclass(frozen=True)
class Study:
    """A label map ``[D, H, W]``, the description of what it shows, and its partial volume for a model that takes it."""

    labels: npt.NDArray[np.uint8]
    description: UterusDescription
    partial: PartialVolume | None = None


@dataclass(frozen=True)
class Stages:
    """Seconds of one volume on its way from a label map to voxels in the memory of the host.

    Attributes:
        condition_s: tones, style, sketch and tokens; sketch_s: of that, the sketch, painted greys and all.
        denoising_s: all steps, the noise of the host too; decoding_s: in the precision of the painter.
        image_s: everything, measured in one piece.
    """

    condition_s: float
    sketch_s: float
    denoising_s: float
    decoding_s: float
    image_s: float

    def __str__(self) -> str:
        return (
            f"condition {shown(self.condition_s)} (sketch {shown(self.sketch_s)}), "
            f"denoising {shown(self.denoising_s)}, "
            f"decoding {shown(self.decoding_s)}"
        )


def ours_from_labels(wanted: Wanted) -> Cost:
    """Print all figures of our model; the cost of an image from a label map, its anatomy not counted."""
    bundle = wanted.of_bundle(default_bundle(3))
    compute = choose_device(wanted.device)
    painter, launching = (Painter.of_bundle(bundle, compute, replays=replays) for replays in (True, False))
    settings = settings_of(GenerationRequest(), bundle.inference, has_mask=False)
    grid = bundle.inference.grid
    _say(f"{grid}, {settings.steps} steps of {settings.sampler}")
    study = _tried(
        "the anatomy, with random labels in its place", lambda: drawn(grid, wanted.runs, painter)
    ) or scribbled(grid)
    stages = stages_of(painter, study, settings, wanted.runs)
    peak = peak_gib(wanted.device)
    _say(f"image from a label map {shown(stages.image_s)}: {stages}")
    launched = _tried("operation by operation", lambda: stages_of(launching, study, settings, wanted.runs))
    if launched is not None:
        _say(f"the same launched operation by operation {shown(launched.image_s)}: {launched}")
    condition = painter.condition(study.description, None, study.labels, _STREAM, study.partial)
    _tried("batches", lambda: report_batches(painter, launching, condition, settings, wanted))
    step_s = stages.denoising_s / settings.steps
    parts = f"{shown(step_s)} a step, {shown(stages.decoding_s)} to decode, from a label map to the host"
    return Cost("UterineSynth, shipped 3D model", bundle.weight_count, settings.steps, parts, stages.image_s, peak)


def drawn(grid: ModelGrid, runs: int, painter: Painter) -> Study:
    """An anatomy of the shape model; prints the seconds that one takes on the CPU."""
    import SimpleITK as sitk

    from UterineSynthLib.synthesis.anatomy import anatomy_of

    asked, runs = asked_of(GenerationRequest(), grid).description, min(runs, _ANATOMIES)
    seeds = iter(range(runs + 1))
    told = painter.takes_partial_volume, painter.takes_texture
    seconds = seconds_of(lambda: anatomy_of(asked, grid, next(seeds), 0, *told), runs)
    _say(f"anatomy on the CPU, one volume: {shown(seconds)}")
    image, partial, whole = anatomy_of(asked, grid, *_STREAM, *told)
    return Study(sitk.GetArrayFromImage(image), whole, partial)


def scribbled(grid: ModelGrid) -> Study:
    """Random labels, which cost a network as much as an anatomy does."""
    labels = np.random.default_rng(0).integers(0, STRUCTURE_COUNT, grid.shape, dtype=np.uint8)
    return Study(labels, asked_of(GenerationRequest(), grid).description)


@torch.inference_mode()
def stages_of(painter: Painter, study: Study, settings: SamplingSettings, runs: int) -> Stages:
    """Time what the painter does with a label map, piece by piece and as a whole."""

    def conditioned() -> Condition:
        return painter.condition(study.description, None, study.labels, _STREAM, study.partial)

    known = without_parts(study.labels, painter._inference.denoiser.conditions.mask_labels)

    def decoded() -> Tensor:
        return painter._decoded(latents, _silent, _never)

    condition = conditioned()
    latents = painter._latents(condition, settings, _STREAM, _silent, _never)
    return Stages(
        condition_s=seconds_of(conditioned, runs),
        sketch_s=seconds_of(lambda: painter._tone(known, None, None, study.partial), runs),
        denoising_s=seconds_of(lambda: painter._latents(condition, settings, _STREAM, _silent, _never), runs),
        decoding_s=seconds_of(decoded, runs),
        image_s=seconds_of(lambda: painter.paint(conditioned(), settings, *_STREAM, _silent, _never), runs),
    )


def report_batches(
    painter: Painter, launching: Painter, condition: Condition, settings: SamplingSettings, wanted: Wanted
) -> None:
    """Print how fast batches are made, and at which share of what matrix products reach.

    ``launching`` has no CUDA graphs: nothing can be counted in a graph.
    """
    flops = flops_of_volume(launching, condition, settings)
    _say(f"a volume takes {flops[0] / 1e12:.3g} TFLOP to denoise, {flops[1] / 1e12:.3g} to decode")
    ceiling = product_flops_per_s(wanted.device)
    _say(f"a product of bfloat16 matrices, {_SIDE} x {_SIDE}: {ceiling / 1e12:.3g} TFLOP/s")
    for count in wanted.batches:
        measured = partial(seconds_of_batch, painter, condition, count, settings, wanted.runs)
        if (seconds := _tried(f"a batch of {count}", measured)) is not None:
            _say(_batch_line(count, flops, seconds, ceiling))


def _batch_line(count: int, flops: tuple[int, int], seconds: tuple[float, float], ceiling: float) -> str:
    """``flops`` of a volume and ``seconds`` of the batch, to denoise and to decode; ``ceiling`` in FLOP/s."""
    parts = []
    for what, each, taken_s in zip(("all", "denoising", "decoding"), _summed(flops), _summed(seconds), strict=True):
        reached = count * each / taken_s
        parts.append(f"{what} {shown(taken_s)} at {reached / 1e12:.3g} TFLOP/s, {reached / ceiling:.1%} of the product")
    return f"{count} at once, in bfloat16: {count / sum(seconds):.3g} volumes/s; " + "; ".join(parts)


def _summed(two: tuple[float, float]) -> tuple[float, float, float]:
    return sum(two), *two


def flops_of_volume(painter: Painter, condition: Condition, settings: SamplingSettings) -> tuple[int, int]:
    """Floating-point operations of products and convolutions, to denoise a volume and to decode it."""
    noise = noise_of(painter, 1)
    with _bfloat16(noise):
        step = _counted(step_of(painter, condition, noise))
        return settings.steps * step, _counted(lambda: decoded(painter, noise))


@torch.inference_mode()
def seconds_of_batch(
    painter: Painter, condition: Condition, count: int, settings: SamplingSettings, runs: int
) -> tuple[float, float]:
    """Seconds to denoise ``count`` volumes at once, and to decode some slices of all of them at a time."""
    noise = noise_of(painter, count)
    denoiser = denoiser_of(painter, Condition.stacked([condition] * count))
    times = time_grid(settings.steps, painter._inference.time_shift)
    solver = Sampler(settings.sampler)
    with _bfloat16(noise):
        denoising_s = seconds_of(
            lambda: sample(denoiser, noise, painter._process.schedule, times, solver_of(solver)), runs
        )
        return denoising_s, seconds_of(lambda: decoded(painter, noise), runs)


def product_flops_per_s(device: str, side: int = _SIDE) -> float:
    """What a product of two square matrices of bfloat16 reaches, in floating-point operations a second."""
    first, second = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    for _ in range(_WARM_UP):
        first @ second
    return 2 * side**3 / seconds_of(lambda: first @ second, _PRODUCTS)


def denoiser_of(painter: Painter, condition: Condition) -> Denoiser:
    """The painter's denoiser for a batch of conditions, without guidance."""
    guided = GuidedNetwork(painter._run.predict, condition, null_of(condition))
    return painter._process.denoiser(guided)


def step_of(painter: Painter, condition: Condition, noise: Tensor) -> Callable[[], object]:
    """One estimate of the denoiser, half way, to call."""
    denoiser, t = denoiser_of(painter, condition), torch.full((len(noise),), 0.5, device=noise.device)
    return lambda: denoiser(noise, t)


def noise_of(painter: Painter, count: int) -> Tensor:
    """What ``count`` volumes begin as, on the painter's device."""
    return torch.randn(count, *painter._latent_shape, device=painter._compute.device)


def decoded(painter: Painter, latents: Tensor) -> list[Tensor]:
    """Volumes of latents, some slices of all of them at a time; they stay on the device."""
    return [painter._run.decode(piece) for piece in torch.split(latents, _SLICES_AT_ONCE, dim=2)]


def _counted(work: Callable[[], object]) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def _bfloat16(like: Tensor) -> torch.autocast:
    return torch.autocast(like.device.type, torch.bfloat16)


def _tried(what: str, work: Callable[[], T]) -> T | None:
    """The result of work; None, and a line that says why, where it failed."""
    try:
        return work()
    except Exception as error:
        traceback.print_exc(limit=-6)
        _say(f"{what}: failed ({type(error).__name__}: {error})")
        return None


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _silent(stage: Stage, step: int, steps: int) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False
