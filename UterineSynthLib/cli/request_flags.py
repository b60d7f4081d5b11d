"""The flags that say how volumes are made and written, shared by the commands that make them with a model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from UterineSynthLib.bundles.inference_config import Quality, Way
from UterineSynthLib.cli.description_flags import description_from_args
from UterineSynthLib.diffusion.names import SamplerName
from UterineSynthLib.errors import InputError
from UterineSynthLib.synthesis.request import GenerationRequest


def add_making_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every field of a request that is not a description."""
    making = parser.add_argument_group("how it is made")
    making.add_argument("--mask", metavar="FILE", help="label map to draw from, in place of the shape model's")
    making.add_argument("--resample-mask", action="store_true", help="allow a mask on another grid to be resampled")
    making.add_argument("--direct", action="store_true", help="from the description alone, without a label map")
    making.add_argument("--2d", dest="two_d", action="store_true", help="a single sagittal slice, not a volume")
    making.add_argument("--count", type=int, default=1, help="how many (default 1)")
    making.add_argument("--seed", type=int, help="whole number; drawn and printed if left out")
    making.add_argument("--steps", type=int, help="sampling steps (default: the quality's)")
    making.add_argument("--quality", choices=[q.value for q in Quality], help="a named number of steps")
    making.add_argument("--guidance", type=float, help="classifier-free guidance; 1 is off (default: the model's)")
    making.add_argument("--sampler", choices=get_args(SamplerName), help="default: the model's")
    making.add_argument("--eta", type=float, help="fresh noise of the sampler ddim, 0 to 1 (default: the model's)")
    making.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default auto)")
    making.add_argument("--model", help="bundle by name or folder (default: the first that fits)")


def add_writing_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags for folder, kind of file and contact sheets."""
    writing = parser.add_argument_group("what is written")
    writing.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder (default: this one)")
    writing.add_argument("--format", choices=["nii.gz", "nrrd"], default="nii.gz", help="default nii.gz")
    writing.add_argument("--no-sheet", action="store_true", help="leave out the contact sheets")


def request_from_args(args: argparse.Namespace, seed: int) -> GenerationRequest:
    """The request that description flags and making flags give together.

    Raises:
        InputError: a value out of place, or flags that exclude each other.
    """
    if args.direct and args.mask:
        raise InputError("--direct makes no use of --mask; leave one of them out")
    return GenerationRequest(
        description=description_from_args(args),
        text=args.text,
        mask=args.mask,
        resample_mask=args.resample_mask,
        model=args.model,
        way=Way.DIRECT if args.direct else None,
        dimension=2 if args.two_d else 3,
        count=args.count,
        seed=seed,
        steps=args.steps,
        quality=None if args.quality is None else Quality(args.quality),
        guidance_scale=args.guidance,
        sampler=args.sampler,
        eta=args.eta,
    )
