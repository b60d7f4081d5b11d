"""``uterinesynth bundle import``: a network that others trained becomes a bundle."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from UterineSynthLib.errors import InputError

IMPORT_HELP = "bring in weights of MONAI, its tutorials or monai-generative 0.2; pickles are read in a process apart"
_KINDS = ("autoencoder-kl", "vq-vae", "diffusion-unet")
_WEIGHTS_OF = {"autoencoder-kl": "autoencoder", "vq-vae": "autoencoder", "diffusion-unet": "diff"}
"""Part of the name of the weights in a MONAI bundle; MAISI's are called ``diff_unet...``."""
_REGIONS = ("head", "chest", "abdomen", "lower-body")
_CHECKPOINT_SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt")


def configure_import(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("checkpoint", type=Path, help="checkpoint, or folder of a MONAI bundle such as MAISI's")
    parser.add_argument("out", type=Path, help="folder of the bundle to write")
    parser.add_argument("--kind", choices=_KINDS, required=True, help="what the network is")
    parser.add_argument("--licence", required=True, help="SPDX name of the licence that the weights came under")
    parser.add_argument("--source", required=True, help="where the weights come from")
    parser.add_argument(
        "--network", type=Path, help="JSON with the arguments of MONAI's class (default: the MONAI bundle's own)"
    )
    parser.add_argument(
        "--grid",
        type=float,
        nargs=4,
        required=True,
        metavar=("SLICES", "MATRIX", "SLICE_MM", "PIXEL_MM"),
        help="of the images it makes, such as 32 128 4.4 1.25; 1 slice for a model of slices",
    )
    parser.add_argument("--name", help="of the bundle (default: the folder's)")
    parser.add_argument("--part", help="entry of the checkpoint that holds the weights, where there are several")
    parser.add_argument("--intensity", type=float, nargs=2, metavar=("DARK", "BRIGHT"), help="of images (default 0 1)")
    parser.add_argument(
        "--body-region",
        nargs=2,
        choices=_REGIONS,
        metavar=("TOP", "BOTTOM"),
        help=f"uppermost and lowest region that a network of MAISI is asked for: {', '.join(_REGIONS)}",
    )
    parser.add_argument("--modality", type=int, help="number of the kind of image that a network of MAISI is asked for")
    parser.add_argument("--autoencoder", type=Path, help="bundle whose latents a diffusion network works on")
    parser.add_argument("--scale-factor", type=float, help="latents times this are what the diffusion network sees")
    parser.add_argument(
        "--schedule", choices=("linear", "scaled_linear", "cosine", "rectified_flow"), default="scaled_linear"
    )
    parser.add_argument("--prediction", choices=("epsilon", "x0", "v", "velocity"), default="epsilon")
    parser.add_argument("--train-steps", type=int, default=1000, help="of the diffusion process (default 1000)")
    parser.add_argument("--overwrite", action="store_true", help="replace a bundle that is there")


def run_import(args: argparse.Namespace) -> int:
    """Find the files, convert, and say what was written."""
    from UterineSynthLib.bundles.foreign_import import ForeignModel, import_model
    from UterineSynthLib.bundles.foreign_network import Constants
    from UterineSynthLib.bundles.inference_config import ModelGrid

    slices, matrix, slice_mm, pixel_mm = args.grid
    grid = ModelGrid((int(slices), int(matrix), int(matrix)), (slice_mm, pixel_mm, pixel_mm))
    checkpoint, network = _files(args.checkpoint, args.network, args.kind)
    if args.kind == "diffusion-unet" and args.schedule == "rectified_flow" and args.prediction == "epsilon":
        args.prediction = "velocity"
    model = ForeignModel(
        checkpoint=checkpoint,
        network=network,
        kind=args.kind,
        name=args.name or args.out.name,
        source=args.source,
        licence=args.licence,
        grid=grid,
        part=args.part,
        autoencoder=args.autoencoder,
        constants=Constants(_pair(args.intensity), _pair(args.body_region), args.modality),
        scale_factor=args.scale_factor,
        schedule=args.schedule,
        prediction=args.prediction,
        train_steps=args.train_steps,
    )
    bundle = import_model(model, args.out, args.overwrite)
    print(f"{bundle.path} {bundle.weight_count / 1e6:.1f} million weights, digest {bundle.digest[:12]}")  # noqa: T201
    return 0


def _pair(given: list[Any] | None) -> tuple[Any, Any] | None:
    return None if given is None else (given[0], given[1])


def _files(checkpoint: Path, network: Path | None, kind: str) -> tuple[Path, Path]:
    """The weights and the description of a network, those of a MONAI bundle's folder where one is given."""
    if checkpoint.is_dir():
        stem = _WEIGHTS_OF[kind]
        weights = [p for p in sorted((checkpoint / "models").glob("*")) if p.suffix in _CHECKPOINT_SUFFIXES]
        found = [path for path in weights if stem in path.stem]
        if len(found) != 1:
            names = ", ".join(path.name for path in weights) or "no checkpoint"
            raise InputError(f"{checkpoint}/models holds {names}; name the file with the weights of the {kind} itself")
        checkpoint, network = found[0], network or checkpoint / "configs" / "inference.json"
    if network is None:
        raise InputError("--network: name a JSON file with the arguments of the network's class")
    return checkpoint, network
