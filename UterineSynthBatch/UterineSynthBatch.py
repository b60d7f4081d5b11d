#!/usr/bin/env python-real
"""Slicer's command line module for batches: takes arguments as Slicer passes them and hands them to the library."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path


def find_library() -> None:
    """Put the library on the path: it is installed, or lies beside the scripted modules, or beside this folder."""
    if importlib.util.find_spec("UterineSynthLib") is not None:
        return
    here = Path(__file__).resolve().parent
    for folder in (here.parent / "qt-scripted-modules", here.parent):
        if (folder / "UterineSynthLib" / "__init__.py").is_file():
            sys.path.insert(0, str(folder))
            return
    sys.exit(f"UterineSynthBatch: the folder UterineSynthLib is neither installed nor beside {here}; install it again")


def parser() -> argparse.ArgumentParser:
    """The arguments that ``UterineSynthBatch.xml`` declares, and the file that Slicer reads results from."""
    parser = argparse.ArgumentParser(prog="UterineSynthBatch", description=__doc__)
    parser.add_argument("--returnparameterfile", type=Path)
    parser.add_argument("--table")
    parser.add_argument("--text")
    parser.add_argument("--mask")
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dimension", choices=["volume", "slice"], default="volume")
    parser.add_argument("--way", choices=["model", "direct"], default="model")
    parser.add_argument("--quality", choices=["draft", "standard", "best"], default="standard")
    parser.add_argument("--guidance")
    parser.add_argument("--model")
    parser.add_argument("--text-encoder")
    parser.add_argument("--resample-mask", action="store_true")
    parser.add_argument("--format", choices=["nii.gz", "nrrd"], default="nii.gz")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-sheet", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    return parser


def command_line(args: argparse.Namespace) -> list[str]:
    """The arguments of ``uterinesynth batch`` that mean the same."""
    words = ["batch", *([args.table] if args.table else []), "--progress", "slicer"]
    names = ("out", "text", "mask", "count", "seed", "quality", "guidance", "model", "text-encoder")
    for name in (*names, "format", "device", "workers"):
        value = getattr(args, name.replace("-", "_"))
        if value is not None:
            words.append(f"--{name}={value}")
    flags = {
        "--2d": args.dimension == "slice",
        "--direct": args.way == "direct",
        "--resample-mask": args.resample_mask,
        "--no-sheet": args.no_sheet,
        "--dry-run": args.dry_run,
    }
    return [*words, *(flag for flag, is_set in flags.items() if is_set)]


def main() -> int:
    """Run the batch between the tags that Slicer waits for; returns the exit code."""
    args = parser().parse_args()
    find_library()
    from UterineSynthLib.cli.main import main as uterinesynth

    print("<filter-start><filter-name>Uterine Synth (batch)</filter-name></filter-start>", flush=True)
    code = uterinesynth(command_line(args))
    print("<filter-end><filter-name>Uterine Synth (batch)</filter-name></filter-end>", flush=True)
    if args.returnparameterfile is not None:
        manifest = Path(args.out) / "manifest.jsonl"
        listed = manifest if manifest.is_file() else ""
        args.returnparameterfile.write_text(f"manifest = {listed}\nexitCode = {code}\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
