"""``uterinesynth import``: real files into a manifest, and a look at what preprocessing makes of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.errors import ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from UterineSynthLib.dataset.importing.importer import ImportOrder, OnCase

HELP = "Bring data sets, folders and DICOM studies into a manifest; repairs what it can and reports every case."
EPILOG = """examples:
  uterinesynth import umd UMD data/umd
  uterinesynth import ut-endomri UT-EndoMRI data/endo --rater r1
  uterinesynth import folder scans data/own --licence CC0-1.0 --labels 1=uterine_wall,3=myoma
  uterinesynth import dicom export data/clinic --licence LicenseRef-internal --dry-run
  uterinesynth import preview data/umd/manifest.jsonl steps.png --case umd-0001 --bias-correction

OUT gets manifest.jsonl, cases/ and import-report/. The report names source files; the manifest and the cases do not.
Repeating a command resumes it."""
KINDS = {
    "umd": "UMD, 300 T2 studies of women with leiomyomas (CC BY 4.0)",
    "ut-endomri": "UT-EndoMRI, endometriosis, several raters (non-commercial research only)",
    "synthuterus": "SynthUterus ROI, synthetic uterine volumes (CC BY 4.0)",
    "folder": "a folder of NIfTI or NRRD volumes, with or without masks",
    "decathlon": "a folder with a dataset.json as in the Medical Segmentation Decathlon",
    "dicom": "folders of DICOM files; one series of each study is chosen and said",
    "brats": "BraTS-like folders: t1, t1ce, t2, flair and a mask",
}
PREVIEW = "preview"
_MASKS, _RATER, _SEQUENCE, _PATIENT, _NAME = "labels", "rater", "sequence", "patient_pattern", "name"
_CHOICES = {
    "umd": (),
    "ut-endomri": (_RATER, _SEQUENCE),
    "synthuterus": (_MASKS, _PATIENT),
    "folder": (_MASKS, _PATIENT, _NAME),
    "decathlon": (_MASKS, _PATIENT, _NAME),
    "dicom": (_SEQUENCE, _PATIENT, _NAME),
    "brats": (_MASKS, _NAME),
}
"""What is left to choose, by kind; the rest follows from the source."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the kinds of source, each with the same flags, and the preview."""
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for kind, about in KINDS.items():
        sub = kinds.add_parser(kind, help=about, description=f"Import {about}.")
        _add_import_flags(sub)
        _add_choices(sub, _CHOICES[kind])
    _add_preview_flags(kinds.add_parser(PREVIEW, help="draw what each step of preprocessing makes of one case"))


def _add_import_flags(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("source", type=Path, metavar="SRC", help="folder of the source; it is only read")
    sub.add_argument("out", type=Path, metavar="OUT", help="folder of the data set to be")
    sub.add_argument("--licence", metavar="SPDX", help="licence of the data, where the source's is not known")
    sub.add_argument("--no-labels", action="store_true", help="leave all masks out")
    sub.add_argument(
        "--split",
        type=float,
        nargs=3,
        default=(0.8, 0.1, 0.1),
        metavar=("TRAIN", "VALIDATION", "TEST"),
        help="shares of the patients (default 0.8 0.1 0.1)",
    )
    sub.add_argument("--seed", type=int, default=0, help="of the split (default 0)")
    sub.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")


def _add_choices(sub: argparse.ArgumentParser, choices: Sequence[str]) -> None:
    sub.set_defaults(**dict.fromkeys((_MASKS, _RATER, _SEQUENCE, _PATIENT, _NAME)))
    if _MASKS in choices:
        sub.add_argument(
            "--labels", metavar="TABLE", help="what mask values mean: 1=uterine_wall,2=none, or umd or ours"
        )
    if _RATER in choices:
        sub.add_argument("--rater", metavar="NAME", help="take this rater's masks instead of the majority's")
    if _SEQUENCE in choices:
        sub.add_argument("--sequence", metavar="NAME", help="take this sequence, by its name or a part of it")
    if _PATIENT in choices:
        told = "its group in parentheses, found in a file's path, is the patient"
        sub.add_argument("--patient-pattern", metavar="REGEX", help=told)
    if _NAME in choices:
        sub.add_argument("--name", metavar="TEXT", help="what the data set is called in manifests and ledgers")


def _add_preview_flags(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("source", type=Path, metavar="MANIFEST", help="manifest of an import or of phantoms")
    sub.add_argument("out", type=Path, metavar="OUT.png", help="picture to write")
    sub.add_argument("--case", metavar="ID", help="which case (default: the first)")
    sub.add_argument("--size", type=int, nargs=3, default=(128, 128, 32), metavar=("W", "H", "D"), help="of the grid")
    sub.add_argument(
        "--spacing", type=float, nargs=3, default=(1.25, 1.25, 4.4), metavar=("I", "J", "K"), help="of the grid, in mm"
    )
    sub.add_argument("--centre", choices=["found", "uterus", "study"], default="found", help="default found")
    sub.add_argument("--bias-correction", action="store_true", help="remove the shading of MR coils (N4)")
    sub.add_argument("--window", type=float, nargs=2, metavar=("LOW", "HIGH"), help="fixed intensities, as for CT")


def run(args: argparse.Namespace) -> int:
    """Import, or draw the steps for one case."""
    if args.kind == PREVIEW:
        return _preview(args)
    order = _order(args)
    from UterineSynthLib.dataset.importing.importer import MANIFEST, import_cases
    from UterineSynthLib.dataset.importing.report import summary_lines, write_report

    with _progress() as on_case:
        result = import_cases(order, on_case)
    for line in summary_lines(order, result):
        print(line, file=sys.stderr)  # noqa: T201
    if order.dry_run:
        print("dry run: nothing was written", file=sys.stderr)  # noqa: T201
        return 0
    page = write_report(order, result)
    print(order.out / MANIFEST)  # noqa: T201
    print(page)  # noqa: T201
    return 0


def _order(args: argparse.Namespace) -> ImportOrder:
    from UterineSynthLib.dataset.importing.found import Choices
    from UterineSynthLib.dataset.importing.importer import ImportOrder
    from UterineSynthLib.dataset.importing.label_table import parse_label_table
    from UterineSynthLib.dataset.importing.sources import SOURCES
    from UterineSynthLib.dataset.splitting import SplitFractions

    source = SOURCES[args.kind]
    source = replace(source, name=args.name or source.name)
    if source.licence and args.licence and args.licence != source.licence:
        raise ConfigError(f"--licence {args.licence}: {source.name} comes under {source.licence}; leave the flag out")
    licence = source.licence or args.licence
    if not licence:
        raise ConfigError(
            "--licence is needed: nobody but you knows under which licence these data are, and every model trained on"
            " them will carry it; for example --licence CC-BY-4.0 or --licence LicenseRef-internal"
        )
    if args.labels and args.no_labels:
        raise ConfigError("--labels and --no-labels exclude each other")
    choices = Choices(
        labels=parse_label_table(args.labels) if args.labels else None,
        without_labels=args.no_labels,
        rater=args.rater,
        sequence=args.sequence,
        patient_pattern=args.patient_pattern,
    )
    return ImportOrder(
        source, args.source, args.out, licence, choices, SplitFractions(*args.split), args.seed, args.dry_run
    )


@contextmanager
def _progress() -> Iterator[OnCase]:
    """A bar on a terminal, a line at every tenth of the cases elsewhere."""
    if not sys.stderr.isatty():
        yield _say_tenths
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("importing", total=None)
        yield lambda number, total, _: bar.update(task, completed=number, total=total)


def _say_tenths(number: int, total: int, _: object) -> None:
    if number == total or 10 * number // total > 10 * (number - 1) // total:
        print(f"case {number} of {total}", file=sys.stderr, flush=True)  # noqa: T201


def _preview(args: argparse.Namespace) -> int:
    if args.out.suffix.lower() != ".png":
        raise OutputError(args.out, "the preview is a PNG; the name must end in .png")
    from UterineSynthLib.dataset.centring import Centre
    from UterineSynthLib.dataset.manifest import read_manifest
    from UterineSynthLib.dataset.preprocessing import Preprocessing
    from UterineSynthLib.dataset.preview import preview
    from UterineSynthLib.volumes.bias_field import BiasCorrection
    from UterineSynthLib.volumes.contact_sheet import write_contact_sheet

    config = Preprocessing(
        size=tuple(args.size),
        spacing_mm=tuple(args.spacing),
        centre=Centre(args.centre),
        bias_correction=BiasCorrection() if args.bias_correction else None,
        window=tuple(args.window) if args.window else None,
    )
    manifest = read_manifest(args.source)
    case = next((one for one in manifest.cases if args.case in (None, one.id)), None)
    if case is None:
        raise InputError(f"--case {args.case}: {args.source} has no such case; the first is {manifest.cases[0].id}")
    write_contact_sheet(preview(manifest, case, config), args.out, f"Preprocessing of {case.id}")
    print(args.out)  # noqa: T201
    return 0
