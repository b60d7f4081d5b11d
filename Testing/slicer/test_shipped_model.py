"""A session with the library's worker and the shipped model: ask, look, compare, edit, ask again, save, reopen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from UterineSynthLib.volumes.structures import Structure

ROOT = Path(__file__).resolve().parents[2]
WORDS = "Retroverted uterus with a 35 mm FIGO 4 fibroid in the posterior wall"
WAIT_S = 540.0
"""For a volume: only a worker that hangs takes so long, even on a machine that is busy otherwise."""
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def session(theatre: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UTERINESYNTH_MODELS", str(tmp_path_factory.mktemp("none")))
        patch.setenv("OMP_NUM_THREADS", "1")
        theatre.scene.Clear(False)
        panel = theatre.open(ROOT / "UterineSynth" / "UterineSynth.py")
        panel.ui.quality.setCurrentIndex(0)
        yield panel
        theatre.close(panel)
        theatre.forget_settings()


def generate(theatre: Any, panel: Any) -> Any:
    from UterineSynthPanel import ResultScene

    panel.ui.generate.click()
    theatre.finish(panel, WAIT_S)
    assert "Finished: 1" in panel.ui.status.text
    return ResultScene.results()[-1]


def voxels(volume: Any) -> np.ndarray:
    import slicer

    return slicer.util.arrayFromVolume(volume)


def labels_of(panel: Any, path: Path) -> np.ndarray:
    import SimpleITK as sitk

    panel.panel.mask.write(path)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def segment_of(panel: Any, structure: Structure) -> str:
    return next(segment for segment, label in panel.panel.mask.labels.items() if label is structure)


def logic_of(name: str) -> Any:
    import slicer

    return slicer.app.layoutManager().sliceWidget(name).sliceLogic()


def halve_segment(node: Any, segment: str, volume: Any) -> None:
    """Empty the upper half of a segment, as an effect of Segment Editor writes it."""
    import slicer

    scene = slicer.mrmlScene
    nodes = {scene.GetNthNode(i).GetID() for i in range(scene.GetNumberOfNodes())}
    voxels_of_segment = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment, volume).copy()
    voxels_of_segment[:, : int(np.nonzero(voxels_of_segment)[1].mean())] = 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(voxels_of_segment, node, segment, volume)
    # Slicer's two functions leave a display node each behind.
    for left in {scene.GetNthNode(i).GetID() for i in range(scene.GetNumberOfNodes())} - nodes:
        scene.RemoveNode(scene.GetNodeByID(left))


@pytest.fixture(scope="module")
def first(theatre: Any, session: Any) -> Any:
    session.ui.freeText.setPlainText(WORDS)
    session.panel.textBox.interpretNow()
    session.ui.seed.setValue(11)
    return generate(theatre, session)


def test_words_become_a_volume_with_its_segmentation_in_the_views(session: Any, first: Any) -> None:
    from UterineSynthPanel import ResultScene

    assert "phantom-trained" in session.ui.modelBadge.text
    assert voxels(first).shape[0] > 1
    assert voxels(first).std() > 0
    assert "leiomyoma" in session.ui.results.item(0, 1).text()
    assert logic_of("Yellow").GetSliceCompositeNode().GetBackgroundVolumeID() == first.GetID()
    assert ResultScene.segmentationOf(first).GetSegmentation().ContainsRepresentation("Closed surface")
    assert " s a volume" in session.ui.quality.itemText(0)
    assert "not measured yet" in session.ui.quality.itemText(2)


def test_a_variation_is_compared_with_the_first_without_loading_the_model_again(
    theatre: Any, session: Any, first: Any
) -> None:
    worker = session.panel.run.client.processId
    session.ui.variation.click()
    second = generate(theatre, session)
    assert session.panel.run.client.processId == worker
    assert not np.array_equal(voxels(first), voxels(second))
    for row in (0, 1):
        for column in range(session.ui.results.columnCount):
            session.ui.results.item(row, column).setSelected(True)
    session.ui.compare.click()
    shown = [logic_of(name).GetSliceCompositeNode().GetBackgroundVolumeID() for name in ("SyntheticA", "SyntheticB")]
    assert shown == [first.GetID(), second.GetID()]


def test_an_edited_mask_is_what_the_next_volume_shows(theatre: Any, session: Any, first: Any, tmp_path: Path) -> None:
    from UterineSynthPanel import ResultScene

    session.ui.results.clearSelection()
    session.panel.results.select(first)
    session.ui.useAsMask.click()
    before = labels_of(session, tmp_path / "before.nii.gz")
    halve_segment(session.panel.mask.node, segment_of(session, Structure.MYOMA), first)
    after = labels_of(session, tmp_path / "after.nii.gz")
    myomas = [np.count_nonzero(labels == Structure.MYOMA) for labels in (before, after)]
    assert 0 < myomas[1] < myomas[0]
    third = generate(theatre, session)
    assert ResultScene.provenanceOf(third)["label_source"] == "mask"
    session.ui.useAsMask.click()
    np.testing.assert_array_equal(labels_of(session, tmp_path / "made.nii.gz"), after)


def test_a_saved_session_comes_back_whole_and_leaves_nothing_when_it_is_deleted(
    theatre: Any, session: Any, first: Any, tmp_path: Path
) -> None:
    import slicer
    from stage import scene
    from UterineSynthPanel import ResultScene

    pictured, count = voxels(first).copy(), len(ResultScene.results())
    description, text = session.panel.form.description, session.ui.freeText.plainText
    assert scene.save_scene(tmp_path / "session.mrml")
    theatre.scene.Clear(False)
    empty = theatre.node_names()
    assert session.ui.results.rowCount == 0
    assert scene.load_scene(tmp_path / "session.mrml")
    results = ResultScene.results()
    assert session.ui.results.rowCount == len(results) == count
    np.testing.assert_array_equal(voxels(results[0]), pictured)
    assert (session.panel.form.description, session.ui.freeText.plainText) == (description, text)
    assert session.panel.mask.node is not None
    assert all(ResultScene.segmentationOf(volume) is not None for volume in results)
    assert ResultScene.provenanceOf(results[0])["synthetic"] is True
    for _ in range(count):
        session.panel.results.select(ResultScene.results()[0])
        session.ui.deleteResult.click()
    ours = ("vtkMRMLScalarVolume", "vtkMRMLSegmentation", "vtkMRMLLabelMap", "vtkMRMLVolumeArchetype")
    assert [name for name in theatre.node_names() if name.startswith(ours) and name not in empty] == []
    study = slicer.mrmlScene.GetSubjectHierarchyNode()
    assert study.GetItemChildWithName(study.GetSceneItemID(), ResultScene.STUDY) == 0
