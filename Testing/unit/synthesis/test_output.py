"""Files of a case: all of them, each marked, or none."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from UterineSynthLib.bundles.inference_config import Quality
from UterineSynthLib.errors import OutputError
from UterineSynthLib.records import from_json
from UterineSynthLib.synthesis import output
from UterineSynthLib.synthesis.case import SyntheticCase
from UterineSynthLib.synthesis.output import CaseWriter, Suffix
from UterineSynthLib.synthesis.provenance import Provenance, voxel_digest
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.volumes.files import read_image, read_labels

REQUEST = GenerationRequest(quality=Quality.DRAFT, seed=11)


@pytest.fixture(scope="module")
def case(synthesizer: Synthesizer, mask: sitk.Image) -> SyntheticCase:
    return next(synthesizer.generate(REQUEST, mask))


@pytest.mark.parametrize("suffix", output.SUFFIXES)
def test_what_is_read_back_is_what_was_made(case: SyntheticCase, tmp_path: Path, suffix: Suffix) -> None:
    files = CaseWriter(tmp_path / "new", suffix).write(case)
    provenance = from_json(Provenance, files.provenance.read_text(encoding="utf-8"))
    assert provenance == case.provenance
    image = read_image(files.image)
    assert voxel_digest(sitk.GetArrayFromImage(image)) == provenance.voxels_sha256
    assert np.allclose(image.GetOrigin(), case.image.GetOrigin(), atol=1e-4)
    assert np.array_equal(sitk.GetArrayFromImage(read_labels(files.labels)), sitk.GetArrayFromImage(case.labels))
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(p.name for p in files.all)


def test_every_file_says_that_it_is_synthetic(case: SyntheticCase, tmp_path: Path) -> None:
    files = CaseWriter(tmp_path, ".nrrd").write(case)
    header = sitk.ReadImage(str(files.image))
    assert header.GetMetaData("synthetic") == "true"
    assert "SYNTHETIC" in header.GetMetaData("content")
    assert json.loads(files.provenance.read_text(encoding="utf-8"))["synthetic"] is True
    assert "synthetic" in Image.open(files.sheet).text["Description"]
    assert all(path.name.startswith("synthetic_") for path in files.all)


@pytest.mark.parametrize("failing", ["write_image", "_write_sheet", "write_text_whole"])
def test_a_case_that_cannot_be_finished_leaves_nothing(
    case: SyntheticCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt("now")

    target = CaseWriter if failing.startswith("_") else output
    monkeypatch.setattr(target, failing, fail)
    with pytest.raises(KeyboardInterrupt, match="now"):
        CaseWriter(tmp_path).write(case)
    assert list(tmp_path.iterdir()) == []


def test_the_provenance_is_the_last_file_to_appear(
    case: SyntheticCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    write = output.write_text_whole

    def look(path: Path, text: str) -> None:
        seen.append(sorted(p.name for p in tmp_path.iterdir()))
        write(path, text)

    monkeypatch.setattr(output, "write_text_whole", look)
    files = CaseWriter(tmp_path).write(case)
    assert seen == [sorted(p.name for p in files.all if p != files.provenance)]


def test_the_same_request_may_be_repeated_and_another_is_not_overwritten(case: SyntheticCase, tmp_path: Path) -> None:
    writer, digest = CaseWriter(tmp_path), case.provenance.bundle_digest
    writer.write(case)
    writer.prepare(REQUEST, 10, digest)
    writer.prepare(dataclasses.replace(REQUEST, count=3), 10, digest)
    with pytest.raises(OutputError, match="a volume of another request is there"):
        writer.prepare(dataclasses.replace(REQUEST, text="other"), 10, digest)
    with pytest.raises(OutputError, match="a volume of another request is there"):
        writer.prepare(REQUEST, 10, "other model")


def test_too_little_room_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"MiB may be needed, \d+ MiB are free"):
        CaseWriter(tmp_path).prepare(dataclasses.replace(REQUEST, count=100_000), 10**9, "")


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="file: File exists"):
        CaseWriter(tmp_path / "file").prepare(REQUEST, 1, "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        CaseWriter(tmp_path / "new").prepare(REQUEST, 1, "")
