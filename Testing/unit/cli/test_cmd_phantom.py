import json
from pathlib import Path

import pytest

from UterineSynthLib.cli.main import main
from UterineSynthLib.volumes.files import read_image, read_labels


def test_a_phantom_is_written_with_labels_truth_and_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--shape", "10", "64", "64"]
    assert main(["phantom", "--seed", "7", *small, "--format", "nrrd", "--out", str(tmp_path / "new")]) == 0
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    stem = "phantom-0000000007"
    assert names == [f"{stem}-labels.nrrd", f"{stem}.json", f"{stem}.nrrd", f"{stem}.png"]
    assert read_image(tmp_path / "new" / f"{stem}.nrrd").GetSize() == (64, 64, 10)
    assert read_labels(tmp_path / "new" / f"{stem}-labels.nrrd").GetSize() == (64, 64, 10)
    record = json.loads((tmp_path / "new" / f"{stem}.json").read_text(encoding="utf-8"))
    assert record["seed"] == 7
    assert record["truth"]["uterine_length_mm"] > 30
    assert "phantom 1 of 1: seed 7" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--count", "0"], "--count 0: must be 1 or more"),
        (["--seed", "-1"], "--seed -1: must be 0 or more"),
        (["--shape", "8", "64", "32"], "rows and columns must be equal"),
        (["--shape", "99", "64", "64"], "slice_count = 99: must lie between 1 and 64 slices"),
    ],
)
def test_bad_input_ends_with_one_line_and_writes_nothing(
    flags: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["phantom", *flags, "--out", str(tmp_path / "out")]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert said in errors[0]
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    assert main(["phantom", "--out", str(tmp_path / "taken")]) == 2
    assert "cannot write" in capsys.readouterr().err
