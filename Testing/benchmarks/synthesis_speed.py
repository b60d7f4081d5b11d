"""Seconds and memory of one volume on the CPU, by stage, with the model in memory and warm."""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections import defaultdict

import torch

from UterineSynthLib.bundles.bundle import Bundle
from UterineSynthLib.bundles.catalogue import default_bundle, find_bundle
from UterineSynthLib.bundles.inference_config import Quality, Way
from UterineSynthLib.synthesis.progress import Progress, Stage
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer

LIMIT_S, LIMIT_GIB = 10.0, 2.0


class StageClock:
    """Listens to progress and adds up the time between the first and the last step of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[Stage, float] = defaultdict(float)
        self._began_s = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.perf_counter()
        if progress.step == 0:
            self._began_s = now
        elif progress.step == progress.steps:
            self.seconds[progress.stage] += now - self._began_s


def one_volume(synthesizer: Synthesizer, way: Way, quality: Quality, seed: int) -> tuple[float, dict[Stage, float]]:
    """Wall time of one volume, whole and by stage."""
    clock = StageClock()
    request = GenerationRequest(
        way=way,
        quality=quality,
        seed=seed,
        dimension=synthesizer.bundle.inference.dimension,  # type: ignore[arg-type]
    )
    began = time.perf_counter()
    next(synthesizer.generate(request, on_progress=clock))
    return time.perf_counter() - began, clock.seconds


def report(bundle: Bundle, runs: int) -> None:
    """Print the times of one model, each way and quality: the median of ``runs`` after one to warm up."""
    began = time.perf_counter()
    synthesizer = Synthesizer.from_bundle(bundle, "cpu")
    loading_s = time.perf_counter() - began
    print(f"{bundle.name}: {bundle.inference.grid}, {bundle.weight_count / 1e6:.1f} million weights")
    print(f"  {synthesizer.compute}; loaded in {loading_s:.2f} s")
    ways = [way for way in Way if way is not Way.DIRECT or not bundle.inference.needs_mask]
    one_volume(synthesizer, ways[0], Quality.DRAFT, seed=0)
    for way in ways:
        for quality in Quality:
            results = [one_volume(synthesizer, way, quality, seed) for seed in range(1, runs + 1)]
            seconds = statistics.median(total for total, _ in results)
            stages = ", ".join(
                f"{stage} {statistics.median(parts[stage] for _, parts in results):.2f}" for stage in Stage
            )
            steps = bundle.inference.way(way).steps.of(quality)
            print(f"  {way:13} {quality:8} ({steps:2d} steps): {seconds:6.2f} s  ({stages})")


def main() -> None:
    """Print the figures of the models given, or of the default ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="bundles by name or folder (default: the shipped 3D and 2D models)")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    bundles = [find_bundle(name) for name in args.models] or [default_bundle(3), default_bundle(2)]
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    for bundle in bundles:
        report(bundle, args.runs)
        peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"  peak memory of this process so far {peak_gib:.2f} GiB (limits: {LIMIT_S:g} s, {LIMIT_GIB:g} GiB)")


if __name__ == "__main__":
    main()
