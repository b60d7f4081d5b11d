"""Seconds from loading the module to a panel on the screen, each time in a fresh process on the stage."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

LIMIT_S = 0.5
ROOT = Path(__file__).resolve().parents[2]
_CODE = """
import sys, time
sys.path.insert(0, "Testing"); import stage; sys.path.pop(0)
from pathlib import Path
from stage.theatre import Theatre
theatre = Theatre()
began = time.process_time(), time.perf_counter()
panel = theatre.open(Path("UterineSynth/UterineSynth.py"))
theatre.wait_until(lambda: panel.ui.generate.visible)
print(time.process_time() - began[0], time.perf_counter() - began[1])
"""


def opening_s() -> tuple[float, float]:
    """(own processor time, wall time) of one opening, with Qt and the scene there already, as in Slicer."""
    done = subprocess.run([sys.executable, "-c", _CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    own, wall = done.stdout.split()[-2:]
    return float(own), float(wall)


def main() -> None:
    """Print the medians of some openings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = [opening_s() for _ in range(parser.parse_args().runs)]
    own, wall = (statistics.median(times) for times in zip(*runs, strict=True))
    print(
        f"panel, module load to visible: {own:.2f} s of its own time, {wall:.2f} s by the clock (limit {LIMIT_S:g} s)"
    )


if __name__ == "__main__":
    main()
