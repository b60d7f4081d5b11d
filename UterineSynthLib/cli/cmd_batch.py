"""``uterinesynth batch``: many requests into one folder, resumable, on one machine or many."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.cli.description_flags import add_description_flags
from UterineSynthLib.cli.request_flags import add_making_flags, add_writing_flags, request_from_args
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError

if TYPE_CHECKING:
    from UterineSynthLib.synthesis.batch import BatchSettings
    from UterineSynthLib.synthesis.batch_row import BatchRow

HELP = "Make the volumes of a table of requests into one folder; run again, it goes on where it stopped."
EPILOG = """examples:
  uterinesynth batch requests.csv --out cases --dry-run
  uterinesynth batch requests.csv --out cases --workers 2
  uterinesynth batch requests.csv --out cases --part 3/10
  uterinesynth batch requests.jsonl --out cases --scheduler tcp://node1:8786
  uterinesynth batch --text "adenomyosis, junctional zone 14 mm" --count 50 --out adenomyosis

A table is CSV, one row a request, with any of the columns id, text, mask, way, seed, count, dimension, model, quality,
steps, guidance_scale, sampler, resample_mask and the fields of a description (junctional_zone_mm,
leiomyomas.1.diameter_mm, pathologies as "leiomyoma; adenomyosis" ...), or JSON lines, one request record a line.
Flags say how a row is made where it does not say so itself. A row without a seed gets one from what it says and
--seed. The folder gets a folder a row, manifest.jsonl (a data set), and failures.csv where rows failed.
Exit code: 0 all made, 1 some rows failed, 2 bad input and nothing made."""
_MARK_OF_PART = re.compile(r"(\d+)/(\d+)")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("table", nargs="?", type=Path, help="CSV or JSON lines; without it the flags are one request")
    running = parser.add_argument_group("how it is run")
    running.add_argument("--workers", type=int, default=1, metavar="N", help="processes on this machine (default 1)")
    running.add_argument("--scheduler", metavar="ADDRESS", help="make the volumes on the workers of a Dask scheduler")
    running.add_argument("--part", metavar="K/N", help="only every Nth row, from the Kth; for arrays of jobs")
    running.add_argument("--dry-run", action="store_true", help="check all, show what is there and what would be made")
    running.add_argument(
        "--keep-going", action=argparse.BooleanOptionalAction, default=True, help="after a row failed (default: yes)"
    )
    running.add_argument(
        "--progress", choices=["auto", "slicer", "none"], default="auto", help="slicer: the tags that Slicer reads"
    )
    add_making_flags(parser)
    parser.add_argument(
        "--text-encoder", type=Path, metavar="DIR", help="local encoder folder, for models trained with one"
    )
    add_writing_flags(parser)
    add_description_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Check every row, then make what is missing; finished volumes stay when it is stopped."""
    settings = _settings_of(args)
    rows = _rows_of(args)
    from UterineSynthLib.cli.batch_report import tell_failures, tell_outcome, tell_plan, tell_survey
    from UterineSynthLib.synthesis.batch import run_batch, survey
    from UterineSynthLib.synthesis.batch_plan import plan_rows

    planned = plan_rows(rows, str(args.table), args.strict, args.text_encoder)
    tell_plan(planned, sys.stderr)
    there = survey(planned, settings)
    if args.dry_run:
        tell_survey(there, settings.folder, sys.stdout)
        return 0
    from UterineSynthLib.cli.batch_progress_bar import batch_progress

    with batch_progress(args.progress) as listener:
        outcome = run_batch(there, settings, listener)
    tell_failures(outcome, settings, sys.stderr)
    tell_outcome(outcome, sys.stderr)
    print(outcome.manifest)  # noqa: T201
    return 1 if outcome.failures else 0


def _settings_of(args: argparse.Namespace) -> BatchSettings:
    if args.workers < 1:
        raise InputError(f"--workers {args.workers}: must be at least 1")
    if args.scheduler is not None and args.workers > 1:
        raise InputError("--scheduler brings its own workers; leave out --workers")
    from UterineSynthLib.synthesis.batch import BatchSettings

    return BatchSettings(
        folder=args.out,
        suffix=f".{args.format}",  # type: ignore[arg-type]
        sheet=not args.no_sheet,
        device=args.device,
        workers=args.workers,
        scheduler=args.scheduler,
        keep_going=args.keep_going,
        part=_part_of(args.part),
        text_encoder=args.text_encoder,
    )


def _part_of(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = _MARK_OF_PART.fullmatch(text.strip())
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError(f"--part {text}: must be K/N with K from 1 to N, such as 3/10")
    return int(found[1]), int(found[2])


def _rows_of(args: argparse.Namespace) -> tuple[BatchRow, ...]:
    from UterineSynthLib.synthesis.batch_row import BatchRow, seed_for

    request = request_from_args(args, seed=0)
    if args.table is None:
        seed = seed_for(request, "", 0) if args.seed is None else args.seed
        mask = None if args.mask is None else Path(args.mask)
        return (BatchRow(0, "", replace(request, seed=seed), mask),)
    if request.text or request.mask or request.description != UterusDescription():
        raise InputError(f"{args.table} says what is shown; leave out the flags of text, mask and description")
    from UterineSynthLib.synthesis.batch_table import read_table

    return read_table(args.table, request, args.seed or 0)
