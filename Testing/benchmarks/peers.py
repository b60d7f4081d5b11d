"""Seconds and memory of one volume: our shipped model beside the networks of its peers, in one run, on a CPU or a GPU.

The peers' networks are built from their published settings with random weights, since cost does not depend on weights.
One denoising step is timed and multiplied by the published number of steps; their own anatomy, text or file work is
not counted. On a CPU everything is float32 as published, and of ours all is counted, its anatomy too. On a GPU the
networks run in bfloat16, and ours is counted from a label map to voxels in the memory of the host, its anatomy beside;
what a peer would take as CUDA graphs, as ours does, is said beside what it takes as published.
Every system runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING

from measuring import Cost, Wanted, peak_gib, seconds_of, shown

if TYPE_CHECKING:
    from torch import Tensor

_MAISI_CHANNELS, _LDM_CHANNELS = 4, 3
_OURS = "UterineSynth, shipped 3D model"
_HALVED = 32
"""What the networks divide a matrix by, in all."""
SYSTEMS = ("ours", "maisi", "maisi-guided", "monai-ldm")


def maisi(wanted: Wanted, *, is_guided: bool) -> Cost:
    """NVIDIA MAISI v2: rectified flow of 30 steps (NV-Generate-CTMR, config_network_rflow.json).

    Its norms stay float32, since those in float16 that it publishes cannot run beside bfloat16. It keeps freed memory
    instead of handing it back at every layer, which at these sizes would only cost time.
    """
    import torch
    from monai.apps.generation.maisi.networks.autoencoderkl_maisi import AutoencoderKlMaisi
    from monai.apps.generation.maisi.networks.diffusion_model_unet_maisi import DiffusionModelUNetMaisi

    with torch.device(wanted.device):
        unet = DiffusionModelUNetMaisi(
            spatial_dims=3,
            in_channels=_MAISI_CHANNELS,
            out_channels=_MAISI_CHANNELS,
            num_channels=[64, 128, 256, 512],
            attention_levels=[False, False, True, True],
            num_head_channels=[0, 0, 32, 32],
            num_res_blocks=2,
            resblock_updown=True,
            include_fc=True,
            use_flash_attention=torch.cuda.is_available(),
            include_spacing_input=True,
            num_class_embeds=128,
        ).eval()
        autoencoder = AutoencoderKlMaisi(
            spatial_dims=3,
            in_channels=1,
            out_channels=1,
            latent_channels=_MAISI_CHANNELS,
            num_channels=[64, 128, 256],
            num_res_blocks=[2, 2, 2],
            attention_levels=[False, False, False],
            num_splits=8,
            dim_split=1,
            save_mem=False,
        ).eval()
        batch = 2 if is_guided else 1
        t, spacing = torch.full((batch,), 500.0), torch.ones(batch, 3)
        classes = torch.zeros(batch, dtype=torch.long)
    latents = wanted.latents(batch, _MAISI_CHANNELS)
    name = f"MAISI v2, {'with' if is_guided else 'without'} guidance"
    return _cost(
        name,
        30,
        unet,
        wanted,
        latents,
        lambda noise: unet(noise, timesteps=t, spacing_tensor=spacing, class_labels=classes),
        lambda clean: autoencoder.decode_stage_2_outputs(clean[:1]),
    )


def monai_ldm(wanted: Wanted) -> Cost:
    """The 3D latent diffusion notebook of MONAI's tutorials: 1000 steps."""
    import torch
    from monai.networks.nets import AutoencoderKL, DiffusionModelUNet

    with torch.device(wanted.device):
        unet = DiffusionModelUNet(
            spatial_dims=3,
            in_channels=_LDM_CHANNELS,
            out_channels=_LDM_CHANNELS,
            num_res_blocks=1,
            channels=(32, 64, 64),
            attention_levels=(False, True, True),
            num_head_channels=(0, 64, 64),
            norm_num_groups=32,
        ).eval()
        autoencoder = AutoencoderKL(
            spatial_dims=3,
            in_channels=1,
            out_channels=1,
            channels=(32, 64, 64),
            latent_channels=_LDM_CHANNELS,
            num_res_blocks=1,
            norm_num_groups=16,
            attention_levels=(False, False, True),
        ).eval()
        t = torch.full((1,), 500.0)
    latents = wanted.latents(1, _LDM_CHANNELS)
    return _cost(
        "MONAI tutorial 3D LDM",
        1000,
        unet,
        wanted,
        latents,
        lambda noise: unet(noise, timesteps=t),
        autoencoder.decode_stage_2_outputs,
    )


def ours(wanted: Wanted) -> Cost:
    """The shipped 3D model, anatomy first at standard quality, everything counted."""
    from UterineSynthLib.bundles.catalogue import default_bundle
    from UterineSynthLib.synthesis.request import GenerationRequest
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

    bundle = wanted.of_bundle(default_bundle(3))
    synthesizer = Synthesizer.from_bundle(bundle, wanted.device)
    seeds = iter(range(wanted.runs + 1))
    total_s = seconds_of(lambda: next(synthesizer.generate(GenerationRequest(seed=next(seeds)))), wanted.runs)
    steps = bundle.inference.way(bundle.inference.default_way).steps.standard
    return Cost(_OURS, bundle.weight_count, steps, "all counted", total_s, peak_gib(wanted.device))


def _cost(
    name: str,
    steps: int,
    unet: object,
    wanted: Wanted,
    latents: Tensor,
    step: Callable[[Tensor], Tensor],
    decode: Callable[[Tensor], Tensor],
) -> Cost:
    """Cost of a peer from one step of its denoiser and its decoding."""
    parameters = sum(p.numel() for p in unet.parameters())  # type: ignore[attr-defined]
    with wanted.arithmetic():
        step_s, decode_s = (seconds_of(partial(work, latents), wanted.runs) for work in (step, decode))
        peak = peak_gib(wanted.device)
        if wanted.device == "cuda":
            _print_graphs(name, steps, latents, step, decode, wanted.runs)
    parts = f"{shown(step_s)} a step, {shown(decode_s)} to decode"
    return Cost(name, parameters, steps, parts, steps * step_s + decode_s, peak)


def _print_graphs(
    name: str,
    steps: int,
    latents: Tensor,
    step: Callable[[Tensor], Tensor],
    decode: Callable[[Tensor], Tensor],
    runs: int,
) -> None:
    from UterineSynthLib.synthesis.replay import Replayed

    step_s, decode_s = (
        seconds_of(partial(Replayed(lambda x, work=work: (work(x),)), latents), runs) for work in (step, decode)
    )
    parts = f"{shown(step_s)} a step, {shown(decode_s)} to decode"
    print(f"  {name}, as CUDA graphs: {parts}, {shown(steps * step_s + decode_s)}", flush=True)


def _ours(wanted: Wanted) -> Cost:
    if wanted.device == "cpu":
        return ours(wanted)
    from gpu_speed import ours_from_labels

    return ours_from_labels(wanted)


def _measured(system: str, wanted: Wanted) -> Cost | str:
    """The cost of a system, or why there is none, in words."""
    from UterineSynthLib.heap import keep_freed_memory

    if wanted.device == "cpu":
        # Ours does so by itself; the peers shall not be slower for the want of it.
        keep_freed_memory()
    try:
        return {
            "ours": lambda: _ours(wanted),
            "maisi": lambda: maisi(wanted, is_guided=False),
            "maisi-guided": lambda: maisi(wanted, is_guided=True),
            "monai-ldm": lambda: monai_ldm(wanted),
        }[system]()
    except Exception as error:
        traceback.print_exc(limit=-6)
        return f"{type(error).__name__}: {error}"


def _alone(system: str, wanted: Wanted) -> Cost | str:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(_measured, system, wanted).result()
        except BrokenProcessPool:
            return "its process came to an end before it was done; it may have run out of memory"


def _row(cost: Cost, own: Cost | None) -> str:
    """One line; how many times the time and memory of ours it is, where ours is known."""
    slower = f" ({cost.total_s / own.total_s:.1f} x ours)" if own else ""
    larger = f" ({cost.peak_gib / own.peak_gib:.1f} x ours)" if own else ""
    return (
        f"{cost.system:32} {cost.parameters / 1e6:6.1f} million weights, {cost.steps:4d} steps, {cost.parts}: "
        f"{shown(cost.total_s)}{slower}, peak {cost.peak_gib:.2f} GiB{larger}"
    )


def main() -> None:
    """Print a row for every system and how many times faster ours is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each part (default 3)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--size", type=int, nargs=2, default=(32, 128), metavar=("SLICES", "MATRIX"))
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS, metavar="SYSTEM", help=str(SYSTEMS))
    parser.add_argument("--batches", type=int, nargs="+", default=(1, 4, 16), help="volumes of ours at once, on a GPU")
    args = parser.parse_args()
    import torch

    from UterineSynthLib.errors import DeviceError
    from UterineSynthLib.synthesis.device import choose_device

    slices, matrix = args.size
    if min(args.runs, slices, *args.batches) < 1 or matrix < _HALVED or matrix % _HALVED:
        parser.error(f"--runs, --batches and slices must be at least 1, the matrix a multiple of {_HALVED}")
    try:
        device = choose_device(args.device)
    except DeviceError as error:
        parser.error(str(error))
    wanted = Wanted(args.runs, args.device, slices, matrix, tuple(args.batches))
    print(f"{device.name}, torch {torch.__version__}", flush=True)
    own: Cost | None = None
    for system in args.systems:
        cost = _alone(system, wanted)
        if isinstance(cost, str):
            print(f"{system:32} failed: {cost}", flush=True)
            continue
        own = cost if system == "ours" else own
        print(_row(cost, own), flush=True)


if __name__ == "__main__":
    main()
