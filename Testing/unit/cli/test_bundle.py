"""``uterinesynth bundle`` and ``uterinesynth doctor``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from UterineSynthLib.bundles import catalogue
from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.cli import cmd_doctor
from UterineSynthLib.cli.main import main


@pytest.fixture(autouse=True)
def models(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one whole model."""
    folder = tmp_path / "models"
    shutil.copytree(tiny_bundle, folder / "whole")
    monkeypatch.setattr(catalogue, "model_folders", lambda: [folder])
    monkeypatch.setattr(catalogue, "user_models_folder", lambda: folder)
    return folder


def damage(models: Path, tiny_bundle: Path) -> None:
    shutil.copytree(tiny_bundle, models / "broken")
    (models / "broken/LICENSE").write_text("other", encoding="utf-8")


def test_list_names_every_model_and_what_is_wrong_with_it(
    models: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(models, tiny_bundle)
    assert main(["bundle", "list"]) == 0
    broken, whole = capsys.readouterr().out.splitlines()
    assert broken.startswith("broken: REFUSED, ")
    assert "LICENSE differs" in broken
    assert whole.startswith("tiny-3d 0.0.1: 3D, 8 x 64 x 64 voxels of 6 x 2.5 x 2.5 mm")
    assert "phantom-trained" in whole
    assert main(["bundle", "list", "--json"]) == 0
    plain = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["whole"] for item in plain] == [False, True]


def test_an_empty_machine_says_where_it_looked(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(models)
    assert main(["bundle", "list"]) == 0
    assert capsys.readouterr().out == f"no model found in {models}\n"


def test_show_tells_training_licence_and_card(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "show", "whole"]) == 0
    out = capsys.readouterr().out
    for words in ("Apache-2.0", "nothing (0 cases", "# Tiny", read_bundle(models / "whole").digest):
        assert words in out
    assert main(["bundle", "show", "whole", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["card"].startswith("# Tiny")


def test_check_passes_a_whole_model_and_fails_a_damaged_one(
    models: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(models, tiny_bundle)
    assert main(["bundle", "check", "tiny-3d"]) == 0
    assert "is whole" in capsys.readouterr().out
    assert main(["bundle", "check", str(models / "broken")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "LICENSE differs from the digest" in err
    assert main(["bundle", "check", str(models / "broken"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["whole"] is False


def test_doctor_finds_everything_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    for words in ("torch", "cpu", "whole, digest", "can be written"):
        assert words in out
    assert "!!" not in out


@pytest.mark.parametrize("fault", ["package", "model", "no model"])
def test_doctor_fails_for_what_is_missing(
    fault: str, models: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "package":
        monkeypatch.setattr(cmd_doctor, "_NEEDED", ("numpy", "package-that-is-not-there"))
    elif fault == "model":
        damage(models, tiny_bundle)
    else:
        shutil.rmtree(models)
    assert main(["doctor"]) == 1
    faults = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!!")]
    words = {
        "package": "missing: pip install package-that-is-not-there",
        "model": "LICENSE differs from the digest",
        "no model": "none found in",
    }
    assert len(faults) == 1
    assert words[fault] in faults[0]


def test_doctor_as_json_is_one_finding_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"program", "package", "device", "model", "folder"} <= {finding["topic"] for finding in findings}
