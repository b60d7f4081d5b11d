"""What the presets at their real size cost on one CPU thread: memory and processor time, one sample at a time.

Each figure comes from a process of its own: peak memory is that of its whole life (``ru_maxrss``), the time of
a step is processor time, so that waiting for other work does not count; wall time goes to stderr. A step is taken with
few slices first and with twice as many as long as that is foreseen to stay within ``--memory-gb`` and ``--seconds``;
where all of them would not, the row says at how many it was measured. Short steps are taken again, and the fastest
counts: what else runs on the machine slows the caches down. The table is printed row by row.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
import yaml
from families import CONFIGS, FAMILIES, conditions
from torch import Tensor

from UterineSynthLib.networks.assemble import condition_of
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.training.autoencoder_task import AutoencoderTask
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining
from UterineSynthLib.training.loop import batch_generator
from UterineSynthLib.training.prepared import PreparedCase
from UterineSynthLib.training.preset import load_preset

AUTOENCODERS = ("default-autoencoder", "kl-vae", "vq-gan", "medical-diffusion-vq-gan")
FEWER_STEPS = {"euler": 8, "ddim": 50, "heun": 8, "dpm++2m": 20}
"""Steps reckoned with for samplers that need not take those of the training."""
FIRST_SHARE = 8
"""A step is taken with an eighth of the slices first."""
AGAIN_S, MOST_STEPS = 15.0, 4
"""Steps at the final size are repeated for so long, and so often at most."""
HEADER = (
    "| preset | conditions | weights, millions | training, GB | a training step, s | sampling, GB | a sampling step, s "
    "| steps | a volume, s | command |\n|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Bounds:
    """What one measurement may take.

    Attributes:
        memory_gb: resident; seconds: processor time of one step.
    """

    memory_gb: float
    seconds: float


@dataclass(frozen=True)
class Cost:
    """One step.

    Attributes:
        gb: peak resident memory; seconds: processor time of one thread; wall_s: what it took beside other work.
        slices: it was measured with; of_slices: of the preset.
    """

    gb: float
    seconds: float
    wall_s: float
    slices: int
    of_slices: int

    @property
    def shown_slices(self) -> str:
        """Nothing for a whole volume."""
        return "" if self.slices == self.of_slices else f" ({self.slices} of {self.of_slices} slices)"


def main() -> None:
    """Print the table, Markdown, or measure one preset for the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="names in Training/configs (default: all)")
    parser.add_argument("--memory-gb", type=float, default=12.0, help="of one process (default 12)")
    parser.add_argument("--seconds", type=float, default=60.0, help="processor time of one step (default 60)")
    parser.add_argument("--only", choices=("training", "sampling"), help="measure this alone and print it as JSON")
    args = parser.parse_args()
    bounds = Bounds(args.memory_gb, args.seconds)
    if args.only:
        print(json.dumps(asdict(measured(args.presets[0], args.only == "training", bounds))))
        return
    print(HEADER)
    for name in args.presets or (*FAMILIES, *AUTOENCODERS):
        print(row(name, bounds), flush=True)


def row(name: str, bounds: Bounds) -> str:
    """One preset."""
    training, sampling = (in_own_process(name, what, bounds) for what in ("training", "sampling"))
    if is_autoencoder(name):
        told, script, steps = "none", "train_autoencoder.py", 1
    else:
        config = denoiser_preset(name)
        told, script = conditions(config.model.conditions, config.model.mask_as), "train_denoiser.py"
        steps = FEWER_STEPS.get(config.sampler, config.train_steps)
    volume_s = steps * sampling.seconds * sampling.of_slices / sampling.slices
    cells = (
        name,
        told,
        f"{weights_of(name) / 1e6:.1f}",
        f"{training.gb:.1f}{training.shown_slices}",
        f"{training.seconds:.2g}",
        f"{sampling.gb:.1f}{sampling.shown_slices}",
        f"{sampling.seconds:.2g}",
        f"{steps}",
        f"{volume_s:.2g}" if volume_s < 10 else f"{volume_s:.0f}",
        f"`{script} Training/configs/{name}.yaml --out runs/{name}`",
    )
    walls = f"wall: training step {training.wall_s:.1f} s, sampling step {sampling.wall_s:.1f} s"
    print(f"{name}, {walls}", file=sys.stderr, flush=True)
    return f"| {' | '.join(cells)} |"


def in_own_process(name: str, what: str, bounds: Bounds) -> Cost:
    """Peak memory is that of a process's whole life."""
    limits = ["--memory-gb", str(bounds.memory_gb), "--seconds", str(bounds.seconds)]
    command = [sys.executable, __file__, name, "--only", what, *limits]
    return Cost(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def measured(name: str, is_training: bool, bounds: Bounds) -> Cost:
    """The step of the largest number of slices, up to the preset's, that is foreseen to stay within the bounds."""
    torch.set_num_threads(1)
    sizes, step_with = (autoencoder_steps if is_autoencoder(name) else denoiser_steps)(name, is_training)
    start_gb, found = peak_gb(), []
    for slices in sizes:
        found.append(timed(step_with, slices, max(sizes)))
        grown_gb = found[-1].gb - start_gb
        if start_gb + 2 * grown_gb > bounds.memory_gb or 2 * found[-1].seconds > bounds.seconds:
            break
    largest = found[-1].slices
    while len(found) < MOST_STEPS and sum(cost.seconds for cost in found if cost.slices == largest) < AGAIN_S:
        found.append(timed(step_with, largest, max(sizes)))
    fastest = min((cost for cost in found if cost.slices == largest), key=lambda cost: cost.seconds)
    return replace(fastest, gb=found[-1].gb)


def timed(step_with: Callable[[int], None], slices: int, of_slices: int) -> Cost:
    """One step, and the peak of memory since the process began."""
    began, began_wall = time.process_time(), time.monotonic()
    step_with(slices)
    return Cost(peak_gb(), time.process_time() - began, time.monotonic() - began_wall, slices, of_slices)


def denoiser_steps(name: str, is_training: bool) -> tuple[list[int], Callable[[int], None]]:
    """Sizes to try, and one step of a denoiser with so many slices of its grid."""
    config = denoiser_preset(name)
    model = ConditionedUNet(config.model)
    optimiser = torch.optim.AdamW(model.parameters())

    def step(slices: int) -> None:
        x_t, condition = sample_of(config, slices)
        with autocast_of(torch.device("cpu")), torch.set_grad_enabled(is_training):
            predicted = model(x_t, torch.full((1,), 0.5), condition)
        if is_training:
            predicted.float().square().mean().backward()
            optimiser.step()
            optimiser.zero_grad()

    if config.model.spatial_dims == 2:
        return [1], step
    least = config.model.slice_reduction * config.model.reduction
    return list(doubled(config.cases.grid.size[2], least)), step


def autoencoder_steps(name: str, is_training: bool) -> tuple[list[int], Callable[[int], None]]:
    """Sizes to try, and one step of an autoencoder with all its critics, or the decoding of a volume."""
    config = autoencoder_preset(name)
    columns, rows, slices = config.cases.grid.size
    spacing_mm = config.cases.grid.spacing_mm[::-1]
    volume = np.random.default_rng(0).uniform(-1, 1, (1, slices, rows, columns)).astype(np.float32)
    case = PreparedCase("noise", volume, None, spacing_mm, None, "noise", "none")
    config = replace(config, optimiser=replace(config.optimiser, batch_size=1))
    task = AutoencoderTask(config, [case], [])
    optimiser = torch.optim.AdamW(task.model.parameters())
    late = 0 if config.adversary is None else config.adversary.start_step

    def train(slices: int) -> None:
        task.config = replace(config, crop=(slices, *config.crop[1:]))
        loss, _ = task.loss(task.model, task.batch(batch_generator(0, late, 0)), late, torch.device("cpu"))
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    @torch.inference_mode()
    def decode(slices: int) -> None:
        reductions = config.model.reductions
        shape = (n // reduction for n, reduction in zip((slices, rows, columns), reductions, strict=True))
        task.autoencoder.decode(torch.randn(1, config.model.latent_channels, *shape))

    whole = config.crop[0] if is_training else slices
    return list(doubled(whole, min(whole, least_slices(config)))), train if is_training else decode


def least_slices(config: AutoencoderTraining) -> int:
    """The fewest slices that an autoencoder and its critics can work on."""
    critics = 0 if config.adversary is None else 3 * 2**config.adversary.layers
    return max(config.model.reductions[0], critics)


def doubled(whole: int, least: int) -> Iterator[int]:
    """Numbers of slices from an eighth up to all of them, each a multiple of ``least``."""
    size = max(least, whole // FIRST_SHARE // least * least)
    while size < whole:
        yield size
        size *= 2
    yield whole


def sample_of(config: DenoiserTraining, slices: int) -> tuple[Tensor, Condition]:
    """Noise shaped as one sample, and a condition without a description."""
    model = config.model
    columns, rows, _ = config.cases.grid.size
    spacing_mm = config.cases.grid.spacing_mm[::-1]
    shape = (slices // model.slice_reduction, rows // model.mask_reduction, columns // model.mask_reduction)
    flat = shape[1:] if model.spatial_dims == 2 else shape
    tone = torch.zeros(1, model.latent_channels, *shape) if model.conditions.tone else None
    condition = condition_of(model.conditions, (slices, rows, columns), spacing_mm, tone=tone)
    return torch.randn(1, model.latent_channels, *flat), condition


def weights_of(name: str) -> int:
    """Weights of what is published."""
    with torch.device("meta"):
        if is_autoencoder(name):
            from UterineSynthLib.networks.space_modules import autoencoder_of

            network: torch.nn.Module = autoencoder_of(autoencoder_preset(name).model)
        else:
            network = ConditionedUNet(denoiser_preset(name).model)
    return sum(parameter.numel() for parameter in network.parameters())


def peak_gb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def is_autoencoder(name: str) -> bool:
    """Whether a preset is one of ``train_autoencoder.py``."""
    schema = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")).get("schema", "")
    return name == "default-autoencoder" or str(schema).endswith("autoencoder")


def denoiser_preset(name: str) -> DenoiserTraining:
    """The preset of a name."""
    return load_preset(DenoiserTraining, CONFIGS / f"{name}.yaml")


def autoencoder_preset(name: str) -> AutoencoderTraining:
    """The preset of a name."""
    return load_preset(AutoencoderTraining, CONFIGS / f"{name}.yaml")


if __name__ == "__main__":
    main()
