"""Train the localiser of the uterus on phantoms and measure it on unseen ones: ``train_localiser.py --work DIR``.

Phantoms are made into the work folder first (repeating the command resumes), then a few minutes of training on one
thread; weights and what was measured go to Resources/Models/localiser.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
from safetensors.torch import save_file
from torch.nn import functional

from UterineSynthLib.dataset.localiser import (
    FACTS,
    SIZE,
    SPACING_MM,
    WEIGHTS,
    localiser_folder,
    localiser_geometry,
    place_of,
)
from UterineSynthLib.dataset.localiser_network import LocaliserNetwork
from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.records import write_text_whole
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.intensity import to_unit
from UterineSynthLib.volumes.resampling import resample_image
from UterineSynthLib.volumes.roi import uterine_region

TRAIN_SEED, TEST_SEED = 910_000, 920_000
FINER = 2
WIDE = UterineField(20, 80, SPACING_MM[2], SPACING_MM[0] / FINER)
"""Finer in plane than the localiser's grid, with room to cut that out at a random place."""
TARGET_SD_MM = 10.0


def main() -> int:
    """Make the phantoms, train, measure, write."""
    parser = argparse.ArgumentParser(description="Train and measure the localiser of the uterus.")
    parser.add_argument("--work", type=Path, required=True, help="folder of the phantoms")
    parser.add_argument("--phantoms", type=int, default=240, help="to train on (default 240)")
    parser.add_argument("--unseen", type=int, default=50, help="to measure on (default 50)")
    parser.add_argument("--minutes", type=float, default=8.0, help="of processor time for training (default 8)")
    parser.add_argument("--seed", type=int, default=0, help="of the training (default 0)")
    parser.add_argument("--out", type=Path, default=localiser_folder(), help="folder of the weights")
    args = parser.parse_args()
    training = [made(args.work, TRAIN_SEED + n, WIDE) for n in range(args.phantoms)]
    network, steps = train([case for case in training if case is not None], args.minutes, args.seed)
    unseen = [made(args.work, TEST_SEED + n, test_field(n)) for n in range(args.unseen)]
    measured = measure(network, [case for case in unseen if case is not None])
    args.out.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), args.out / WEIGHTS)
    facts = {"measured": measured, "training": {"phantoms": args.phantoms, "steps": steps, "seed": args.seed}}
    write_text_whole(args.out / FACTS, json.dumps(facts, indent=1) + "\n")
    print(json.dumps(facts))
    return 0


def test_field(number: int) -> UterineField:
    """A study around a uterus that lies well off its middle, at a usual field of view."""
    rng = np.random.default_rng([TEST_SEED, number])
    x, y, z = (float(sd * np.clip(rng.standard_normal(), -2, 2)) for sd in (8.0, 20.0, 20.0))
    return UterineField(24, int(rng.integers(100, 125)), float(rng.uniform(4.6, 6.5)), 2.6, (x, y, z))


def made(folder: Path, seed: int, field: UterineField) -> Path | None:
    """The file of one phantom's image, label map and grid; None for a description that cannot be built."""
    path = folder / f"{seed}.npz"
    if not path.is_file():
        try:
            phantom = make_phantom(draw_description(seed), seed, field)
        except InputError as error:
            print(f"phantom {seed} left out: {error}", file=sys.stderr)
            return None
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{seed}.partial.npz"
        np.savez_compressed(
            partial,
            image=sitk.GetArrayFromImage(phantom.image).astype(np.float32),
            labels=sitk.GetArrayFromImage(phantom.labels),
            spacing=phantom.image.GetSpacing(),
            origin=phantom.image.GetOrigin(),
            direction=phantom.image.GetDirection(),
        )
        partial.replace(path)
    return path


def opened(path: Path) -> tuple[sitk.Image, sitk.Image]:
    """Image and label map of a phantom's file."""
    with np.load(path) as kept:
        shape = kept["image"].shape
        grid = Geometry(
            (shape[2], shape[1], shape[0]), tuple(kept["spacing"]), tuple(kept["origin"]), tuple(kept["direction"])
        )
        return grid.image_of(kept["image"]), grid.image_of(kept["labels"])


def train(paths: list[Path], minutes: float, seed: int) -> tuple[LocaliserNetwork, int]:
    """Cross-entropy against a Gaussian at the middle of the uterus, until the time is over."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    studies = []
    for path in paths:
        image, labels = opened(path)
        centre_mm = uterine_region(labels, margin_mm=0.0).centre_mm(Geometry.of_image(image))
        studies.append(
            (sitk.GetArrayFromImage(image), np.array(image.TransformPhysicalPointToContinuousIndex(centre_mm)))
        )
    network = LocaliserNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    begun, step = time.process_time(), 0
    while (spent := (time.process_time() - begun) / (60 * minutes)) < 1.0:
        optimiser.param_groups[0]["lr"] = 3e-3 * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * spent)))
        drawn = [sample(*studies[rng.integers(len(studies))], rng) for _ in range(4)]
        image, target = (torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True))
        loss = functional.cross_entropy(network(image[:, None]).flatten(1), target.flatten(1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        if step % 100 == 0:
            print(f"step {step}, loss {loss.item():.3f}, {100 * spent:.0f} % of the time", file=sys.stderr, flush=True)
    return network.eval(), step


def sample(volume: np.ndarray, centre_index: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A crop ``[D, H, W]`` at a random place with changed contrast and field of view, and its target heat map."""
    size = np.array(SIZE[::-1]) * (1, FINER, FINER)
    start = rng.integers(0, np.array(volume.shape) - size + 1)
    crop = volume[tuple(slice(s, s + n) for s, n in zip(start, size, strict=True))]
    crop = crop.reshape(size[0], SIZE[1], FINER, SIZE[0], FINER).mean(axis=(2, 4))
    _narrow(crop, rng)
    unit = (to_unit(crop) + 1.0) / 2.0
    unit = unit ** rng.uniform(0.7, 1.4) + rng.normal(0.0, rng.uniform(0.0, 0.06), unit.shape)
    middle = (centre_index[::-1] - start + 0.5) / (1, FINER, FINER) - 0.5
    away_mm = (np.indices(crop.shape) - middle[:, None, None, None]) * np.array(SPACING_MM[::-1])[:, None, None, None]
    heat = np.exp(-(away_mm**2).sum(axis=0) / (2 * TARGET_SD_MM**2))
    return (np.clip(unit, 0.0, 1.0) * 2 - 1).astype(np.float32), (heat / heat.sum()).astype(np.float32)


def _narrow(crop: np.ndarray, rng: np.random.Generator) -> None:
    """Black out a frame of random width: a study with a smaller field of view than the localiser's grid."""
    for axis, most in enumerate((2, 4, 4)):
        low, high = rng.integers(0, most + 1, size=2)
        inner = np.moveaxis(crop, axis, 0)
        inner[:low] = crop.min()
        inner[inner.shape[0] - high :] = crop.min()


def measure(network: LocaliserNetwork, paths: list[Path]) -> dict[str, float]:
    """Errors on whole studies, through the same steps as an unknown study goes."""
    errors, spreads, plain = [], [], []
    for path in paths:
        image, labels = opened(path)
        study = Geometry.of_image(image)
        truth = np.array(uterine_region(labels, margin_mm=0.0).centre_mm(study))
        grid = localiser_geometry(study)
        centre_mm, spread_mm = place_of(network, to_unit(sitk.GetArrayFromImage(resample_image(image, grid))), grid)
        errors.append(np.linalg.norm(truth - centre_mm))
        spreads.append(spread_mm)
        plain.append(np.linalg.norm(truth - study.centre_mm))
    return {
        "phantoms": len(errors),
        "median_error_mm": round(float(np.median(errors)), 2),
        "p95_error_mm": round(float(np.percentile(errors, 95)), 2),
        "centre_of_study_error_mm": round(float(np.median(plain)), 2),
        "sure_spread_mm": round(float(np.percentile(spreads, 98)), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
