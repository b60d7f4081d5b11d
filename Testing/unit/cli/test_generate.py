"""``uterinesynth generate`` from the outside: files, one line for every fault, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.bundles import catalogue
from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.cli.main import main
from UterineSynthLib.records import from_json
from UterineSynthLib.synthesis.anatomy import grid_geometry
from UterineSynthLib.synthesis.provenance import Provenance
from UterineSynthLib.volumes.files import write_image


@pytest.fixture(autouse=True)
def tiny_models(
    tiny_bundle: Path, tiny_bundle_2d: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The tiny models are the only ones there are."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "tiny-3d").symlink_to(tiny_bundle)
    (folder / "tiny-2d").symlink_to(tiny_bundle_2d)
    monkeypatch.setattr(catalogue, "model_folders", lambda: [folder])
    return folder


def generate(*arguments: object) -> int:
    return main(["generate", "--device", "cpu", *map(str, arguments)])


def test_a_text_becomes_files_and_their_names_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "a 3 cm FIGO 4 fibroid in the posterior wall, frobnicated"
    assert generate("--text", text, "--seed", 4, "--quality", "draft", "--out", tmp_path) == 0
    out, err = capsys.readouterr()
    names = [Path(line).name for line in out.splitlines()]
    stem = "synthetic_seed4_001"
    assert names == [f"{stem}.nii.gz", f"{stem}_labels.nii.gz", f"{stem}.png", f"{stem}.json"]
    assert sorted(names) == sorted(p.name for p in tmp_path.iterdir())
    assert "frobnicated" in err
    assert "seed 4" in err
    assert "device CPU" in err
    assert "denoising: 1 of 1" in err
    provenance = from_json(Provenance, (tmp_path / f"{stem}.json").read_text(encoding="utf-8"))
    assert provenance.description.leiomyomas[0].figo == "4"
    assert provenance.not_understood == ("frobnicated",)
    assert len(provenance.description.leiomyomas) == 1


def test_flags_of_making_and_writing_are_honoured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--2d", "--direct", "--count", 2, "--steps", 3, "--guidance", 1.5, "--sampler", "heun", "--format", "nrrd")
    assert generate(*flags, "--no-sheet", "--seed", 1, "--out", tmp_path / "new/folder") == 0
    names = [Path(line).name for line in capsys.readouterr().out.splitlines()]
    assert names == [f"synthetic_seed1_{n:03d}{ending}" for n in (1, 2) for ending in (".nrrd", ".json")]
    settings = json.loads((tmp_path / "new/folder/synthetic_seed1_002.json").read_text(encoding="utf-8"))["settings"]
    assert settings == {"way": "direct", "steps": 3, "sampler": "heun", "guidance_scale": 1.5}


def test_a_drawn_seed_is_printed_and_gives_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--direct", "--2d", "--steps", 1, "--no-sheet", "--out")
    assert generate(*flags, tmp_path / "a") == 0
    seed = capsys.readouterr().err.partition("; seed ")[2].split()[0]
    assert generate("--seed", seed, *flags, tmp_path / "b") == 0
    a, b = (json.loads(next((tmp_path / name).glob("*.json")).read_text(encoding="utf-8")) for name in "ab")
    assert a["voxels_sha256"] == b["voxels_sha256"]


def write_mask(path: Path, label: float = 1, slices: int = 8) -> Path:
    array = np.zeros((slices, 64, 64), dtype=np.float32)
    array[2:6, 20:44, 20:44] = label
    write_image(grid_geometry(ModelGrid((slices, 64, 64), (6.0, 2.5, 2.5))).image_of(array), path)
    return path


def test_a_mask_takes_the_place_of_the_shape_model(tmp_path: Path) -> None:
    mask = write_mask(tmp_path / "mask.nrrd")
    assert generate("--mask", mask, "--steps", 1, "--seed", 0, "--no-sheet", "--out", tmp_path / "out") == 0
    labels = sitk.ReadImage(str(tmp_path / "out/synthetic_seed0_001_labels.nii.gz"))
    assert np.array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(sitk.ReadImage(str(mask))))
    deep = write_mask(tmp_path / "deep.nrrd", slices=12)
    assert generate("--mask", deep, "--steps", 1, "--seed", 0, "--no-sheet", "--out", tmp_path / "deep") == 2
    flags = ("--resample-mask", "--steps", 1, "--seed", 0, "--no-sheet", "--out", tmp_path / "deep")
    assert generate("--mask", deep, *flags) == 0


FAULTS = {
    "no volume": (["--count", "0"], "count = 0: must lie between 1 and"),
    "steps and quality": (["--steps", "3", "--quality", "best"], "'steps 3' contradicts 'quality best'"),
    "direct with a mask": (["--direct", "--mask", "x.nrrd"], "--direct makes no use of --mask"),
    "no such device": (["--device", "abacus"], "device 'abacus': there is no such device"),
    "no such model": (["--model", "nothing"], "nothing: not found; known here are: tiny-2d, tiny-3d"),
    "no such mask": (["--mask", "missing.nrrd"], "missing.nrrd: no such file"),
    "other plane": (["--plane", "axial"], "acquisition.plane = axial: this model makes sagittal only"),
    "other matrix": (["--matrix", "512"], "acquisition.matrix = 512: this model makes 64 only"),
    "out of range": (["--junctional-zone", "900"], "junctional_zone_mm = 900.0: must lie between"),
    "contradiction": (["--text", "no fibroids", "--myoma", "figo=4"], "contradicts"),
    "model of volumes for slices": (["--2d", "--model", "tiny-3d"], "choose a 2D model"),
    "out is a file": (["--out", __file__], "cannot write"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_input_is_one_line_and_exit_2_and_writes_nothing(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, words = FAULTS[fault]
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--seed", "1", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    faults = [line for line in err.splitlines() if line.startswith("uterinesynth generate: ")]
    assert len(faults) == 1
    assert words in faults[0]
    assert "Traceback" not in err
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(("label", "words"), [(77, "has the label 77"), (0.5, "has the value 0.5")])
def test_a_mask_with_foreign_values_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], label: float, words: str
) -> None:
    assert generate("--mask", write_mask(tmp_path / "mask.nrrd", label), "--out", tmp_path / "out") == 2
    assert f"mask.nrrd: {words}" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*"))


def test_a_tampered_model_is_refused_before_anything_is_loaded(
    tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = shutil.copytree(tiny_bundle, tmp_path / "broken")
    (broken / "docs/README.md").write_text("other", encoding="utf-8")
    assert generate("--model", broken, "--out", tmp_path / "out") == 2
    assert "docs/README.md differs from the digest" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_interrupting_leaves_complete_volumes_only(tiny_bundle: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "UterineSynthLib.cli.main", "generate", "--model", str(tiny_bundle), "--direct"]
    process = subprocess.Popen(
        [*command, "--count", "500", "--steps", "2", "--out", str(tmp_path), "--device", "cpu"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        # A shell starts what runs in the background deaf to SIGINT, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (one thread before exec)
    )
    first = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert all(Path(line.strip()).is_file() for line in first)
    files = {p.name for p in tmp_path.iterdir()}
    stems = {name.removesuffix(".json") for name in files if name.endswith(".json")}
    assert stems
    assert files == {f"{stem}{ending}" for stem in stems for ending in (".nii.gz", ".png", ".json")}
