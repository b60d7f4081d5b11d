"""Seconds from a confirmed answer to the next case in the views, for 32 x 256 x 256: ``python case_change.py``.

Runs the panel's own reading on the stage; the answer is on the disk and the slices are computed when the clock stops.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTING = Path(__file__).resolve().parents[1]
# Only for this import: slicer-core would take the folder Testing/slicer for a part of itself.
sys.path.insert(0, str(TESTING))
from stage.theatre import Theatre  # noqa: E402

sys.path.remove(str(TESTING))

LIMIT_S = 0.3
SHAPE = (32, 256, 256)
CASES = 12


def study_of_noise(folder: Path) -> Path:
    """A study of ``CASES`` volumes, built; its reader folder."""
    import json

    import numpy as np
    from stage.reading import built_study

    from UterineSynthLib.volumes.files import write_image
    from UterineSynthLib.volumes.geometry import sagittal_geometry

    geometry = sagittal_geometry(SHAPE[0] + 1, SHAPE[1] + 1, 4.0, 0.8)
    for number in range(CASES):
        kind = ("real", "synthetic")[number % 2]
        (folder / kind).mkdir(parents=True, exist_ok=True)
        values = np.random.default_rng(number).normal(500.0, 100.0, geometry.shape).astype(np.float32)
        write_image(geometry.image_of(values), folder / kind / f"{kind}{number:02d}.nii.gz")
        if kind == "synthetic":
            (folder / kind / f"{kind}{number:02d}.json").write_text(
                json.dumps({"synthetic": True, "bundle": "m1"}), encoding="utf-8"
            )
    return built_study(folder, folder / "study", count=CASES // 2, training=0) / "reader"


def start(theatre: Any, folder: Path) -> Any:
    """The panel's reading of a study, its first case on."""
    import slicer
    from stage.main_window import MainWindow

    panel = theatre.open(TESTING.parent / "UterineSynth" / "UterineSynth.py")
    window = slicer.app.mainWindow = MainWindow(panel.parent)
    window.show()
    ui = panel.readerStudy.ui
    ui.readerFolder.setText(str(folder))
    ui.readerCode.setText("R1")
    ui.startReading.click()
    return panel.readerStudy.reader.mode


def draw(mode: Any) -> None:
    """Compute what each view shows."""
    import slicer

    for name in mode.views.names:
        logic = slicer.app.layoutManager().sliceWidget(name).sliceLogic()
        logic.UpdatePipeline()
        logic.GetImageDataConnection().GetProducer().Update()


def change_s(theatre: Any, mode: Any, is_prepared: bool) -> float:
    """Wall time of one change of case, the next one in memory or not."""
    if is_prepared:
        theatre.wait_until(lambda: mode._cases.holds(mode.session.nextImages))
    mode.dock.choose("3")
    began = time.perf_counter()
    mode.confirm()
    draw(mode)
    return time.perf_counter() - began


def main() -> int:
    """Print medians; 1 where the limit is not kept."""
    theatre = Theatre()
    with tempfile.TemporaryDirectory() as folder:
        mode = start(theatre, study_of_noise(Path(folder)))
        draw(mode)
        half = CASES // 2 - 1
        prepared = [change_s(theatre, mode, True) for _ in range(half)]
        unprepared = [change_s(theatre, mode, False) for _ in range(half)]
        mode.leave()
    size = " x ".join(map(str, SHAPE))
    for words, times in (("next case in memory", prepared), ("next case on disk", unprepared)):
        print(f"change of case, {size}, {words}: median {statistics.median(times):.3f} s, most {max(times):.3f} s")
    return 0 if statistics.median(prepared) < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
