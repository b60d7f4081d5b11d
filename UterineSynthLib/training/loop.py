"""The loop every family is trained by: Accelerate around a task, on one process or many.

Batches are drawn by (seed, step, process), so that a resumed run sees what an unbroken one would have seen and no
loader's state has to be saved. Beside a GPU they are drawn ahead by processes of their own.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from UterineSynthLib.bundles.weights import save_tensors
from UterineSynthLib.errors import ConfigError, OutputError
from UterineSynthLib.networks.precision import has_fast_bfloat16
from UterineSynthLib.optional import require
from UterineSynthLib.records import to_plain, write_text_whole
from UterineSynthLib.training.checkpoint import RunState, load_checkpoint, save_checkpoint
from UterineSynthLib.training.config import CadenceConfig, CasesConfig, OptimiserConfig
from UterineSynthLib.training.ema import WeightAverage
from UterineSynthLib.training.run_folder import CONFIG_FILE, LOG_FILE, SNAPSHOT_FILE

_CONVOLUTIONS_3D = (nn.Conv3d, nn.ConvTranspose3d)
_AHEAD = 2
"""Batches that each process holds ready."""

B = TypeVar("B")


class RunConfig(Protocol):
    """What the loop needs of a training config."""

    @property
    def name(self) -> str:
        """Name of the run."""
        ...

    @property
    def seed(self) -> int:
        """Of all batches."""
        ...

    @property
    def cases(self) -> CasesConfig:
        """What is trained on, and by how many processes it is made ready."""
        ...

    @property
    def optimiser(self) -> OptimiserConfig:
        """Optimiser settings."""
        ...

    @property
    def cadence(self) -> CadenceConfig:
        """How often what is written."""
        ...


class Task(Protocol[B]):
    """What is trained."""

    model: nn.Module

    def batch(self, generator: torch.Generator) -> B:
        """A batch on the CPU, all that is random about it drawn from ``generator``; may run in another process."""
        ...

    def loss(self, model: nn.Module, batch: B, step: int, device: torch.device) -> tuple[Tensor, dict[str, float]]:
        """Loss of the batch of a step, and scalars to log."""
        ...

    def published(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The part of the model's weights, with its own names, that a bundle is made of."""
        ...

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:
        """Draw what ``model``, holding the averaged weights, does, as a PNG."""
        ...


def batch_generator(seed: int, step: int, process: int) -> torch.Generator:
    """The random stream of one batch."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step) * 1009 + process)


class _Batches(Dataset[B]):
    """The batches of a task by step."""

    def __init__(self, task: Task[B], seed: int, process: int) -> None:
        self._task, self._seed, self._process = task, seed, process

    def __getitem__(self, step: int) -> B:
        return self._task.batch(batch_generator(self._seed, step, self._process))


class Loop:
    """Trains a task into a folder; repeating the command resumes.

    The folder holds ``config.json``, ``log.jsonl``, ``tensorboard/``, ``sheets/``, ``checkpoint/`` (to resume) and
    ``snapshot.safetensors`` (the averaged weights, to publish).
    """

    def __init__(self, config: RunConfig, task: Task[Any], folder: Path) -> None:
        self.config, self.task, self.folder = config, task, folder
        self.accelerator = require("accelerate").Accelerator(
            mixed_precision=mixed_precision(config.optimiser.precision, task.model)
        )
        optimiser = torch.optim.AdamW(
            task.model.parameters(),
            lr=config.optimiser.learning_rate,
            betas=(config.optimiser.momentum, 0.99),
            weight_decay=config.optimiser.weight_decay,
        )
        self.network, self.stepper = self.accelerator.prepare(task.model, optimiser)
        self.state = RunState(task.model, optimiser, WeightAverage(task.model, config.optimiser.ema_decay))
        self.plain: dict[str, Any] = to_plain(config)

    def run(self) -> None:
        """Train to the configured number of steps, or until the configured time is over."""
        resumed = load_checkpoint(self.folder, self.state, self.config)
        if self._is_main:
            self._announce(resumed)
        board = self._board()
        last, since = time.monotonic(), self.state.step
        for step, batch in self._batches():
            loss, scalars = self._step(step, batch)
            self.state.step = step + 1
            if self.state.step % self.config.cadence.log == 0:
                now = time.monotonic()
                pace = (now - last) / max(1, self.state.step - since)
                self.state.seconds = self._agreed(self.state.seconds + now - last)
                last, since = now, self.state.step
                if self._is_main:
                    self._log(board, {"loss": loss, **scalars, "seconds_per_step": pace})
            self._keep(board)
            if self._course >= 1:
                break
        if self._is_main:
            self._checkpoint()
            self._snapshot()
            self._draw(board)

    @property
    def _is_main(self) -> bool:
        return bool(self.accelerator.is_main_process)

    @property
    def _course(self) -> float:
        """How much of the training is over, by steps or by time, whichever is nearer to its end."""
        limits = self.config.optimiser
        if limits.steps == 0:
            return 1.0
        by_time = 0.0 if limits.minutes is None else self.state.seconds / (60 * limits.minutes)
        return max(self.state.step / limits.steps, by_time)

    def _batches(self) -> Iterator[tuple[int, Any]]:
        """The steps that are left, with their batches."""
        steps = range(self.state.step, self.config.optimiser.steps if self._course < 1 else self.state.step)
        batches = _Batches(self.task, self.config.seed, self.accelerator.process_index)
        workers = self.config.cases.loaders(is_beside_gpu=self.accelerator.device.type == "cuda")
        if workers and steps:
            batches[steps[0]]  # What is wrong with the cases is said here, and not as the fault of a process.
        loader = DataLoader(
            batches,
            batch_size=None,
            sampler=steps,
            num_workers=workers,
            collate_fn=_as_is,
            multiprocessing_context="fork" if workers else None,
            prefetch_factor=_AHEAD if workers else None,
        )
        return zip(steps, loader, strict=True)

    def _agreed(self, seconds: float) -> float:
        """The main process's clock, so that all processes stop at the same step."""
        if self.accelerator.num_processes == 1:
            return seconds
        clock = torch.tensor([seconds], device=self.accelerator.device)
        return float(require("accelerate.utils").broadcast(clock)[0])

    def _due(self, every: int) -> bool:
        return self._is_main and self.state.step % every == 0

    def _step(self, step: int, batch: Any) -> tuple[float, dict[str, float]]:
        rate = learning_rate(self.config.optimiser, step, self._course)
        for group in self.state.optimiser.param_groups:
            group["lr"] = rate
        with self.accelerator.autocast():
            loss, scalars = self.task.loss(self.network, batch, step, self.accelerator.device)
        if not math.isfinite(float(loss.detach())):
            raise FloatingPointError(f"the loss is {float(loss.detach())} at step {step}; lower the learning rate")
        self.accelerator.backward(loss)
        norm = self.accelerator.clip_grad_norm_(self.network.parameters(), self.config.optimiser.gradient_clip)
        self.stepper.step()
        self.stepper.zero_grad()
        self.state.average.update(self.state.model)
        return float(loss.detach()), {**scalars, "gradient_norm": float(norm), "learning_rate": rate}

    def _announce(self, resumed: bool) -> None:
        write_text_whole(self.folder / CONFIG_FILE, json.dumps(self.plain, indent=1))
        parameters = sum(p.numel() for p in self.task.model.parameters()) / 1e6
        start = f"resumed at step {self.state.step}" if resumed else "from the start"
        self._say(
            f"{self.config.name}: {parameters:.2f} million parameters, {self.config.optimiser.steps} steps, {start},"
            f" on {self.accelerator.device} in {self.accelerator.mixed_precision} with"
            f" {self.accelerator.num_processes} process(es)"
        )

    def _board(self) -> Any:
        if not self._is_main:
            return None
        return require("torch.utils.tensorboard").SummaryWriter(str(self.folder / "tensorboard"))

    def _log(self, board: Any, scalars: dict[str, float]) -> None:
        for name, value in scalars.items():
            board.add_scalar(name, value, self.state.step)
        line = json.dumps({"step": self.state.step, **{name: float(f"{v:.6g}") for name, v in scalars.items()}})
        with (self.folder / LOG_FILE).open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        left = self.state.seconds / 60 * max(0.0, 1 - self._course) / self._course
        shown = ", ".join(f"{name} {value:.4g}" for name, value in scalars.items())
        self._say(f"step {self.state.step}/{self.config.optimiser.steps}: {shown}, {left:.1f} min left")

    def _keep(self, board: Any) -> None:
        cadence = self.config.cadence
        if self._due(cadence.checkpoint):
            self._checkpoint()
        if self._due(cadence.snapshot):
            self._snapshot()
        if self._due(cadence.sheet):
            self._draw(board)

    def _checkpoint(self) -> None:
        save_checkpoint(self.folder, self.state, self.plain)

    def _snapshot(self) -> None:
        partial = self.folder / f"{SNAPSHOT_FILE}.partial"
        weights = self.task.published(self.state.average.weights)
        try:
            save_tensors({name: value.cpu().contiguous() for name, value in weights.items()}, partial)
            partial.replace(self.folder / SNAPSHOT_FILE)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise OutputError(self.folder / SNAPSHOT_FILE, f"{error}; the snapshot before is kept") from error

    def _draw(self, board: Any) -> None:
        model = self.state.model
        trained = {name: value.clone() for name, value in model.state_dict().items()}
        path = self.folder / "sheets" / f"step-{self.state.step:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        model.load_state_dict(self.state.average.weights)
        model.eval()
        try:
            with torch.inference_mode(), self.accelerator.autocast():
                self.task.sheet(model, path, self.accelerator.device)
        finally:
            model.load_state_dict(trained)
            model.train()
        board.add_image("sheet", _picture(path), self.state.step)

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)  # noqa: T201


def learning_rate(config: OptimiserConfig, step: int, course: float) -> float:
    """Linear warm-up by steps, then half a cosine down to the final share at ``course`` 1."""
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    share = config.final_learning_rate_share
    return config.learning_rate * warm * (share + (1 - share) * 0.5 * (1 + math.cos(math.pi * min(1.0, course))))


def mixed_precision(wanted: str, model: nn.Module) -> str:
    """Accelerate's name of the precision to train in.

    On a CPU it is float32 unless bfloat16 is asked for. With AVX-512 BF16 the bfloat16 gradient of a 3D convolution's
    weights comes out NaN, or wrong by a third or by tens of orders of magnitude, or ends the process, at some numbers
    of slices (1 to 6 seen) and channels (torch 2.13, measured against float32). That of 2D convolutions is right, but
    for one of 8 channels that ended the process, too.

    Raises:
        ConfigError: bfloat16 was asked for where it would be wrong.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    is_wrong = device.type == "cpu" and any(isinstance(part, _CONVOLUTIONS_3D) for part in model.modules())
    if wanted == "bf16" and is_wrong:
        raise ConfigError(
            "optimiser.precision: the bfloat16 gradients of 3D convolutions are wrong on a CPU; use 'auto' or 'no'"
        )
    if wanted != "auto":
        return wanted
    return "bf16" if device.type == "cuda" and has_fast_bfloat16(device) else "no"


def _as_is(batch: B) -> B:
    return batch


def _picture(path: Path) -> Tensor:
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        return torch.from_numpy(np.asarray(image.convert("RGB")).copy()).permute(2, 0, 1)
