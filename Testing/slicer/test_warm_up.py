"""The model is loaded while the user still types, once, and never in the way of what was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Worker = Callable[[str], Any]


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What the scripted worker was told, in order."""
    path = tmp_path / "heard.jsonl"
    monkeypatch.setenv("UTERINESYNTH_HEARD", str(path))
    return lambda: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


def test_typing_loads_the_chosen_model_and_generate_finds_the_worker_running(
    theatre: Any, with_worker: Worker, heard: Callable[[], list[dict[str, Any]]]
) -> None:
    panel = with_worker("good")
    panel.ui.freeText.setPlainText("adenomyosis")
    theatre.wait_until(lambda: bool(heard()))
    (load,) = heard()
    assert load["request"] == {"model": "pelvis-3d", "dimension": 3}
    worker = panel.panel.run.client.processId
    assert panel.ui.generate.enabled
    assert not panel.ui.progress.isVisibleTo(panel.ui.tabs)
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.panel.run.client.processId == worker
    assert kinds(heard()) == ["load", "generate"]


def test_a_panel_that_is_only_looked_at_starts_no_process(theatre: Any, with_worker: Worker) -> None:
    panel = with_worker("good")
    theatre.turn(1.0)
    assert panel.panel.run.client.processId == 0


def test_further_edits_load_nothing_again_but_another_model_does(
    theatre: Any, with_worker: Worker, heard: Callable[[], list[dict[str, Any]]]
) -> None:
    panel = with_worker("good")
    for _ in range(3):
        panel.panel.warmUp.now()
    panel.panel.models.show(2, None)
    panel.ui.model.addItem("pelvis-2d")
    panel.ui.model.setCurrentIndex(panel.ui.model.count - 1)
    panel.panel.warmUp.now()
    theatre.wait_until(lambda: len(heard()) == 2)
    assert kinds(heard()) == ["load", "load"]


def test_nothing_is_loaded_while_packages_are_missing(
    theatre: Any, with_worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from UterineSynthPanel import Packages

    monkeypatch.setattr(Packages, "missingPackages", lambda: ("torch",))
    panel = with_worker("good")
    panel.panel.warmUp.now()
    theatre.turn(0.2)
    assert panel.panel.run.client.processId == 0


def test_a_worker_that_dies_while_it_loads_is_no_fault_until_it_is_needed(theatre: Any, with_worker: Worker) -> None:
    panel = with_worker("dies at once")
    panel.panel.warmUp.now()
    theatre.wait_until(lambda: panel.panel.run.client.processId == 0)
    assert not panel.ui.status.isVisibleTo(panel.ui.tabs)
    with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 1


def test_closing_the_scene_ends_what_was_started_ahead(theatre: Any, with_worker: Worker) -> None:
    panel = with_worker("good")
    panel.panel.warmUp.now()
    worker = panel.panel.run.client.processId
    assert worker != 0
    theatre.scene.Clear(False)
    assert panel.panel.run.client.processId == 0
    assert not Path("/proc", str(worker)).exists()
