"""Seconds until the command answers: ``--help`` of every verb, and ``generate`` up to its first progress line."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time

from UterineSynthLib.cli.main import VERBS

HELP_LIMIT_S = 0.5
FIRST_PROGRESS_LIMIT_S = 6.0
_COMMAND = (sys.executable, "-m", "UterineSynthLib.cli.main")


def help_s(verb: str) -> float:
    """Wall time of one ``--help`` in a fresh interpreter."""
    began = time.perf_counter()
    subprocess.run([*_COMMAND, verb, "--help"], capture_output=True, check=True)
    return time.perf_counter() - began


def first_progress_s(model: str | None) -> float:
    """Wall time from the start of ``generate`` to its first line of progress."""
    named = ["--model", model] if model else []
    with tempfile.TemporaryDirectory() as folder:
        command = [*_COMMAND, "generate", "--seed", "1", "--device", "cpu", "--out", folder, *named]
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        line = next((line for line in process.stderr if line.startswith("volume 1 of 1")), None)
        seconds = time.perf_counter() - began
        process.kill()
        process.communicate()
    if line is None:
        raise SystemExit("generate ended before its first progress; run it by hand to see why")
    return seconds


def main() -> None:
    """Print the figures, each the median of some runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="bundle by name or folder (default: the shipped 3D model)")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    for verb in VERBS:
        seconds = statistics.median(help_s(verb) for _ in range(args.runs))
        print(f"{verb} --help: {seconds:.2f} s (limit {HELP_LIMIT_S:g} s)")
    seconds = statistics.median(first_progress_s(args.model) for _ in range(args.runs))
    print(f"generate, start to first progress: {seconds:.1f} s (limit {FIRST_PROGRESS_LIMIT_S:g} s)")


if __name__ == "__main__":
    main()
