"""The unmodified panel with the real worker and a tiny model: the whole way, once."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_S = 90.0


@pytest.fixture(scope="module")
def open_panel(tiny_models: Path, theatre: Any) -> Iterator[Any]:  # noqa: ARG001
    theatre.scene.Clear(False)
    panel = theatre.open(ROOT / "UterineSynth" / "UterineSynth.py")
    panel.ui.quality.setCurrentIndex(0)
    yield panel
    theatre.close(panel)


def finish(theatre: Any, panel: Any) -> None:
    theatre.wait_until(lambda: not panel.panel.run.isBusy, timeout_s=START_S)


def test_the_panel_lists_the_model_with_an_honest_badge(open_panel: Any) -> None:
    assert open_panel.ui.model.currentText == "tiny"
    assert "phantom-trained" in open_panel.ui.modelBadge.text
    card = re.search(r'href="file://([^"]+)"', open_panel.ui.modelBadge.text)
    assert card is not None
    assert Path(card[1]).read_text(encoding="utf-8").startswith("# ")
    assert open_panel.ui.modelBadge.openExternalLinks


def test_a_model_of_a_saved_scene_that_is_not_installed_is_named(open_panel: Any) -> None:
    from UterineSynthPanel.GenerationSettings import GenerationSettings

    open_panel.panel.settings.show(GenerationSettings(model="hospital-3d"))
    assert "hospital-3d is not installed here" in open_panel.ui.modelBadge.text


def test_the_same_seed_gives_the_same_voxels_and_a_killed_worker_is_replaced(theatre: Any, open_panel: Any) -> None:
    import slicer
    from UterineSynthPanel import ResultScene

    ui, client = open_panel.ui, open_panel.panel.run.client
    ui.seed.setValue(5)
    ui.generate.click()
    finish(theatre, open_panel)
    assert "Finished: 1" in ui.status.text
    os.kill(client.processId, signal.SIGKILL)
    theatre.wait_until(lambda: client.processId == 0)
    ui.generate.click()
    finish(theatre, open_panel)
    first, second = (slicer.util.arrayFromVolume(node) for node in ResultScene.results())
    np.testing.assert_array_equal(first, second)
    assert ResultScene.segmentationOf(ResultScene.results()[0]) is not None


def test_a_model_that_is_gone_is_told_in_words(theatre: Any, open_panel: Any, tiny_models: Path) -> None:
    (tiny_models / "tiny").rename(tiny_models / ".gone")
    try:
        open_panel.ui.generate.click()
        finish(theatre, open_panel)
    finally:
        (tiny_models / ".gone").rename(tiny_models / "tiny")
    assert "not found" in open_panel.ui.status.text
    assert "Choose another model" in open_panel.ui.status.text


def test_the_panel_opens_without_loading_anything_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; sys.path.insert(0, 'Testing'); import stage; sys.path.pop(0)\n"
        "from pathlib import Path; from stage.theatre import Theatre\n"
        "Theatre().open(Path('UterineSynth/UterineSynth.py'))\n"
        "print([m for m in ('torch', 'monai', 'scipy', 'nibabel') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
