"""``uterinesynth study``: design, build, check, follow, merge, unblind, analyse and report a blinded reader study."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.cli.study_flags import add_actions
from UterineSynthLib.errors import InputError, OutputError, StudyError
from UterineSynthLib.records import from_json, to_json, write_text_whole

if TYPE_CHECKING:
    from UterineSynthLib.readerstudy.leakcheck import LeakCheck

HELP = "Design, build, follow and analyse a blinded reader study of real and synthetic images."
EPILOG = """examples, in the order of a study:
  uterinesynth study design --real data/manifest.jsonl --synthetic demo/ --readers R1 R2 --out study.json
  uterinesynth study build study.json --out study --passphrase
  uterinesynth study read-status study
  uterinesynth study merge study back-from-R1/ back-from-R2/
  uterinesynth study unblind study --passphrase
  uterinesynth study report study
Only study/reader/ goes to the readers; study/coordinator/ holds the truth."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    add_actions(parser)


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    actions = {
        "design": _design,
        "build": _build,
        "check": _check,
        "read-status": _read_status,
        "merge": _merge,
        "unblind": _unblind,
        "analyse": _analyse,
        "report": _report,
    }
    return actions[args.action](args)


def _design(args: argparse.Namespace) -> int:
    from UterineSynthLib.cli.study_design import design_from_args, size_lines

    if args.out.exists() and not args.overwrite:
        raise OutputError(args.out, "a design is there; choose another name, or --overwrite it")
    design = design_from_args(args)
    write_text_whole(args.out, to_json(design, indent=1) + "\n")
    for line in size_lines(design):
        _print(line)
    _print(f"design written to {args.out}")
    return 0


def _build(args: argparse.Namespace) -> int:
    import secrets

    from UterineSynthLib.readerstudy.build import build_study
    from UterineSynthLib.readerstudy.coordinator import open_built_study
    from UterineSynthLib.readerstudy.design import StudyDesign

    design = from_json(StudyDesign, _text(args.design), str(args.design))
    passphrase = _passphrase(args, twice=True)
    show = _print_progress if args.progress_lines else _show_progress
    build_study(design, args.design.parent, args.out, secrets.token_hex(16), passphrase, show)
    study = open_built_study(args.out)
    _print(f"{len(study.folder.study.image_sha256)} images for {len(study.folder.readers)} readers in {args.out}")
    _print_leaks(study.check(passphrase))
    _print(f"give readers a copy of {args.out / 'reader'} and nothing else")
    return 0


def _check(args: argparse.Namespace) -> int:
    from UterineSynthLib.readerstudy.coordinator import open_built_study

    found = open_built_study(args.study).check(_passphrase(args))
    if args.json:
        _print(to_json(found))
        return 0
    _print("every file is the one that was built")
    _print_leaks(found)
    return 0


def _read_status(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from UterineSynthLib.readerstudy.build import READER_FOLDER
    from UterineSynthLib.readerstudy.folder import open_reader_folder
    from UterineSynthLib.readerstudy.status import study_status

    inner = args.study / READER_FOLDER
    folder = open_reader_folder(inner if inner.is_dir() else args.study)
    for status in study_status(folder, datetime.now(UTC)):
        if args.json:
            _print(to_json(status))
            continue
        pace = "" if status.median_seconds is None else f", {status.median_seconds:.0f} s a case"
        remark = f": {status.remark}" if status.remark else ""
        _print(f"{status.reader}  {status.done} of {status.total}{pace}{remark}")
    return 0


def _merge(args: argparse.Namespace) -> int:
    from UterineSynthLib.readerstudy.coordinator import open_built_study

    study = open_built_study(args.study)
    merged = study.merge(args.sources or [study.folder.path], dict(_reader_file(text) for text in args.use))
    for note in merged.notes:
        _print(note)
    for conflict in merged.conflicts:
        _print(f"conflict: {conflict}")
    if merged.conflicts:
        raise StudyError(args.study, "nothing was merged; settle each conflict with --use READER=FILE")
    readers = ", ".join(book.reader for book in merged.responses.books)
    _print(f"answers of {readers} united in {study.responses_path}")
    return 0


def _unblind(args: argparse.Namespace) -> int:
    from UterineSynthLib.readerstudy.coordinator import open_built_study

    study = open_built_study(args.study)
    readings = study.unblind(_passphrase(args), args.close_incomplete)
    _print(f"{len(readings.readings)} readings written to {study.readings_path}")
    return 0


def _analyse(args: argparse.Namespace) -> int:
    from UterineSynthLib.readerstudy.coordinator import open_built_study
    from UterineSynthLib.readerstudy.statistics.analysis import analyse

    study = open_built_study(args.study)
    result = analyse(study.readings())
    write_text_whole(study.analysis_path, to_json(result, indent=1) + "\n")
    _print(to_json(result) if args.json else result.verdict.headline)
    return 0


def _report(args: argparse.Namespace) -> int:
    import tempfile

    from UterineSynthLib.cli.study_pictures import example_pictures
    from UterineSynthLib.readerstudy.coordinator import open_built_study
    from UterineSynthLib.readerstudy.report.page import write_report
    from UterineSynthLib.readerstudy.statistics.analysis import analyse

    study = open_built_study(args.study)
    readings = study.readings()
    folder = args.out or args.study / "report"
    with tempfile.TemporaryDirectory() as scratch:
        pictures = example_pictures(study.folder, readings, Path(scratch))
        write_report(analyse(readings), readings, folder, pictures, study.found_leaks())
    _print(f"report written to {folder}")
    return 0


def _passphrase(args: argparse.Namespace, twice: bool = False) -> str | None:
    if args.passphrase_file is not None:
        return (_text(args.passphrase_file).splitlines() or [""])[0]
    if not args.passphrase:
        return None
    passphrase = getpass.getpass("passphrase of the key: ")
    if twice and getpass.getpass("once more: ") != passphrase:
        raise InputError("the two passphrases differ; nothing was built")
    return passphrase


def _reader_file(text: str) -> tuple[str, Path]:
    reader, equals, path = text.partition("=")
    if not equals:
        raise InputError(f"--use {text}: expected READER=FILE, such as R1=back/answers/R1.sqlite")
    return reader, Path(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise InputError(f"{path}: {reason}") from error


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rimage {done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)  # noqa: T201


def _print_progress(done: int, total: int) -> None:
    print(f"image {done} of {total}", flush=True)  # noqa: T201


def _print_leaks(found: LeakCheck) -> None:
    for group in found.groups:
        estimate = group.estimate
        interval = f"{estimate.low:.2f} to {estimate.high:.2f}"
        _print(f"leak check, {group.group}: AUC {estimate.auc:.2f} ({interval}), most telling is {group.telling}")
    if not found.groups:
        _print(f"leak check: {found.remark}")
    for warning in found.warnings:
        _print(f"WARNING: {warning}")
    if found.groups and not found.warnings:
        _print("leak check: nothing was found that tells real from synthetic")


def _print(text: str) -> None:
    print(text, file=sys.stdout)  # noqa: T201
