"""Seconds that a phantom of 32 x 256 x 256 takes on one core, by stage: python Testing/benchmarks/phantom_speed.py."""

from __future__ import annotations

import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from UterineSynthLib.phantom.acquire import acquire, sampling_grid
from UterineSynthLib.phantom.anatomy import build_anatomy
from UterineSynthLib.phantom.population import complete_and_grow, draw_description
from UterineSynthLib.phantom.protocol import draw_protocol
from UterineSynthLib.phantom.rasterise import layers_of, paint_labels
from UterineSynthLib.phantom.tissue import tissue_table
from UterineSynthLib.volumes.geometry import sagittal_geometry

SEEDS = range(8)
GEOMETRY = sagittal_geometry(32, 256, 4.4, 1.1, (0.0, 10.0, 4.0))
STAGES = ("uterus", "pelvis", "rasterise", "labels", "acquire")


def main() -> None:
    """Print the seconds of every seed and the median of each stage."""
    rows = [_stage_seconds(seed) for seed in SEEDS]
    print("seed  " + "".join(f"{name:>11}" for name in (*STAGES, "total")))
    for seed, row in zip(SEEDS, rows, strict=True):
        print(f"{seed:<6}" + "".join(f"{value:11.2f}" for value in (*row, sum(row))))
    totals = np.array([[*row, sum(row)] for row in rows])
    print("median" + "".join(f"{value:11.2f}" for value in np.median(totals, axis=0)))


def _stage_seconds(seed: int) -> list[float]:
    description = draw_description(seed)
    marks = [time.process_time()]
    full, grown = complete_and_grow(description, seed)
    marks.append(time.process_time())
    anatomy = build_anatomy(full, seed, grown)
    marks.append(time.process_time())
    protocol = draw_protocol(full.acquisition, np.random.default_rng(seed))
    grid = sampling_grid(GEOMETRY, protocol.slice_thickness_mm)
    layers = list(layers_of(anatomy.shapes, grid))
    marks.append(time.process_time())
    paint_labels(layers, grid)
    marks.append(time.process_time())
    tissues = tissue_table(protocol.field_strength_t, np.random.default_rng(seed), full.menopausal_status)
    acquire(layers, grid, tissues, protocol, seed)
    marks.append(time.process_time())
    return np.diff(marks).tolist()


if __name__ == "__main__":
    main()
