"""From *Generate* to volumes in the scene, with a worker that behaves as told."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def test_generated_volumes_come_into_the_scene_with_segmentation_and_provenance(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    import slicer
    from UterineSynthPanel import ResultScene

    panel = with_worker("good")
    panel.ui.count.setValue(2)
    panel.ui.seed.setValue(41)
    panel.ui.generate.click()
    theatre.finish(panel)
    first, second = ResultScene.results()
    assert [node.GetName() for node in (first, second)] == ["Synthetic uterus 1", "Synthetic uterus 2"]
    assert json.loads(first.GetAttribute("UterineSynth.Provenance"))["request"]["seed"] == 41
    segmentation = ResultScene.segmentationOf(second).GetSegmentation()
    names = {segmentation.GetNthSegment(i).GetName() for i in range(segmentation.GetNumberOfSegments())}
    assert names == {"uterine wall", "leiomyoma"}
    assert slicer.util.arrayFromVolume(first).shape == (8, 48, 48)
    assert panel.ui.results.rowCount == 2
    assert panel.ui.results.item(1, 2).text() == "41 · 2"
    assert not panel.ui.results.item(0, 0).icon().isNull()
    assert "2 new" in panel.ui.status.text


def test_a_new_result_leaves_the_pictures_of_earlier_rows_as_they_are(
    theatre: Any, with_worker: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from UterineSynthPanel import ResultScene, ResultsTable

    drawn, write = [], ResultsTable.writePicture
    monkeypatch.setattr(ResultsTable, "writePicture", lambda *of: drawn.append(of[0].GetName()) or write(*of))
    panel = with_worker("good")
    panel.ui.count.setValue(3)
    panel.ui.seed.setValue(41)
    panel.ui.generate.click()
    theatre.finish(panel)
    panel.ui.results.setCurrentCell(1, 1)
    panel.ui.deleteResult.click()
    assert drawn == ["Synthetic uterus 1", "Synthetic uterus 2", "Synthetic uterus 3"]
    assert [panel.ui.results.item(row, 2).text() for row in (0, 1)] == ["41 · 1", "41 · 3"]
    assert panel.ui.results.rowCount == len(ResultScene.results()) == 2


def test_the_request_says_what_the_panel_says(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    from UterineSynthPanel import ResultScene

    from UterineSynthLib.records import from_plain
    from UterineSynthLib.synthesis.request import GenerationRequest

    panel = with_worker("good")
    panel.ui.freeText.setPlainText("adenomyosis with a junctional zone of 15 mm")
    panel.ui.quality.setCurrentIndex(2)
    panel.ui.way.setCurrentIndex(1)
    panel.ui.guidance.setValue(2.5)
    panel.panel.textBox.interpretNow()
    panel.ui.generate.click()
    theatre.finish(panel)
    request = from_plain(GenerationRequest, ResultScene.provenanceOf(ResultScene.results()[0])["request"])
    assert (request.quality, request.way, request.guidance_scale) == ("best", "direct", 2.5)
    assert request.description == panel.panel.form.description
    assert request.description.junctional_zone_mm == 15.0


def test_cancel_takes_effect_within_a_step_and_keeps_what_is_finished(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    panel = with_worker("slow")
    panel.ui.count.setValue(50)
    panel.ui.generate.click()
    theatre.wait_until(lambda: panel.ui.results.rowCount == 1)
    theatre.wait_until(lambda: "step 2" in panel.ui.status.text)
    panel.ui.cancel.click()
    assert not panel.ui.cancel.enabled
    theatre.wait_until(lambda: not panel.panel.run.isBusy, timeout_s=10.0)
    # On a busy machine a volume may end between the two waits; what counts is that none is lost and none follows.
    finished = panel.ui.results.rowCount
    assert 1 <= finished < 20
    assert f"Stopped. {finished} finished" in panel.ui.status.text
    assert panel.ui.generate.enabled


def test_progress_names_step_time_and_device(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    panel = with_worker("slow")
    panel.ui.generate.click()
    theatre.wait_until(lambda: "step 4 of 6" in panel.ui.status.text)
    assert "2 s left" in panel.ui.status.text
    assert "cpu" in panel.ui.status.text
    assert panel.ui.progress.value == 4


def test_two_clicks_send_one_request(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    panel = with_worker("good")
    panel.panel.generate()
    panel.panel.generate()
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 1


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("dies", "ended unexpectedly (code 9)"),
        ("out of memory", "memory of the device was not enough"),
        ("missing package", "package monai is missing"),
        ("babbles", "speaks another protocol"),
        ("refuses", "The model is damaged."),
    ],
)
def test_a_worker_that_fails_is_told_in_words_and_the_next_request_works(
    theatre: Any, with_worker: Callable[[str], Any], behaviour: str, words: str
) -> None:
    panel = with_worker(behaviour)
    panel.ui.generate.click()
    theatre.finish(panel)
    assert words in panel.ui.status.text
    assert panel.ui.results.rowCount == 0
    panel.panel.close()
    with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.ui.results.rowCount == 1


def test_a_killed_worker_leaves_finished_results_and_a_new_one_starts(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    panel = with_worker("slow")
    panel.ui.count.setValue(50)
    panel.ui.generate.click()
    theatre.wait_until(lambda: panel.ui.results.rowCount == 1)
    killed = panel.panel.run.client.processId
    os.kill(killed, signal.SIGKILL)
    theatre.finish(panel)
    assert "ended unexpectedly" in panel.ui.status.text
    kept = panel.ui.results.rowCount
    assert 1 <= kept < 50
    panel.ui.count.setValue(1)
    panel.ui.generate.click()
    theatre.finish(panel)
    assert panel.ui.results.rowCount == kept + 1
    assert panel.panel.run.client.processId != killed


def test_a_program_that_cannot_be_started_is_told(theatre: Any, panel: Any) -> None:
    panel.panel.run.client._command = ["/no/such/PythonSlicer"]
    panel.ui.generate.click()
    theatre.finish(panel)
    assert "/no/such/PythonSlicer was not found" in panel.ui.status.text


def test_the_second_request_goes_to_the_same_worker(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    panel = with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    worker = panel.panel.run.client.processId
    panel.ui.generate.click()
    theatre.finish(panel)
    assert worker == panel.panel.run.client.processId != 0


def test_closing_the_scene_ends_the_run_and_leaves_no_process(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    panel = with_worker("slow")
    panel.ui.generate.click()
    theatre.wait_until(lambda: "step 2" in panel.ui.status.text)
    worker = panel.panel.run.client.processId
    theatre.scene.Clear(False)
    assert not panel.panel.run.client.isBusy
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert panel.ui.results.rowCount == 0
    assert panel.ui.generate.enabled


def test_deleting_a_result_leaves_nothing_behind(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    import slicer

    panel = with_worker("good")
    panel.panel.views.arrange()
    manager = slicer.app.layoutManager()
    # The stage makes a view when it is first asked for, with nodes that stay.
    assert all(manager.sliceWidget(name) for name in manager.sliceViewNames())
    before = theatre.node_names()
    panel.ui.generate.click()
    theatre.finish(panel)
    assert len(theatre.node_names()) > len(before)
    panel.ui.deleteResult.click()
    assert theatre.node_names() == before
    assert panel.ui.results.rowCount == 0


def test_a_saved_scene_brings_state_and_results_back(
    theatre: Any, with_worker: Callable[[str], Any], tmp_path: Path
) -> None:
    from stage import scene

    panel = with_worker("good")
    panel.ui.junctionalZoneMm.setValue(7.5)
    panel.ui.quality.setCurrentIndex(0)
    panel.ui.generate.click()
    theatre.finish(panel)
    assert scene.save_scene(tmp_path / "scene.mrml")
    theatre.scene.Clear(False)
    assert panel.ui.results.rowCount == 0
    assert panel.panel.form.description.junctional_zone_mm is None
    assert scene.load_scene(tmp_path / "scene.mrml")
    assert panel.panel.form.description.junctional_zone_mm == 7.5
    assert panel.ui.quality.currentIndex == 0
    assert panel.ui.results.rowCount == 1
    panel.ui.results.setCurrentCell(0, 1)
    panel.ui.deleteResult.click()
    hierarchy = theatre.scene.GetSubjectHierarchyNode()
    assert hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), "Synthetic (UterineSynth)") == 0


def test_same_again_takes_over_all_and_variation_leaves_the_seed_open(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    panel = with_worker("good")
    panel.ui.endometriumMm.setValue(9.0)
    panel.ui.generate.click()
    theatre.finish(panel)
    from UterineSynthPanel import ResultScene

    request = ResultScene.provenanceOf(ResultScene.results()[0])["request"]
    panel.ui.endometriumMm.setValue(4.0)
    panel.ui.sameAgain.click()
    assert panel.panel.form.description.endometrium_mm == 9.0
    assert panel.panel.settings.settings.seed == request["seed"]
    panel.ui.variation.click()
    assert panel.panel.settings.settings.seed is None


def test_a_result_is_saved_whole_and_never_over_another(
    theatre: Any, with_worker: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qt

    panel = with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", staticmethod(lambda *_: str(tmp_path)))
    before = theatre.node_names()
    panel.ui.saveResult.click()
    names = {"Synthetic_uterus_1.nii.gz", "Synthetic_uterus_1.seg.nrrd", "Synthetic_uterus_1.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert theatre.node_names() == before
    panel.ui.saveResult.click()
    assert "exists already" in panel.ui.status.text
    assert {path.name for path in tmp_path.iterdir()} == names


def test_the_mask_is_written_with_the_structures_of_the_table(
    theatre: Any, with_worker: Callable[[str], Any], tmp_path: Path
) -> None:
    import SimpleITK as sitk

    panel = with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    panel.ui.useAsMask.click()
    assert panel.ui.maskTable.rowCount == 2
    shown = {panel.ui.maskTable.item(row, 0).text(): panel.ui.maskTable.cellWidget(row, 1) for row in (0, 1)}
    assert {name: combo.currentText for name, combo in shown.items()} == {n: n for n in ("uterine wall", "leiomyoma")}
    shown["leiomyoma"].setCurrentIndex(4)
    before = theatre.node_names()
    panel.panel.mask.write(tmp_path / "mask.nii.gz")
    assert theatre.node_names() == before
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "mask.nii.gz")))
    # Voxels of the inner ball that the scripted worker draws.
    k, j, i = np.mgrid[0:8, 0:48, 0:48]
    inner = np.hypot(i - 24.0, (j - 20.0) * 1.3) + abs(k - 4) < 8
    assert set(np.unique(labels)) == {0, 1, 4}
    np.testing.assert_array_equal(labels == 4, inner)


def test_a_mask_without_any_structure_is_refused_in_words(theatre: Any, panel: Any) -> None:
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty")
    panel.ui.maskSelector.setCurrentNode(node)
    panel.ui.generate.click()
    assert "no segment of the mask is assigned" in panel.ui.status.text
    theatre.scene.RemoveNode(node)
    assert panel.panel.mask.node is None


def test_the_panel_stays_alive_while_the_worker_works(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    panel, gaps_s = with_worker("slow"), []
    for _ in range(3):
        panel.ui.generate.click()
        gaps_s.append(theatre.wait_until(lambda: "step 5" in panel.ui.status.text))
        theatre.finish(panel)
    # What the panel itself holds up, it holds up each time; a busy machine does so now and then.
    assert min(gaps_s) < 0.1


def test_a_model_that_needs_a_segmentation_leaves_no_choice_of_the_way(panel: Any, listed_models: Path) -> None:
    from UterineSynthPanel.GenerationSettings import GenerationSettings

    configs = listed_models / "masked-3d" / "configs"
    configs.mkdir(parents=True)
    for name in ("metadata.json", "inference.json"):
        plain = json.loads((listed_models / "pelvis-3d" / "configs" / name).read_text(encoding="utf-8"))
        (configs / name).write_text(json.dumps({**plain, "needs_mask": name == "inference.json"}), encoding="utf-8")
    try:
        way, form = panel.ui.way, panel.panel.settings
        way.setCurrentIndex(1)
        hint = way.toolTip
        form.show(GenerationSettings(model="masked-3d", way="direct"))
        assert (way.enabled, form.settings.way) == (False, "anatomy_first")
        assert "from a segmentation only" in way.toolTip
        panel.ui.model.setCurrentIndex(panel.ui.model.findText("pelvis-3d"))
        assert (way.enabled, way.toolTip) == (True, hint)
        way.setCurrentIndex(1)
        panel.ui.model.setCurrentIndex(panel.ui.model.findText("masked-3d"))
        assert (way.enabled, form.settings.way) == (False, "anatomy_first")
    finally:
        shutil.rmtree(listed_models / "masked-3d")
