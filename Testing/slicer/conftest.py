"""Leaves this room out as a whole, in one line, on a machine that lacks what the stage stands on."""

from __future__ import annotations

import importlib.util
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
    (configs / "metadata.json").write_text(json.dumps({"version": "1.0.0", "phantom_trained": True}), encoding="utf-8")
    (configs / "inference.json").write_text(json.dumps({"grid": {"shape": [8, 64, 64]}}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with one whole but untrained model, ``tiny``; the panel's workers find it too."""
    spec = importlib.util.spec_from_file_location("tiny_bundle", TESTING / "tiny_bundle.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("models")
    module.write_tiny_bundle(folder / "tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UTERINESYNTH_MODELS", str(folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield folder


@pytest.fixture
def panel(theatre: Any, listed_models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("UTERINESYNTH_MODELS", str(listed_models))
    theatre.scene.Clear(False)
    panel = theatre.open(TESTING.parent / "UterineSynth" / "UterineSynth.py")
    set_worker(panel, "good")
    yield panel
    theatre.close(panel)
    theatre.forget_settings()


def set_worker(panel: Any, behaviour: str) -> None:
    """Give a panel the scripted worker that behaves as named; one that runs already ends."""
    panel.panel.close()
    panel.panel.run.client._command = [sys.executable, "-u", str(WORKER), behaviour]


@pytest.fixture
def with_worker(panel: Any) -> Iterator[Callable[[str], Any]]:
    """Give the panel a scripted worker that behaves as named; returns the panel."""

    def give(behaviour: str) -> Any:
        set_worker(panel, behaviour)
        return panel

    yield give
    panel.panel.close()


@pytest.fixture(scope="session")
def study_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ``real/`` and ``synthetic/``, twelve small volumes each."""
    from stage.reading import write_images

    folder = tmp_path_factory.mktemp("study_images")
    write_images(folder, 12)
    return folder


@pytest.fixture
def window(panel: Any) -> Iterator[Any]:
    """Slicer's main window with the panel in it, shown and active."""
    import slicer
    from PySide6.QtTest import QTest
    from stage.main_window import MainWindow

    window = MainWindow(panel.parent)
    slicer.app.mainWindow = window
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    yield window
    panel.readerStudy.reader.mode.leave()
    panel.parent.setParent(None)
    slicer.app.mainWindow = None
    window.quit()


@pytest.fixture
def start_reading(panel: Any, window: Any) -> Callable[..., Any]:  # noqa: ARG001
    """Function that fills in folder and code, presses *Start reading* and returns the reading."""

    def start(study: Path, reader: str = "R1") -> Any:
        ui = panel.readerStudy.ui
        ui.readerFolder.setText(str(study / "reader"))
        ui.readerCode.setText(reader)
        ui.startReading.click()
        return panel.readerStudy.reader.mode

    return start
