"""What each measure against slowness gains, and how cost grows with slices, matrix and batch, on this machine's CPU.

The networks are those of the shipped 3D model with random weights, since cost does not depend on weights; each line is
measured in a process of its own, as the median of some runs after one to warm up.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from measuring import seconds_of

if TYPE_CHECKING:
    from torch import Tensor

_SHAPE = (32, 128, 128)


def _asked(convolutions: str, is_kept: bool, shape: tuple[int, int, int], batch: int) -> Callable[[], Tensor]:
    """One evaluation of the denoiser on a batch of volumes of ``shape``, to call."""
    import torch

    from UterineSynthLib.bundles.catalogue import default_bundle
    from UterineSynthLib.heap import keep_freed_memory
    from UterineSynthLib.networks.assemble import condition_of
    from UterineSynthLib.networks.condition import Condition
    from UterineSynthLib.networks.denoiser import ConditionedUNet

    if is_kept:
        keep_freed_memory()
    config = replace(default_bundle(3).inference.denoiser, convolutions=convolutions)
    network = ConditionedUNet(config).eval()
    slices, rows, columns = shape
    latents = (config.latent_channels, slices, rows // config.mask_reduction, columns // config.mask_reduction)
    one = condition_of(config.conditions, shape, (4.4, 1.25, 1.25), tone=torch.zeros(1, *latents))
    condition, x_t, t = Condition.stacked([one] * batch), torch.randn(batch, *latents), torch.full((batch,), 0.5)
    return lambda: network(x_t, t, condition)


def denoising(runs: int, convolutions: str, is_kept: bool, shape: tuple[int, int, int], batch: int) -> float:
    """Seconds of one evaluation of the denoiser on a batch of volumes of ``shape``."""
    import torch

    from UterineSynthLib.networks.precision import autocast_of

    with torch.inference_mode(), autocast_of(torch.device("cpu")):
        return seconds_of(_asked(convolutions, is_kept, shape, batch), runs)


def training(runs: int, convolutions: str) -> float:
    """Seconds of a training step of the denoiser, forward and back, on three stacks of eight slices."""
    asked = _asked(convolutions, True, (8, *_SHAPE[1:]), 3)
    return seconds_of(lambda: asked().square().mean().backward(), runs)


def decoding(runs: int, is_kept: bool, shape: tuple[int, int, int]) -> float:
    """Seconds of decoding a volume of ``shape``, eight slices at a time as the program does."""
    import torch

    from UterineSynthLib.bundles.catalogue import default_bundle
    from UterineSynthLib.heap import keep_freed_memory

    if is_kept:
        keep_freed_memory()
    codec = default_bundle(3).load_codec()
    latents = torch.randn(1, *codec.latent_shape(shape))
    with torch.inference_mode():
        return seconds_of(lambda: [codec.decode(part) for part in torch.split(latents, 8, dim=2)], runs)


def toning(runs: int, is_sketched: bool) -> float:
    """Seconds of the tone of a label map: encoded in one grey a structure, or painted by the model's sketch."""
    import numpy as np
    import torch

    from UterineSynthLib.bundles.catalogue import default_bundle
    from UterineSynthLib.heap import keep_freed_memory
    from UterineSynthLib.networks.sketch import Sketcher

    keep_freed_memory()
    bundle = default_bundle(3)
    layout = bundle.inference.denoiser
    assert layout.sketch is not None, "the shipped model has one"
    codec, sketcher = bundle.load_codec(), Sketcher(layout.sketch, layout).eval()
    labels = np.random.default_rng(0).integers(0, 26, _SHAPE).astype(np.uint8)
    with torch.inference_mode():
        return seconds_of(lambda: sketcher.sketch(labels).mean if is_sketched else codec.tone_of(labels), runs)


def alone(work: Callable[..., float], *arguments: object) -> float:
    """The result of ``work`` in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def main() -> None:
    """Print both tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    trained_full, trained = alone(training, runs, "full"), alone(training, runs, "factorised")
    full = alone(denoising, runs, "full", False, _SHAPE, 1)
    planes = alone(denoising, runs, "factorised", False, _SHAPE, 1)
    kept = alone(denoising, runs, "factorised", True, _SHAPE, 1)
    decoder, decoder_kept = alone(decoding, runs, False, _SHAPE), alone(decoding, runs, True, _SHAPE)
    print("| measure | before, s | after, s | gain |\n|---|---|---|---|")
    for name, before, after in (
        ("convolutions of the plane and mixed slices for 3D ones, a denoising step", full, planes),
        ("the same, a training step of 3 x 8 slices", trained_full, trained),
        ("freed memory kept, a denoising step", planes, kept),
        ("freed memory kept, decoding", decoder, decoder_kept),
        ("a label map sketched for one encoded in greys", alone(toning, runs, False), alone(toning, runs, True)),
        ("2 steps for 30 (with decoding)", 30 * kept + decoder_kept, 2 * kept + decoder_kept),
    ):
        print(f"| {name} | {before:.2f} | {after:.2f} | {before / after:.1f} x |")
    print("\n| slices x rows x columns | batch | a denoising step, s | against 32 x 128 x 128 |\n|---|---|---|---|")
    for shape, batch in (
        ((8, 128, 128), 1),
        ((16, 128, 128), 1),
        (_SHAPE, 2),
        ((64, 128, 128), 1),
        ((32, 256, 256), 1),
    ):
        seconds = alone(denoising, runs, "factorised", True, shape, batch)
        print(f"| {shape[0]} x {shape[1]} x {shape[2]} | {batch} | {seconds:.2f} | {seconds / kept:.2f} x |")


if __name__ == "__main__":
    main()
