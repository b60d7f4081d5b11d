"""How long the panel keeps Slicer from answering while the worker generates: the longest gaps of the event loop.

Gaps are counted by the clock and by the process's own processor time: on a machine that is busy otherwise only the
second says what the panel itself takes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIMIT_S = 0.1
ROOT = Path(__file__).resolve().parents[2]
_WAIT_S = 600.0
_LISTED = 3


def main() -> None:
    """Generate some volumes through the panel, then print the longest gaps and what the panel did in them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, default=3)
    parser.add_argument("--model", help="folder of models (default: those that ship)")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT / "Testing"))
    from stage.theatre import Theatre

    sys.path.pop(0)
    os.environ["UTERINESYNTH_MODELS"] = args.model or tempfile.mkdtemp()
    theatre = Theatre()
    panel = theatre.open(ROOT / "UterineSynth" / "UterineSynth.py")
    view = watching_view(theatre, panel)
    for number in range(args.volumes):
        panel.ui.generate.click()
        gaps = gaps_until_done(panel)
        wall, own = (sorted(kind, reverse=True)[:_LISTED] for kind in zip(*gaps, strict=True))
        print(f"volume {number + 1}: longest gaps by the clock {_in_ms(wall)}; of its own time {_in_ms(own)}")
        print(f"  {panel.ui.status.text}")
    print(f"limit {1000 * LIMIT_S:.0f} ms; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    del view
    theatre.close(panel)


def watching_view(theatre: Any, panel: Any) -> Any:
    """A 3D view that takes up every surface as it comes, as the one in Slicer's window does."""
    import slicer
    from stage.three_d_view import ThreeDView

    panel.panel.views.arrange()
    node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLViewNode")
    return ThreeDView(theatre.application_logic, node, (300, 300))


def gaps_until_done(panel: Any) -> list[tuple[float, float]]:
    """(wall, own) seconds of every turn of the event loop until the request is over."""
    from PySide6 import QtCore

    gaps, end = [], time.monotonic() + _WAIT_S
    while panel.panel.run.isBusy or panel.panel.views.isBuilding:
        before = time.perf_counter(), time.process_time()
        QtCore.QCoreApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 10)
        gaps.append((time.perf_counter() - before[0], time.process_time() - before[1]))
        if time.monotonic() > end:
            raise SystemExit("the worker did not finish; run the panel by hand to see why")
        time.sleep(0.001)
    return gaps


def _in_ms(seconds: list[float]) -> str:
    return ", ".join(f"{1000 * value:.0f}" for value in seconds) + " ms"


if __name__ == "__main__":
    main()
