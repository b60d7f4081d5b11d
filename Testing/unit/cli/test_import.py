"""``uterinesynth import`` end to end: one line for bad input, a manifest that reads back, a picture of the steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from UterineSynthLib.cli.cmd_import import KINDS
from UterineSynthLib.cli.main import main
from UterineSynthLib.dataset.importing.sources import SOURCES
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.volumes.files import write_image
from UterineSynthLib.volumes.geometry import sagittal_geometry

GRID = sagittal_geometry(8, 40, 5.0, 2.5)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    for number in range(2):
        values = np.random.default_rng(number).normal(100.0, 10.0, GRID.shape).astype(np.float32)
        values[2:6, 10:30, 10:30] += 200.0
        labels = np.zeros(GRID.shape, np.uint8)
        labels[3:5, 15:25, 15:25] = 1
        write_image(GRID.image_of(values), folder / f"{number}.nii.gz")
        write_image(GRID.image_of(labels), folder / f"{number}_seg.nii.gz")
    return folder


def test_the_kinds_of_the_command_are_the_kinds_there_are() -> None:
    assert list(KINDS) == list(SOURCES)


def test_a_folder_becomes_a_manifest_a_report_and_a_preview(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["import", "folder", str(scans), str(out), "--licence", "CC0-1.0", "--labels", "1=uterine_wall"]
    command += ["--name", "Our scans"]
    assert main(command) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(out / "manifest.jsonl"), str(out / "import-report" / "report.html")]
    assert "2 found: 2 imported, 0 refused" in told.err
    assert [case.source for case in read_manifest(out / "manifest.jsonl").cases] == ["Our scans"] * 2
    picture = tmp_path / "steps.png"
    flags = ["--size", "32", "32", "8", "--spacing", "2.5", "2.5", "5", "--bias-correction"]
    assert main(["import", "preview", str(out / "manifest.jsonl"), str(picture), *flags]) == 0
    with Image.open(picture) as drawn:
        assert drawn.width > 5 * 300
        assert np.asarray(drawn).std() > 20


@pytest.mark.parametrize(
    ("kind", "flags", "reason"),
    [
        ("folder", [], "--licence is needed: nobody but you knows"),
        ("folder", ["--licence", "CC0-1.0"], "2 masks, such as 0_seg.nii.gz; say what their values mean"),
        ("folder", ["--licence", "x", "--labels", "1=womb"], "no structure 'womb'"),
        ("folder", ["--licence", "x", "--labels", "umd", "--no-labels"], "exclude each other"),
        ("folder", ["--licence", "x", "--no-labels", "--split", "1", "1", "1"], "split fractions 1 + 1 + 1"),
        ("umd", ["--licence", "MIT"], "comes under CC-BY-4.0; leave the flag out"),
        ("ut-endomri", [], "no case found; expected D1-000/D1-000_T2.nii.gz and the like, there is 4 .nii.gz"),
        ("decathlon", ["--licence", "x"], "dataset.json: no such file"),
        ("brats", ["--licence", "x"], "BraTS marks 1 necrotic core"),
        ("dicom", ["--licence", "x"], "no case found; expected DICOM images"),
    ],
)
def test_bad_input_is_one_line_and_exit_two(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, flags: list[str], reason: str
) -> None:
    assert main(["import", kind, str(scans), str(tmp_path / "out"), *flags]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert not (tmp_path / "out").exists()


def test_a_preview_of_an_unknown_case_or_into_another_format_is_refused(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    main(["import", "folder", str(scans), str(out), "--licence", "CC0-1.0", "--no-labels", "--dry-run"])
    assert "dry run: nothing was written" in capsys.readouterr().err
    main(["import", "folder", str(scans), str(out), "--licence", "CC0-1.0", "--no-labels"])
    capsys.readouterr()
    for arguments, reason in (
        (["x.png", "--case", "z"], "has no such case; the first is case-0001"),
        (["x.jpg"], "is a PNG"),
    ):
        assert main(["import", "preview", str(out / "manifest.jsonl"), *arguments]) == 2
        assert reason in capsys.readouterr().err


def test_the_synthetic_set_carries_its_licence_and_says_that_it_is_synthetic(scans: Path, tmp_path: Path) -> None:
    assert main(["import", "synthuterus", str(scans), str(tmp_path / "out"), "--no-labels"]) == 0
    case = read_manifest(tmp_path / "out" / "manifest.jsonl").cases[0]
    assert case.licence == "CC-BY-4.0"
    assert "synthetic" in case.source
    assert sitk.ReadImage(str(tmp_path / "out" / case.image)).GetSize() == GRID.size
