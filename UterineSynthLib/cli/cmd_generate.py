"""``uterinesynth generate``: volumes from a description."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.bundles.inference_config import Quality, Way
from UterineSynthLib.cli.description_flags import add_description_flags, description_from_args
from UterineSynthLib.errors import InputError
from UterineSynthLib.synthesis.request import GenerationRequest

if TYPE_CHECKING:
    from UterineSynthLib.bundles.bundle import Bundle
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

HELP = "Make synthetic volumes (or single slices) of what is described; what is left open is drawn at random."
EPILOG = """examples:
  uterinesynth generate --text "anteverted uterus with a 3 cm FIGO 4 fibroid in the posterior wall" --seed 7
  uterinesynth generate --pathology adenomyosis --junctional-zone 14 --count 4 --out adenomyosis
  uterinesynth generate --mask drawn_labels.nii.gz --quality best --format nrrd
  uterinesynth generate --2d --direct --guidance 3

Every volume is written with its label map (where there is one), a contact sheet and its provenance as JSON. The same
seed with the same model on the same type of device gives the same voxels."""
_LARGEST_DRAWN_SEED = 2**31


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_description_flags(parser)
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
    making.add_argument("--sampler", choices=["euler", "heun"], help="default: the model's")
    making.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default auto)")
    making.add_argument("--model", help="bundle by name or folder (default: the first that fits)")
    writing = parser.add_argument_group("what is written")
    writing.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder (default: this one)")
    writing.add_argument("--format", choices=["nii.gz", "nrrd"], default="nii.gz", help="default nii.gz")
    writing.add_argument("--no-sheet", action="store_true", help="leave out the contact sheets")


def run(args: argparse.Namespace) -> int:
    """Check everything that can be checked, then generate; files already finished stay when it is stopped."""
    request = _request_of(args)
    bundle = _bundle_of(request)
    from UterineSynthLib.synthesis.output import CaseWriter

    writer = CaseWriter(args.out, f".{args.format}", not args.no_sheet)  # type: ignore[arg-type]
    writer.prepare(request, bundle.inference.grid.voxels, bundle.digest)
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

    synthesizer = Synthesizer.from_bundle(bundle, args.device)
    _announce(synthesizer, request, seed_was_drawn=args.seed is None)
    from UterineSynthLib.cli.progress_bar import progress_bar

    with progress_bar(sys.stderr) as on_progress:
        for case in synthesizer.generate(request, on_progress=on_progress):
            for path in writer.write(case).all:
                print(path, flush=True)  # noqa: T201
    return 0


def _request_of(args: argparse.Namespace) -> GenerationRequest:
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
        seed=secrets.randbelow(_LARGEST_DRAWN_SEED) if args.seed is None else args.seed,
        steps=args.steps,
        quality=None if args.quality is None else Quality(args.quality),
        guidance_scale=args.guidance,
        sampler=args.sampler,
    )


def _bundle_of(request: GenerationRequest) -> Bundle:
    from UterineSynthLib.bundles.catalogue import default_bundle, find_bundle

    return find_bundle(request.model) if request.model else default_bundle(request.dimension)


def _announce(synthesizer: Synthesizer, request: GenerationRequest, seed_was_drawn: bool) -> None:
    metadata = synthesizer.bundle.metadata
    training = "trained on a digital phantom alone" if metadata.phantom_trained else "trained on scans"
    drawn = " (drawn; give it as --seed to get the same again)" if seed_was_drawn else ""
    model = f"model {metadata.name} {metadata.version}, {training}"
    print(f"{model}; device {synthesizer.compute}; seed {request.seed}{drawn}", file=sys.stderr)  # noqa: T201
