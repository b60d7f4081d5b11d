"""Publish trained runs as a bundle: ``make_bundle.py [AUTOENCODER_RUN] DENOISER_RUN --name NAME --out DIR``."""

import argparse
import json
import sys
from pathlib import Path

from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.training.publish import Publication, publish, publish_prior

LICENCE = Path(__file__).parent.parent / "LICENSE"
SAMPLING = ("steps", "time_shift", "temperature", "needs_mask")


def main() -> int:
    """Parse, publish, and say where."""
    parser = argparse.ArgumentParser(description="Publish a trained autoencoder and denoiser as a model bundle.")
    parser.add_argument(
        "autoencoder", type=Path, nargs="?", help="run folder of train_autoencoder.py; left out for a model of pixels"
    )
    parser.add_argument("denoiser", type=Path, help="run folder of train_denoiser.py")
    parser.add_argument(
        "--prior",
        type=int,
        choices=(2, 3),
        help="the one run named is a KL autoencoder that makes slices (2) or volumes (3) from its prior",
    )
    parser.add_argument("--name", required=True, help="name of the bundle")
    parser.add_argument("--version", default="0.1.0", help="its version (default 0.1.0)")
    parser.add_argument("--about", required=True, help="one sentence for the card")
    parser.add_argument("--measured", type=Path, help="JSON object of figures for the card")
    parser.add_argument(
        "--steps", type=int, nargs=3, default=(4, 8, 24), metavar="N", help="of draft, standard, best (default 4 8 24)"
    )
    parser.add_argument(
        "--time-shift",
        type=float,
        help="of sampling; below 1, more steps fall near the clean end (default: as trained)",
    )
    parser.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        help="factor of the noise in sampling, above 0 up to 1; less leaves less noise and less variety (default 1)",
    )
    parser.add_argument(
        "--needs-mask", action="store_true", help="it makes no image without a label map: the direct way is refused"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--overwrite", action="store_true", help="replace a bundle that is there")
    args = parser.parse_args()
    told = [f"--{name.replace('_', '-')}" for name in SAMPLING if getattr(args, name) != parser.get_default(name)]
    if args.prior is not None and told:
        parser.error(f"{', '.join(told)}: a prior is drawn from once and takes no label map; leave out what samples")
    try:
        measured = json.loads(args.measured.read_text(encoding="utf-8")) if args.measured else None
        licence = LICENCE.read_text(encoding="utf-8")
        publication = Publication(
            args.name,
            args.version,
            args.about,
            licence,
            measured=measured,
            steps=tuple(args.steps),
            time_shift=args.time_shift,
            temperature=args.temperature,
            needs_mask=args.needs_mask,
        )
        if args.prior is None:
            bundle = publish(args.autoencoder, args.denoiser, args.out, publication, args.overwrite)
        else:
            bundle = publish_prior(args.denoiser, args.prior, args.out, publication, args.overwrite)
    except (UterineSynthError, OSError, json.JSONDecodeError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    print(f"{bundle.path} {bundle.digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
