"""The arguments of ``uterinesynth study``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

_Add = Callable[[argparse.ArgumentParser], None]
FORM_NAMES = ("turing", "anchored", "likert", "clinical")
_STUDY = "folder that 'study build' made"


def add_actions(parser: argparse.ArgumentParser) -> None:
    """Declare every action in the order of a study."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    table: tuple[tuple[str, str, _Add], ...] = (
        ("design", "write the design: cases, questions, order, readers and the claim, and say how many reads it needs",
         _design),
        ("build", "draw the cases and build the blinded study, then look for leaks", _build),
        ("check", "check every file of a built study and look for leaks", _check),
        ("read-status", "show how far each reader is", _read_status),
        ("merge", "unite the answers that came back from the readers", _merge),
        ("unblind", "close the reading and join the answers with the truth", _unblind),
        ("analyse", "compute the statistics of an unblinded study", _analyse),
        ("report", "write the report: page, figures, tables", _report),
    )  # fmt: skip
    for name, words, add in table:
        add(actions.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}."))


def _design(parser: argparse.ArgumentParser) -> None:
    cases = parser.add_argument_group("cases")
    cases.add_argument(
        "--real",
        action="append",
        type=Path,
        required=True,
        metavar="FOLDER|MANIFEST",
        help="real images: a folder, or a manifest of which the test split is taken; repeatable",
    )
    cases.add_argument(
        "--synthetic",
        action="append",
        required=True,
        metavar="[NAME=]FOLDER",
        help="synthetic images of one model; repeatable",
    )
    cases.add_argument("--count-real", type=int, default=None, metavar="N", help="real images to read (default: all)")
    cases.add_argument(
        "--count-synthetic",
        type=int,
        default=None,
        metavar="N",
        help="synthetic images to read (default: as many as real ones)",
    )
    cases.add_argument("--training", type=int, default=0, metavar="N", help="cases with feedback before the first")
    cases.add_argument("--several-per-subject", action="store_true", help="draw more than one image of a subject")
    cases.add_argument("--filter", default="none", metavar="TEXT", help="selection made before the draw, in words")
    cases.add_argument(
        "--held-out", default="not stated", metavar="TEXT", help="how it is known that no model saw the real cases"
    )
    _add_reading(parser)
    _add_claim(parser)
    parser.add_argument("--title", default="Reader study", help="name of the study")
    parser.add_argument("--seed", type=int, default=0, help="of the draw, the names and every order (default 0)")
    parser.add_argument("--out", type=Path, default=Path("study.json"), help="design file (default study.json)")
    parser.add_argument("--overwrite", action="store_true", help="replace a design that is there")


def _add_reading(parser: argparse.ArgumentParser) -> None:
    reading = parser.add_argument_group("reading")
    reading.add_argument("--readers", nargs="+", required=True, metavar="CODE", help="codes, not names, such as R1 R2")
    reading.add_argument("--form", nargs="+", default=["turing"], choices=FORM_NAMES, help="questions, joined in order")
    reading.add_argument("--questions", type=Path, metavar="FILE", help="own questions: a JSON list of records")
    reading.add_argument("--no-authenticity", action="store_true", help="do not ask whether an image is real")
    reading.add_argument("--forced-choice", type=int, default=1, metavar="N", help="show N images, one of them real")
    reading.add_argument("--repeats", type=float, default=0.125, help="share shown twice unnoticed (default 0.125)")
    reading.add_argument("--block", type=int, default=6, help="cases in which the classes are balanced (default 6)")
    reading.add_argument("--sessions", type=int, default=1, help="number of sittings (default 1)")
    reading.add_argument("--reread", action="store_true", help="every session holds all cases again")
    reading.add_argument("--washout-days", type=float, default=0.0, help="least time between sessions")
    reading.add_argument("--cases-per-reader", type=int, default=None, metavar="N", help="default: all cases")
    reading.add_argument("--allow-back", action="store_true", help="readers may change an answer")
    reading.add_argument(
        "--noise",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="raise every noise floor to this share of the intensity range",
    )


def _add_claim(parser: argparse.ArgumentParser) -> None:
    claim = parser.add_argument_group("claim")
    claim.add_argument(
        "--aim",
        choices=("equivalence", "difference"),
        default="equivalence",
        help="readers are no better than chance, or better (default equivalence)",
    )
    claim.add_argument("--measure", choices=("accuracy", "auc"), default="accuracy", help="default accuracy")
    claim.add_argument("--margin", type=float, default=0.10, help="distance from chance (default 0.10)")
    claim.add_argument("--alpha", type=float, default=0.05, help="error rate (default 0.05)")
    claim.add_argument("--power", type=float, default=0.80, help="default 0.80")
    claim.add_argument("--fixed-readers", action="store_true", help="claim for these readers only")


def _build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("design", type=Path, help="design file")
    parser.add_argument("--out", type=Path, required=True, help="folder to make; its reader/ is what readers get")
    parser.add_argument("--progress-lines", action="store_true", help="print progress line by line, for a program")
    _add_passphrase(parser)


def _check(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    _add_passphrase(parser)
    parser.add_argument("--json", action="store_true", help="print the leak check as one JSON object")


def _read_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", type=Path, help="built study, or a reader's folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object a reader")


def _merge(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    parser.add_argument(
        "sources",
        nargs="*",
        type=Path,
        help="reader folders or answer files that came back (default: the study's own reader folder)",
    )
    parser.add_argument(
        "--use",
        action="append",
        default=[],
        metavar="READER=FILE",
        help="settle a conflict: this file counts; repeatable",
    )


def _unblind(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    _add_passphrase(parser)
    parser.add_argument("--close-incomplete", metavar="REASON", help="close although items are open, for this reason")


def _analyse(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    parser.add_argument("--json", action="store_true", help="print the whole result as one JSON object")


def _report(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    parser.add_argument("--out", type=Path, default=None, help="folder of the report (default: report/ in the study)")


def _add_study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", type=Path, help=_STUDY)


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--passphrase", action="store_true", help="ask for the passphrase of the key")
    group.add_argument("--passphrase-file", type=Path, metavar="FILE", help="read it from the first line of a file")
