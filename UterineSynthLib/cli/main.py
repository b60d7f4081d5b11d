"""Entry point: finds the verb, runs it, and turns our own errors into one line and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from UterineSynthLib import __version__
from UterineSynthLib.errors import UterineSynthError

VERBS: tuple[str, ...] = ("generate", "batch", "phantom", "describe", "import", "bundle", "evaluate", "study", "doctor")
"""Verbs in the order of a first use. Verb ``x`` lives in ``cli/cmd_x.py``: HELP, EPILOG, configure(), run()."""

_INTERRUPTED = 130
_BROKEN_PIPE = 141


def build_parser() -> argparse.ArgumentParser:
    """The parser with every verb; imports neither torch nor MONAI."""
    parser = argparse.ArgumentParser(
        prog="uterinesynth",
        description="Synthesise sagittal T2-weighted MRI of the uterus from a clinical description.",
        epilog="Every image made here is synthetic, is marked so, and comes from models trained on a digital phantom.",
    )
    parser.add_argument("--version", action="version", version=f"uterinesynth {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        module = _module_of(verb)
        sub = verbs.add_parser(
            verb,
            help=module.HELP,
            description=module.HELP,
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(sub)
        sub.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (0 done, 1 own failure, 2 bad input, 130 interrupted)."""
    args = build_parser().parse_args(argv)
    try:
        return int(args.run(args))
    except UterineSynthError as error:
        print(f"uterinesynth {args.verb}: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        print(f"uterinesynth {args.verb}: interrupted; finished files are complete", file=sys.stderr)  # noqa: T201
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def _module_of(verb: str) -> ModuleType:
    return importlib.import_module(f"UterineSynthLib.cli.cmd_{verb}")


if __name__ == "__main__":
    sys.exit(main())
