"""How the networks of a painter are run: launched operation by operation, or replayed as CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from UterineSynthLib.diffusion.guidance import ConditionalNetwork
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.sketch import Sketch, Sketcher
from UterineSynthLib.synthesis.device import ComputeDevice
from UterineSynthLib.synthesis.replay import Replayed

Predict = ConditionalNetwork[Condition]
Decode = Callable[[Tensor], Tensor]
SketchOf = Callable[[Tensor, Tensor, Tensor], Sketch]


@dataclass(frozen=True)
class Launches:
    """The networks of a painter, to call on tensors of their device.

    Attributes:
        predict: the denoiser with what it guesses; decode: final latents to a volume.
        sketch: of labels, greys and styles; None without a sketcher.
    """

    predict: Predict
    decode: Decode
    sketch: SketchOf | None


def launched(network: Predict, codec: LatentCodec, sketcher: Sketcher | None) -> Launches:
    """Operation by operation, under whatever autocast they are called."""
    return Launches(network, codec.decode, sketcher)


def replayed(network: Predict, codec: LatentCodec, sketcher: Sketcher | None, compute: ComputeDevice) -> Launches:
    """As CUDA graphs; the denoiser and the sketch in the device's precision."""
    return Launches(
        _replayed_predictions(network, compute),
        _replayed_decoding(codec.decode),
        None if sketcher is None else _replayed_sketches(sketcher, compute),
    )


def autocast_of(compute: ComputeDevice, keeps_weights: bool = True) -> AbstractContextManager[object]:
    """Matrix products in the precision of a device; weights that were cast once are kept as long as it lasts."""
    if compute.precision == "float32":
        return nullcontext()
    precision = getattr(torch, compute.precision)
    return torch.autocast(compute.device.type, dtype=precision, cache_enabled=keeps_weights)


def _replayed_predictions(network: Predict, compute: ComputeDevice) -> Predict:
    def predicted(x_t: Tensor, t: Tensor, *parts: Tensor) -> tuple[Tensor]:
        with _for_a_graph(compute):
            return (network(x_t, t, Condition.of_parts(parts)),)

    replay = Replayed(predicted)
    return lambda x_t, t, condition: replay(x_t, t, *condition.parts)[0]


def _replayed_decoding(decode: Decode) -> Decode:
    replay = Replayed(lambda latents: (decode(latents),))
    return lambda latents: replay(latents)[0]


def _replayed_sketches(sketcher: Sketcher, compute: ComputeDevice) -> SketchOf:
    def sketched(labels: Tensor, greys: Tensor, style: Tensor) -> Sketch:
        with _for_a_graph(compute):
            sketch: Sketch = sketcher(labels, greys, style)
            return sketch

    replay = Replayed(sketched)
    return lambda labels, greys, style: Sketch(*replay(labels, greys, style))


def _for_a_graph(compute: ComputeDevice) -> AbstractContextManager[object]:
    """A graph must not read weights that an autocast around it keeps only until it ends."""
    return autocast_of(compute, keeps_weights=False)
