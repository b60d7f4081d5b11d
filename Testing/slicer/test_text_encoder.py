"""A model that was trained with an external text encoder asks for its folder; no other model shows that button."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def external(listed_models: Path, panel: Any) -> Any:
    """A panel whose only model reads text with an external encoder."""
    path = listed_models / "pelvis-3d" / "configs" / "inference.json"
    kept = path.read_text(encoding="utf-8")
    path.write_text(
        json.dumps({**json.loads(kept), "denoiser": {"conditions": {"text_encoder_width": 768}}}), encoding="utf-8"
    )
    panel.enter()
    yield panel
    path.write_text(kept, encoding="utf-8")


def is_shown(panel: Any) -> bool:
    return panel.ui.textEncoder.isVisibleTo(panel.ui.tabs)


def test_the_button_shows_only_for_a_model_that_needs_it(panel: Any) -> None:
    assert not is_shown(panel)
    assert panel.panel.textEncoder.folder is None


def test_the_chosen_folder_goes_along_with_the_request_and_is_remembered(
    theatre: Any, external: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qt

    monkeypatch.setenv("UTERINESYNTH_HEARD", str(tmp_path / "heard.jsonl"))
    folder = tmp_path / "clinical-encoder"
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", staticmethod(lambda *_: str(folder)))
    assert "choose a folder" in external.ui.textEncoder.text
    external.ui.textEncoder.click()
    assert is_shown(external)
    assert "clinical-encoder" in external.ui.textEncoder.text
    external.ui.generate.click()
    theatre.finish(external)
    sent = [json.loads(line) for line in (tmp_path / "heard.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [message["text_encoder"] for message in sent] == [str(folder)]
    assert external.panel.textEncoder.folder == str(folder)


def test_a_message_of_the_library_names_the_button_and_not_the_flag(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    panel = with_worker("wants an encoder")
    panel.ui.generate.click()
    theatre.finish(panel)
    assert "the button Text encoder" in panel.ui.status.text
    assert "--" not in panel.ui.status.text
