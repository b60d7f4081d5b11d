"""Sample data: studies of the digital pelvis, offered to Slicer and made on the spot."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.errors import OutputError


class SampleDataLogic:
    """Takes what Slicer's own takes: one address, file, node name and type each, or it raises."""

    registered: list[dict[str, Any]] = []

    @classmethod
    def registerCustomSampleDataSource(  # noqa: N802
        cls,
        category: str,
        sampleName: str,
        uris: str,
        fileNames: str,
        nodeNames: str,
        customDownloader: Any,
        thumbnailFileName: str,
        loadFileTypes: str,
    ) -> None:
        assert all(isinstance(value, str) for value in (uris, fileNames, nodeNames, loadFileTypes))
        source = SimpleNamespace(sampleName=sampleName, nodeNames=[nodeNames])
        cls.registered.append(
            {"category": category, "source": source, "thumbnail": thumbnailFileName, "make": customDownloader}
        )


@pytest.fixture
def registered(panel: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:  # noqa: ARG001
    """What the module registers when the application has started."""
    import slicer

    SampleDataLogic.registered.clear()
    monkeypatch.setitem(sys.modules, "SampleData", SimpleNamespace(SampleDataLogic=SampleDataLogic))
    slicer.app.startupCompleted.emit()
    names = {item["source"].sampleName: item for item in SampleDataLogic.registered}
    return list(names.values())


def test_each_study_is_registered_with_a_picture(registered: list[dict[str, Any]]) -> None:
    assert len(registered) == 3
    assert {item["category"] for item in registered} == {"Uterine Synth"}
    for item in registered:
        assert Path(item["thumbnail"]).is_file()


def test_the_words_of_each_study_are_understood(panel: Any) -> None:  # noqa: ARG001
    from UterineSynthPanel.SampleStudies import STUDIES

    for study in STUDIES:
        assert interpret(study.text).not_understood == ()


def test_a_study_is_made_offline_and_is_no_result_of_a_model(
    theatre: Any, registered: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer
    from UterineSynthPanel import ResultScene, SampleStudies

    small = SampleStudies.SampleStudy("Normal Uterus", "normal uterus, 10 slices, matrix 64", 11)
    monkeypatch.setattr(SampleStudies, "loadStudy", lambda _study, load=SampleStudies.loadStudy: load(small))
    item = next(item for item in registered if "Normal" in item["source"].sampleName)
    (volume,) = item["make"](item["source"])
    assert volume.GetName() == "Synthetic phantom: Normal Uterus"
    assert volume.GetAttribute("UterineSynth.Synthetic") == "phantom"
    assert ResultScene.provenanceOf(volume)["seed"] == 11
    assert ResultScene.segmentationOf(volume).GetSegmentation().GetNumberOfSegments() > 5
    assert ResultScene.results() == []
    assert not list(Path(slicer.app.temporaryPath).glob("UterineSynth-*"))
    theatre.scene.Clear(False)


def test_a_study_that_cannot_be_made_is_told_and_leaves_no_file(panel: Any) -> None:  # noqa: ARG001
    import slicer
    from UterineSynthPanel.SampleStudies import SampleStudy, loadStudy

    with pytest.raises(OutputError, match="seed -1: must be 0 or more"):
        loadStudy(SampleStudy("Impossible", "normal uterus", -1))
    assert not list(Path(slicer.app.temporaryPath).glob("UterineSynth-*"))
