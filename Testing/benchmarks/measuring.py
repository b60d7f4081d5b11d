"""What is measured of a system that makes volumes, and how: times and memory on a CPU or a GPU."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from UterineSynthLib.bundles.bundle import Bundle

_LATENT_REDUCTION = 4
"""Of the rows, columns and slices of a peer."""


@dataclass(frozen=True)
class Wanted:
    """What is measured.

    Attributes:
        runs: timed runs of each part; device: ``cpu`` or ``cuda``.
        slices, matrix: of a volume; batches: numbers of volumes made at once, on a GPU alone.
    """

    runs: int = 3
    device: str = "cpu"
    slices: int = 32
    matrix: int = 128
    batches: tuple[int, ...] = ()

    def of_bundle(self, bundle: Bundle) -> Bundle:
        """A bundle that makes volumes of this size; its field of view in the plane stays."""
        grid = bundle.inference.grid
        pixel_mm = grid.spacing_mm[1] * grid.shape[1] / self.matrix
        other = replace(
            grid,
            shape=(self.slices, self.matrix, self.matrix),
            spacing_mm=(grid.spacing_mm[0], pixel_mm, pixel_mm),
        )
        return replace(bundle, inference=replace(bundle.inference, grid=other))

    def latents(self, batch: int, channels: int) -> Tensor:
        """Noise in the place of a peer's latents, ``(B, C, h, w, d)``, on the device."""
        import torch

        axes = (axis // _LATENT_REDUCTION for axis in (self.matrix, self.matrix, self.slices))
        return torch.randn(batch, channels, *axes, device=self.device)

    @contextmanager
    def arithmetic(self) -> Iterator[None]:
        """Without gradients; bfloat16 on a GPU."""
        import torch

        with torch.inference_mode(), torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            yield


@dataclass(frozen=True)
class Cost:
    """What one volume costs.

    Attributes:
        parameters: number of weights; steps: published number of them; parts: what ``total_s`` is made of, in words.
        peak_gib: memory of the GPU, else of the process.
    """

    system: str
    parameters: float
    steps: int
    parts: str
    total_s: float
    peak_gib: float


def seconds_of(work: Callable[[], object], runs: int) -> float:
    """Median wall time after one run to warm up; waits for the GPU where one is in use."""
    work()
    times = []
    for _ in range(runs):
        _wait_for_gpu()
        began = time.perf_counter()
        work()
        _wait_for_gpu()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def shown(seconds: float) -> str:
    """A time to three digits, in the unit that suits it."""
    if seconds < 0.9995:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 999.5 else f"{seconds:.0f} s"


def peak_gib(device: str) -> float:
    """Most memory that this process has held so far, of the GPU or of the host."""
    import torch

    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _wait_for_gpu() -> None:
    import torch

    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.synchronize()
