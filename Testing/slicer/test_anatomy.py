"""*Anatomy from description*: a segmentation to be edited, ready as mask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from UterineSynthLib.volumes.structures import STRUCTURES, Structure


def test_the_segmentation_comes_named_and_coloured_and_is_the_mask(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    panel = with_worker("good")
    panel.ui.drawAnatomy.click()
    assert "Building the anatomy" in panel.ui.status.text
    theatre.finish(panel)
    node = panel.panel.mask.node
    assert node.GetName() == "Synthetic anatomy 1"
    assert set(panel.panel.mask.labels.values()) == {Structure.UTERINE_WALL, Structure.MYOMA}
    segmentation = node.GetSegmentation()
    for segment, structure in panel.panel.mask.labels.items():
        found = segmentation.GetSegment(segment)
        assert found.GetName() == STRUCTURES[structure].name
        np.testing.assert_allclose(found.GetColor(), np.array(STRUCTURES[structure].colour) / 255.0, atol=0.01)
    assert not panel.ui.maskSection.collapsed
    assert "press Generate" in panel.ui.status.text


def test_it_lies_under_the_study_and_deletes_without_a_trace(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    import slicer
    from UterineSynthPanel import ResultScene

    panel = with_worker("good")
    panel.panel.views.arrange()
    before = theatre.node_names()
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), "Synthetic (UterineSynth)")
    assert hierarchy.GetNumberOfItemChildren(study) == 1
    ResultScene.remove(panel.panel.mask.node)
    assert theatre.node_names() == before
    assert panel.panel.mask.node is None


def test_an_edited_anatomy_is_what_the_image_is_made_from(theatre: Any, with_worker: Callable[[str], Any]) -> None:
    import slicer
    from UterineSynthPanel import ResultScene

    panel = with_worker("good")
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    node = panel.panel.mask.node
    myoma = next(segment for segment, label in panel.panel.mask.labels.items() if label is Structure.MYOMA)
    node.GetSegmentation().RemoveSegment(myoma)
    panel.ui.generate.click()
    theatre.finish(panel)
    request = ResultScene.provenanceOf(ResultScene.results()[0])["request"]
    assert request["mask"].endswith("mask.nii.gz")
    assert "way" not in request
    assert slicer.mrmlScene.GetNodeByID(node.GetID()) is node


def test_it_needs_neither_a_model_nor_packages(
    theatre: Any, with_worker: Callable[[str], Any], monkeypatch: Any
) -> None:
    from UterineSynthPanel import ModelChooser, Packages

    monkeypatch.setattr(Packages, "missingPackages", lambda: ("torch",))
    monkeypatch.setattr(ModelChooser, "bundle_folders", list)
    panel = with_worker("good")
    panel.panel.models.show(3, None)
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    assert panel.panel.mask.node is not None
