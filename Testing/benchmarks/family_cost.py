"""Memory and time of presets at their real size on two CPU threads: one training step and one sampling step.

Each is measured in a process of its own, one sample at a time, in the precision that sampling takes on this CPU.
Seconds are CPU seconds divided by the threads: what the step takes with the cores to itself, whatever else is running.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from UterineSynthLib.networks.assemble import condition_of
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.training.config import DenoiserTraining
from UterineSynthLib.training.preset import load_preset

CONFIGS = Path(__file__).parents[2] / "Training" / "configs"
THREADS = 2
FEWER_STEPS = {"euler": 8, "ddim": 50, "heun": 8, "dpm++2m": 20}
"""Steps reckoned with for samplers that need not take those of the training."""
HEADER = (
    "| preset | training, GB | a training step, s | sampling, GB | a sampling step, s | steps | a volume, s |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Print the table, Markdown, or measure one preset for the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="+", metavar="PRESET", help="names in Training/configs")
    parser.add_argument("--only", choices=("training", "sampling"), help="measure this alone and print it as JSON")
    args = parser.parse_args()
    if args.only:
        print(json.dumps(measured(args.presets[0], args.only == "training")))
        return
    print(HEADER)
    for name in args.presets:
        print(row(name), flush=True)


def row(name: str) -> str:
    """One preset."""
    training, sampling = (in_own_process(name, what) for what in ("training", "sampling"))
    steps, step_s = sampling_steps(preset(name)), sampling["seconds"]
    return (
        f"| {name} | {training['gb']:.1f} | {training['seconds']:.1f} | {sampling['gb']:.1f} | {step_s:.1f} | {steps} "
        f"| {steps * step_s:.0f} |"
    )


def in_own_process(name: str, what: str) -> dict[str, float]:
    """Peak memory is that of a process's whole life."""
    done = subprocess.run([sys.executable, __file__, name, "--only", what], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measured(name: str, is_training: bool) -> dict[str, float]:
    """Peak resident memory, GB, and seconds of the second of two steps."""
    torch.set_num_threads(THREADS)
    config = preset(name)
    model, (x_t, condition) = ConditionedUNet(config.model), sample_of(config)
    optimiser = torch.optim.AdamW(model.parameters())
    t, began_s = torch.full((1,), 0.5), 0.0
    for _ in range(2):
        began_s = time.process_time()
        with autocast_of(torch.device("cpu")), torch.set_grad_enabled(is_training):
            predicted = model(x_t, t, condition)
        if is_training:
            predicted.float().square().mean().backward()
            optimiser.step()
            optimiser.zero_grad()
    seconds = (time.process_time() - began_s) / THREADS
    return {"gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, "seconds": seconds}


def sample_of(config: DenoiserTraining) -> tuple[torch.Tensor, Condition]:
    """Noise shaped as one sample, and a condition without a description."""
    model = config.model
    columns, rows, slices = config.cases.grid.size
    spacing_mm: Any = config.cases.grid.spacing_mm[::-1]
    slices = 1 if model.spatial_dims == 2 else slices
    shape = (slices // model.slice_reduction, rows // model.mask_reduction, columns // model.mask_reduction)
    flat = shape[1:] if model.spatial_dims == 2 else shape
    tone = torch.zeros(1, model.latent_channels, *shape) if model.conditions.tone else None
    condition = condition_of(model.conditions, (slices, rows, columns), spacing_mm, tone=tone)
    return torch.randn(1, model.latent_channels, *flat), condition


def sampling_steps(config: DenoiserTraining) -> int:
    """Steps of a volume: those of the training for the ancestral sampler, fewer for the others."""
    return FEWER_STEPS.get(config.sampler, config.train_steps)


def preset(name: str) -> DenoiserTraining:
    """The preset of a name."""
    return load_preset(DenoiserTraining, CONFIGS / f"{name}.yaml")


if __name__ == "__main__":
    main()
