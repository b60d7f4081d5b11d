"""The library's worker goes wrong under the panel: finished volumes stay, nothing is left behind, the user is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAULTY = Path(__file__).resolve().parent / "faulty_worker.py"
WAIT_S = 180.0


@pytest.fixture
def panel(theatre: Any, tiny_models: Path) -> Iterator[Any]:  # noqa: ARG001
    theatre.scene.Clear(False)
    panel = theatre.open(ROOT / "UterineSynth" / "UterineSynth.py")
    panel.ui.quality.setCurrentIndex(1)
    panel.ui.way.setCurrentIndex(1)
    yield panel
    theatre.close(panel)
    theatre.forget_settings()


def set_worker(panel: Any, *arguments: str) -> None:
    panel.panel.close()
    panel.panel.run.client._command = [sys.executable, "-u", *arguments]


def generate(theatre: Any, panel: Any) -> None:
    panel.ui.generate.click()
    theatre.finish(panel, WAIT_S)


def run_folders() -> list[Path]:
    import slicer

    return sorted(Path(slicer.app.temporaryPath).glob("UterineSynth-*"))


def child_processes() -> list[str]:
    """Command lines of the living children of this process, from /proc."""
    tasks = Path("/proc/self/task").glob("*/children")
    pids = [pid for task in tasks for pid in task.read_text(encoding="utf-8").split()]
    lines = [Path("/proc", pid, "cmdline") for pid in pids]
    return [
        line.read_text(encoding="utf-8").replace("\0", " ")
        for line in lines
        if line.exists() and line.read_text(encoding="utf-8")
    ]


def workers() -> list[str]:
    return [line for line in child_processes() if "worker" in line]


@pytest.mark.parametrize(
    ("fault", "kept", "words"),
    [
        ("killed while loading", 0, "ended unexpectedly"),
        ("killed mid-step", 0, "ended unexpectedly"),
        ("killed while writing", 1, "ended unexpectedly"),
        ("disk full", 1, "No space left on device"),
    ],
)
def test_wherever_it_goes_wrong_what_was_finished_stays_and_nothing_else(
    theatre: Any, panel: Any, fault: str, kept: int, words: str
) -> None:
    from UterineSynthPanel import ResultScene

    set_worker(panel, str(FAULTY), fault)
    panel.ui.count.setValue(2)
    generate(theatre, panel)
    assert words in panel.ui.status.text
    assert "Traceback" not in panel.ui.status.text
    assert len(ResultScene.results()) == panel.ui.results.rowCount == kept
    assert all(volume.GetImageData() is not None for volume in ResultScene.results())
    assert run_folders() == []
    assert panel.ui.generate.enabled
    panel.panel.close()
    assert workers() == []


def test_a_device_that_is_not_there_is_told_with_those_that_are(theatre: Any, panel: Any) -> None:
    command = panel.panel.run.client._command
    set_worker(panel, command[-1], "--device", "cuda:7")
    generate(theatre, panel)
    assert "cuda:7" in panel.ui.status.text
    assert "available: auto, cpu" in panel.ui.status.text
    panel.panel.close()
    assert workers() == []
    assert run_folders() == []


def test_a_mask_on_another_grid_is_refused_with_the_box_that_allows_it(theatre: Any, panel: Any) -> None:
    import slicer
    from stage.masks import add_ball_segmentation

    node = add_ball_segmentation((9, 40, 44), (5.0, 2.0, 2.0), "uterus")
    panel.ui.maskSelector.setCurrentNode(node)
    before = theatre.node_names()
    generate(theatre, panel)
    assert "9 x 40 x 44 voxels" in panel.ui.status.text
    assert "tick the box" in panel.ui.status.text
    assert "--" not in panel.ui.status.text
    assert theatre.node_names() == before
    panel.ui.resampleMask.setChecked(True)
    generate(theatre, panel)
    assert panel.ui.results.rowCount == 1
    assert slicer.mrmlScene.GetNodeByID(node.GetID()) is node
    worker = panel.panel.run.client.processId
    assert Path("/proc", str(worker)).exists()
    theatre.scene.Clear(False)
    assert not Path("/proc", str(worker)).exists()
