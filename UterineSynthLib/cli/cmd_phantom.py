"""``uterinesynth phantom``: volumes of the digital pelvis, with label map and measured truth."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.cli.description_flags import add_description_flags, description_from_args
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import ContradictionError, InputError, OutputError

if TYPE_CHECKING:
    from UterineSynthLib.phantom.phantom import PhantomCase

HELP = "Build volumes of the digital pelvis: T2 image, label map and what was measured in it."
EPILOG = """examples:
  uterinesynth phantom --seed 7 --out phantoms
  uterinesynth phantom --text "retroverted uterus with a 4 cm FIGO 2-5 fibroid" --count 4 --out phantoms
  uterinesynth phantom --pathology adenomyosis --shape 32 256 256 --field-strength 3 --format nrrd

No model takes part: anatomy comes from formulas, contrast from relaxation times. Phantom n of a command has the seed
SEED + n - 1; the same description and seed give the same voxels."""
_LARGEST_DRAWN_SEED = 2**31


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_description_flags(parser)
    making = parser.add_argument_group("how many, how large")
    making.add_argument("--count", type=int, default=1, help="how many (default 1)")
    making.add_argument("--seed", type=int, help="whole number; drawn and printed if left out")
    making.add_argument("--shape", type=int, nargs=3, metavar=("D", "H", "W"), help="slices, rows, columns")
    writing = parser.add_argument_group("what is written")
    writing.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder (default: this one)")
    writing.add_argument("--format", choices=["nii.gz", "nrrd"], default="nii.gz", help="default nii.gz")
    writing.add_argument("--no-sheet", action="store_true", help="leave out the contact sheets")


def run(args: argparse.Namespace) -> int:
    """Build and write one phantom after the other; finished ones stay when it is stopped."""
    if args.count < 1:
        raise InputError(f"--count {args.count}: must be 1 or more")
    if args.seed is not None and args.seed < 0:
        raise InputError(f"--seed {args.seed}: must be 0 or more")
    description = _with_shape(description_from_args(args), args.shape)
    _check_folder(args.out)
    first = secrets.randbelow(_LARGEST_DRAWN_SEED) if args.seed is None else args.seed
    from UterineSynthLib.phantom.phantom import make_phantom

    for number in range(args.count):
        begun = time.monotonic()
        case = make_phantom(description, first + number)
        for path in _write(case, args, first + number):
            print(path, flush=True)  # noqa: T201
        spent = time.monotonic() - begun
        left = f", {spent * (args.count - number - 1):.0f} s left" if number + 1 < args.count else ""
        print(f"phantom {number + 1} of {args.count}: seed {first + number}, {spent:.1f} s{left}", file=sys.stderr)  # noqa: T201
    return 0


def _with_shape(description: UterusDescription, shape: list[int] | None) -> UterusDescription:
    """The description with the stack's size; raises where it contradicts what else was given."""
    if shape is None:
        return description
    slices, rows, columns = shape
    if rows != columns:
        raise InputError(f"--shape {slices} {rows} {columns}: rows and columns must be equal, slices are square")
    scan = description.acquisition
    for name, given, wanted in (("slice count", scan.slice_count, slices), ("matrix", scan.matrix, rows)):
        if given is not None and given != wanted:
            raise ContradictionError(f"--shape {slices} {rows} {columns}", f"{name} {given}", "they set the same size")
    return replace(description, acquisition=replace(scan, slice_count=slices, matrix=rows))


def _check_folder(folder: Path) -> None:
    probe = folder / f".probe-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(folder, error.strerror or str(error)) from error


def _write(case: PhantomCase, args: argparse.Namespace, seed: int) -> list[Path]:
    """Image, labels, truth and sheet of one phantom; the truth comes last and says that the rest is complete."""
    from UterineSynthLib.description.summary import summarise
    from UterineSynthLib.phantom.provenance import provenance_of
    from UterineSynthLib.records import to_json, write_text_whole
    from UterineSynthLib.volumes.contact_sheet import contact_sheet, write_contact_sheet
    from UterineSynthLib.volumes.files import write_image

    stem = f"phantom-{seed:010d}"
    said = summarise(case.description)
    image, labels = (args.out / f"{stem}{part}.{args.format}" for part in ("", "-labels"))
    truth, sheet = args.out / f"{stem}.json", args.out / f"{stem}.png"
    write_image(case.image, image, "SYNTHETIC digital pelvis, UterineSynth")
    write_image(case.labels, labels, "SYNTHETIC digital pelvis, labels, UterineSynth")
    written = [image, labels]
    if not args.no_sheet:
        page = contact_sheet(case.image, case.labels, f"Digital pelvis, seed {seed}", [said])
        write_contact_sheet(page, sheet, said)
        written.append(sheet)
    write_text_whole(truth, to_json(provenance_of(case, seed), indent=2))
    return [*written, truth]
