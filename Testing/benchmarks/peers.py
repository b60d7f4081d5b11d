"""Seconds and memory of one 128 x 128 x 32 volume: our shipped model beside the networks of its peers, in one run.

The peers' networks are built from their published settings with random weights, since cost does not depend on weights.
One denoising step is timed and multiplied by the published number of steps; their own anatomy, text or file work is
not counted, ours is. Every system runs in a process of its own, in float32 as published, so that its peak of memory is
its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

_VOLUME = (128, 128, 32)
_LATENT_REDUCTION = 4
_LATENT_CHANNELS = 4
_OURS = "UterineSynth, shipped 3D model"


@dataclass(frozen=True)
class Cost:
    """What one volume costs.

    Attributes:
        parameters: of the denoiser; steps: published number of them.
    """

    system: str
    parameters: float
    steps: int
    step_s: float
    decode_s: float
    total_s: float
    peak_gib: float


def seconds_of(work: Callable[[], object], runs: int) -> float:
    """Median wall time after one run to warm up."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def maisi(runs: int, *, is_guided: bool) -> Cost:
    """NVIDIA MAISI v2: rectified flow of 30 steps (NV-Generate-CTMR, config_network_rflow.json)."""
    import torch
    from monai.apps.generation.maisi.networks.autoencoderkl_maisi import AutoencoderKlMaisi
    from monai.apps.generation.maisi.networks.diffusion_model_unet_maisi import DiffusionModelUNetMaisi

    unet = DiffusionModelUNetMaisi(
        spatial_dims=3,
        in_channels=_LATENT_CHANNELS,
        out_channels=_LATENT_CHANNELS,
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
        latent_channels=_LATENT_CHANNELS,
        num_channels=[64, 128, 256],
        num_res_blocks=[2, 2, 2],
        attention_levels=[False, False, False],
        num_splits=8,
        dim_split=1,
    ).eval()
    batch = 2 if is_guided else 1
    latents = torch.randn(batch, _LATENT_CHANNELS, *(axis // _LATENT_REDUCTION for axis in _VOLUME))
    t, spacing = torch.full((batch,), 500.0), torch.ones(batch, 3)
    classes = torch.zeros(batch, dtype=torch.long)
    with torch.inference_mode():
        step_s = seconds_of(lambda: unet(latents, timesteps=t, spacing_tensor=spacing, class_labels=classes), runs)
        decode_s = seconds_of(lambda: autoencoder.decode_stage_2_outputs(latents[:1]), runs)
    name = f"MAISI v2, {'with' if is_guided else 'without'} guidance"
    return _cost(name, unet, 30, step_s, decode_s)


def monai_ldm(runs: int) -> Cost:
    """The 3D latent diffusion notebook of MONAI's tutorials: 1000 steps."""
    import torch
    from monai.networks.nets import AutoencoderKL, DiffusionModelUNet

    unet = DiffusionModelUNet(
        spatial_dims=3,
        in_channels=3,
        out_channels=3,
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
        latent_channels=3,
        num_res_blocks=1,
        norm_num_groups=16,
        attention_levels=(False, False, True),
    ).eval()
    latents = torch.randn(1, 3, *(axis // _LATENT_REDUCTION for axis in _VOLUME))
    with torch.inference_mode():
        step_s = seconds_of(lambda: unet(latents, timesteps=torch.full((1,), 500.0)), runs)
        decode_s = seconds_of(lambda: autoencoder.decode_stage_2_outputs(latents), runs)
    return _cost("MONAI tutorial 3D LDM", unet, 1000, step_s, decode_s)


def ours(runs: int) -> Cost:
    """The shipped 3D model, anatomy first at standard quality, everything counted."""
    from UterineSynthLib.bundles.catalogue import default_bundle
    from UterineSynthLib.synthesis.request import GenerationRequest
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

    bundle = default_bundle(3)
    synthesizer = Synthesizer.from_bundle(bundle, "cpu")
    seeds = iter(range(runs + 1))
    total_s = seconds_of(lambda: next(synthesizer.generate(GenerationRequest(seed=next(seeds)))), runs)
    way = bundle.inference.way(bundle.inference.default_way)
    return Cost(_OURS, bundle.weight_count, way.steps.standard, 0.0, 0.0, total_s, _peak_gib())


def _cost(name: str, network: object, steps: int, step_s: float, decode_s: float) -> Cost:
    parameters = sum(p.numel() for p in network.parameters())  # type: ignore[attr-defined]
    return Cost(name, parameters, steps, step_s, decode_s, steps * step_s + decode_s, _peak_gib())


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _measured(system: str, runs: int) -> Cost:
    from UterineSynthLib.heap import keep_freed_memory

    # Ours does so by itself; the peers shall not be slower for the want of it.
    keep_freed_memory()
    return {
        "ours": lambda: ours(runs),
        "maisi-guided": lambda: maisi(runs, is_guided=True),
        "maisi": lambda: maisi(runs, is_guided=False),
        "monai-ldm": lambda: monai_ldm(runs),
    }[system]()


def main() -> None:
    """Print a row for every system and how many times faster ours is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each part (default 3)")
    runs = parser.parse_args().runs
    context = multiprocessing.get_context("spawn")
    own: Cost | None = None
    for system in ("ours", "maisi", "maisi-guided", "monai-ldm"):
        with context.Pool(1) as pool:
            cost = pool.apply(_measured, (system, runs))
        own = own or cost
        parts = f"{cost.step_s:.2f} s a step, {cost.decode_s:.1f} s to decode" if cost is not own else "all counted"
        print(
            f"{cost.system:32} {cost.parameters / 1e6:6.1f} million weights, {cost.steps:4d} steps, {parts}: "
            f"{cost.total_s:8.2f} s ({cost.total_s / own.total_s:6.1f} x ours), "
            f"peak {cost.peak_gib:.2f} GiB ({cost.peak_gib / own.peak_gib:.1f} x ours)",
            flush=True,
        )


if __name__ == "__main__":
    main()
