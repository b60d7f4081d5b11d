"""``uterinesynth generate``: volumes from a description."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.cli.description_flags import add_description_flags
from UterineSynthLib.cli.request_flags import add_making_flags, add_writing_flags, request_from_args
from UterineSynthLib.synthesis.request import GenerationRequest

if TYPE_CHECKING:
    from UterineSynthLib.bundles.bundle import Bundle
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

HELP = "Make synthetic volumes (or single slices) of what is described; what is left open is drawn at random."
EPILOG = """examples:
  uterinesynth generate --text "anteverted uterus with a 3 cm FIGO 4 fibroid in the posterior wall" --seed 7
  uterinesynth generate --pathology adenomyosis --junctional-zone 14 --count 4 --out adenomyosis
  uterinesynth generate --mask drawn_labels.nii.gz --quality best --format nrrd
  uterinesynth generate --2d --model default-2d-fine --text "retroverted uterus" --count 8

Every volume is written with its label map (where there is one), a contact sheet and its provenance as JSON. The same
seed with the same model on the same type of device gives the same voxels."""
_LARGEST_DRAWN_SEED = 2**31


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_description_flags(parser)
    add_making_flags(parser)
    parser.add_argument(
        "--text-encoder", type=Path, metavar="DIR", help="local encoder folder, for a model trained with one"
    )
    add_writing_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything that can be checked, then generate; files already finished stay when it is stopped."""
    request = _request_of(args)
    bundle = _bundle_of(request)
    from UterineSynthLib.synthesis.output import CaseWriter

    writer = CaseWriter(args.out, f".{args.format}", not args.no_sheet)  # type: ignore[arg-type]
    writer.prepare(request, bundle.inference.voxels, bundle.digest)
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

    synthesizer = Synthesizer.from_bundle(bundle, args.device, args.text_encoder)
    _announce(synthesizer, request, seed_was_drawn=args.seed is None)
    from UterineSynthLib.cli.progress_bar import progress_bar

    with progress_bar(sys.stderr) as on_progress:
        for case in synthesizer.generate(request, on_progress=on_progress):
            for path in writer.write(case).all:
                print(path, flush=True)  # noqa: T201
    return 0


def _request_of(args: argparse.Namespace) -> GenerationRequest:
    return request_from_args(args, secrets.randbelow(_LARGEST_DRAWN_SEED) if args.seed is None else args.seed)


def _bundle_of(request: GenerationRequest) -> Bundle:
    from UterineSynthLib.bundles.catalogue import default_bundle, find_bundle

    return find_bundle(request.model) if request.model else default_bundle(request.dimension)


def _announce(synthesizer: Synthesizer, request: GenerationRequest, seed_was_drawn: bool) -> None:
    metadata = synthesizer.bundle.metadata
    training = "trained on a digital phantom alone" if metadata.phantom_trained else "trained on scans"
    drawn = " (drawn; give it as --seed to get the same again)" if seed_was_drawn else ""
    model = f"model {metadata.name} {metadata.version}, {training}"
    print(f"{model}; device {synthesizer.compute}; seed {request.seed}{drawn}", file=sys.stderr)  # noqa: T201
