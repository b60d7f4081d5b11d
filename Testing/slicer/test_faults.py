"""Faults: no exception reaches the user raw, and nothing is left behind on disk, in the scene or among processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Worker = Callable[[str], Any]


def folders() -> list[Path]:
    import slicer

    return sorted(Path(slicer.app.temporaryPath).glob("UterineSynth-*"))


@pytest.fixture(autouse=True)
def nothing_is_left_on_disk(panel: Any) -> Any:  # noqa: ARG001
    assert folders() == []
    yield
    assert folders() == []


@pytest.mark.parametrize(
    "behaviour", ["dies at once", "dies", "dies while writing", "out of memory", "refuses", "babbles"]
)
def test_wherever_the_worker_fails_the_next_click_works(theatre: Any, with_worker: Worker, behaviour: str) -> None:
    panel = with_worker(behaviour)
    before = theatre.node_names()
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.ui.status.isVisibleTo(panel.ui.tabs)
    assert panel.ui.generate.enabled
    assert theatre.node_names() == before
    assert folders() == []
    panel.panel.close()
    with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 1


@pytest.mark.parametrize("moment", ["at once", "mid-step", "between two volumes"])
def test_a_worker_killed_at_any_moment_loses_no_finished_volume(theatre: Any, with_worker: Worker, moment: str) -> None:
    panel = with_worker("slow")
    panel.ui.count.setValue(50)
    panel.ui.generate.click()
    client, finished = panel.panel.run.client, range(1)
    theatre.wait_until(lambda: client.processId != 0)
    if moment == "mid-step":
        theatre.wait_until(lambda: "step 2" in panel.ui.status.text)
    if moment == "between two volumes":
        theatre.wait_until(lambda: panel.ui.results.rowCount == 1)
        finished = range(1, 50)
    os.kill(client.processId, signal.SIGKILL)
    theatre.finish(panel)
    assert "ended unexpectedly" in panel.ui.status.text
    assert panel.ui.results.rowCount in finished


def test_finished_volumes_do_not_depend_on_files_that_are_gone(theatre: Any, with_worker: Worker) -> None:
    from UterineSynthPanel import ResultScene

    panel = with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    (volume,) = ResultScene.results()
    assert volume.GetStorageNode() is None
    assert ResultScene.segmentationOf(volume).GetStorageNode() is None


def test_closing_the_scene_during_a_run_leaves_no_node_process_or_file(theatre: Any, with_worker: Worker) -> None:
    panel = with_worker("slow")
    theatre.scene.Clear(False)
    before = theatre.node_names()
    panel.ui.generate.click()
    theatre.wait_until(lambda: "step 2" in panel.ui.status.text)
    worker = panel.panel.run.client.processId
    theatre.scene.Clear(False)
    assert folders() == []
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert theatre.node_names() == before


@pytest.mark.parametrize("after", ["addImage", "completeResult"])
def test_a_scene_closed_while_a_result_comes_in_leaves_no_part_of_it(
    theatre: Any, with_worker: Worker, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    from PySide6.QtCore import QTimer
    from UterineSynthPanel import ResultScene

    panel, seen = with_worker("good"), []
    theatre.scene.Clear(False)
    before, piece = theatre.node_names(), getattr(ResultScene, after)

    def then_close(*arguments: Any) -> Any:
        # Before the next piece, which comes some milliseconds later.
        QTimer.singleShot(0, lambda: (seen.append(ResultScene.results()), theatre.scene.Clear(False)))
        return piece(*arguments)

    monkeypatch.setattr(ResultScene, after, then_close)
    panel.ui.generate.click()
    theatre.finish(panel)
    assert [len(results) for results in seen] == [0 if after == "addImage" else 1]
    assert theatre.node_names() == before
    assert panel.ui.results.rowCount == 0
    assert panel.ui.generate.enabled


def test_a_disk_that_fills_keeps_the_volumes_that_were_whole(theatre: Any, with_worker: Worker) -> None:
    panel = with_worker("disk fills")
    panel.ui.count.setValue(3)
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 2
    assert "could not be read" in panel.ui.status.text
    assert "Make room" in panel.ui.status.text
    assert panel.ui.showDetails.isVisibleTo(panel.ui.tabs)


def test_a_temporary_folder_that_cannot_be_written_is_told(panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from UterineSynthPanel import RunFolder

    def full(**_: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunFolder, "mkdtemp", full)
    panel.ui.generate.click()
    assert "No space left on device" in panel.ui.status.text
    assert panel.ui.generate.enabled


def test_two_clicks_on_each_button_send_one_request(theatre: Any, with_worker: Worker) -> None:
    panel = with_worker("slow")
    panel.panel.generate()
    panel.panel.generate()
    panel.panel.drawAnatomy()
    assert len(folders()) == 1
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 1
    assert panel.panel.mask.node is None


def test_a_mask_deleted_before_or_during_a_run_harms_nothing(theatre: Any, with_worker: Worker) -> None:
    panel = with_worker("slow")
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    node = panel.panel.mask.node
    panel.ui.generate.click()
    theatre.scene.RemoveNode(node)
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 1
    assert panel.panel.mask.node is None
    assert panel.ui.maskTable.rowCount == 0
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 2


def test_a_mask_is_resampled_only_when_it_is_asked_for(theatre: Any, with_worker: Worker) -> None:
    from UterineSynthPanel import ResultScene

    panel = with_worker("good")
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    for is_on in (False, True):
        panel.ui.resampleMask.setChecked(is_on)
        panel.ui.generate.click()
        theatre.finish(panel)
        request = ResultScene.provenanceOf(ResultScene.results()[-1])["request"]
        assert request["resample_mask"] is is_on


def test_without_a_model_generate_says_where_to_put_one(panel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from UterineSynthPanel import ModelChooser

    monkeypatch.setattr(ModelChooser, "bundle_folders", list)
    panel.enter()
    panel.ui.generate.click()
    assert "There is no model" in panel.ui.status.text
    assert "Put a model bundle into" in panel.ui.status.text
    assert not panel.panel.run.client.isBusy
    monkeypatch.undo()


def test_numbers_of_results_are_not_given_twice(theatre: Any, with_worker: Worker) -> None:
    from UterineSynthPanel import ResultScene

    panel = with_worker("good")
    panel.ui.count.setValue(2)
    panel.ui.generate.click()
    theatre.finish(panel)
    ResultScene.remove(ResultScene.results()[0])
    panel.panel.results.refresh()
    panel.ui.count.setValue(1)
    panel.ui.generate.click()
    theatre.finish(panel)
    assert [node.GetName() for node in ResultScene.results()] == ["Synthetic uterus 2", "Synthetic uterus 3"]
