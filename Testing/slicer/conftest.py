"""Leaves this room out as a whole, in one line, on a machine that lacks what the stage stands on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

TESTING = Path(__file__).resolve().parents[1]
WORKER = Path(__file__).resolve().parent / "scripted_worker.py"

# Only for this import: with Testing on the path, slicer-core would take the folder Testing/slicer for a part of itself.
sys.path.insert(0, str(TESTING))
from stage.needs import what_is_missing  # noqa: E402

sys.path.remove(str(TESTING))

MISSING = what_is_missing()
collect_ignore_glob = ["test_*.py"] if MISSING else []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MISSING:
        terminalreporter.write_line(MISSING, yellow=True)


@pytest.fixture(scope="session")
def theatre() -> Any:
    from stage.theatre import Theatre

    return Theatre()


@pytest.fixture(scope="session")
def listed_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the panel reads of a model: enough to list it, and to draw label maps on its grid."""
    folder = tmp_path_factory.mktemp("listed")
    configs = folder / "pelvis-3d" / "configs"
    configs.mkdir(parents=True)
    (configs / "metadata.json").write_text(json.dumps({"version": "1.0.0", "phantom_trained": True}))
    (configs / "inference.json").write_text(json.dumps({"grid": {"shape": [8, 64, 64]}}))
    return folder


@pytest.fixture
def panel(theatre: Any, listed_models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("UTERINESYNTH_MODELS", str(listed_models))
    theatre.scene.Clear(False)
    panel = theatre.open(TESTING.parent / "UterineSynth" / "UterineSynth.py")
    yield panel
    theatre.close(panel)


@pytest.fixture
def with_worker(panel: Any) -> Iterator[Callable[[str], Any]]:
    """Give the panel a scripted worker that behaves as named; returns the panel."""

    def set_worker(behaviour: str) -> Any:
        panel.panel.run.client._command = [sys.executable, "-u", str(WORKER), behaviour]
        return panel

    yield set_worker
    panel.panel.close()
