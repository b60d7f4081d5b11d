"""The command line of the training scripts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.heap import keep_freed_memory
from UterineSynthLib.records import to_json
from UterineSynthLib.training.preset import load_preset

T = TypeVar("T")
_INTERRUPTED = 130


def run_training(kind: type[T], train: Callable[[T, Path], None], about: str, argv: Sequence[str] | None = None) -> int:
    """Preset + overrides -> resolved config (printed; ``--dry-run`` stops there) -> training. Returns the exit code."""
    parser = argparse.ArgumentParser(
        description=about,
        epilog="Repeat the command to resume. Several GPUs: accelerate launch SCRIPT PRESET --out DIR.",
    )
    parser.add_argument("preset", type=Path, help="YAML preset, for example one of Training/configs/")
    parser.add_argument("overrides", nargs="*", metavar="setting=value", help="such as optimiser.steps=1000")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run: state, snapshots, sheets, logs")
    parser.add_argument("--dry-run", action="store_true", help="print the resolved config and stop")
    args = parser.parse_intermixed_args(argv)
    try:
        config = load_preset(kind, args.preset, args.overrides)
        print(to_json(config, indent=1))  # noqa: T201
        if not args.dry_run:
            keep_freed_memory()
            train(config, args.out)
    except UterineSynthError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted; repeat the command to go on from the last checkpoint", file=sys.stderr)  # noqa: T201
        return _INTERRUPTED
    return 0
