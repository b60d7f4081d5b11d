"""The command line module as Slicer runs it: arguments by the rules of its XML, tags, exit codes; and its results
loaded into a scene without a window."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "UterineSynthBatch" / "UterineSynthBatch.py"
ALWAYS_PASSED = ("integer", "float", "double", "string-enumeration", "integer-enumeration")
NOT_PARAMETERS = ("label", "description")
WAIT_S = 540.0
"""For a program to end: only one that hangs takes so long, even on a machine that is busy otherwise."""
pytestmark = pytest.mark.timeout(600)
TABLE = """id,text,leiomyomas.1.figo,way,count,seed
myoma,,4,,1,7
plain,normal uterus,,direct,2,8
"""


def imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parameters() -> list[ElementTree.Element]:
    groups = ElementTree.parse(MODULE.with_suffix(".xml")).getroot().findall("parameters")
    return [item for group in groups for item in group if item.tag not in NOT_PARAMETERS]


def has_flag(item: ElementTree.Element) -> bool:
    return item.find("longflag") is not None


def as_slicer_passes(values: dict[str, Any]) -> list[str]:
    """Numbers and choices always; booleans as bare flags when true; what is empty not at all."""
    arguments = []
    for item in filter(has_flag, parameters()):
        default = item.findtext("default") or ""
        value = values.get(item.findtext("name") or "", default)
        flag = item.findtext("longflag") or ""
        if item.tag == "boolean":
            arguments += [flag] if value is True else []
        elif item.tag in ALWAYS_PASSED or str(value) != "":
            arguments += [flag, str(value)]
    return arguments


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    imported(ROOT / "Testing" / "tiny_bundle.py").write_tiny_bundle(folder / "tiny")
    # Slicer's own environment knows nothing of the library: the module has to find it.
    return {**os.environ, "UTERINESYNTH_MODELS": str(folder), "OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}


def run_module(
    environment: dict[str, str], values: dict[str, Any], *before: object
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, MODULE, *before, *as_slicer_passes({"device": "cpu", "noSheet": True, **values})]
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, env=environment, check=False, timeout=WAIT_S
    )


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[tuple[Path, Any]]:
    folder = tmp_path_factory.mktemp("batch")
    (folder / "requests.csv").write_text(TABLE, encoding="utf-8")
    values = {"table": folder / "requests.csv", "out": folder / "out", "quality": "draft"}
    yield folder, run_module(environment, values, "--returnparameterfile", folder / "results.txt")


def test_slicer_takes_the_file_for_a_command_line_module() -> None:
    assert MODULE.read_bytes().startswith(b"#!/usr/bin/env python-real\n")
    assert os.access(MODULE, os.X_OK)


def test_every_parameter_is_described_and_can_be_passed() -> None:
    names = [item.findtext("name") for item in parameters()]
    assert len(set(names)) == len(names) > 10
    for item in parameters():
        assert all(item.findtext(tag) for tag in ("name", "label", "description")), item.findtext("name")
        ways = [item.find(tag) for tag in ("index", "flag", "longflag")]
        is_result = item.findtext("channel") == "output" and item.tag not in ("directory", "file")
        assert sum(way is not None for way in ways) == (0 if is_result else 1), item.findtext("name")


def test_xml_and_parser_declare_the_same() -> None:
    actions = {action.option_strings[0]: action for action in imported(MODULE).parser()._actions}
    flags = {item.findtext("longflag") for item in parameters() if has_flag(item)}
    assert flags == set(actions) - {"-h", "--returnparameterfile"}
    for item in filter(has_flag, parameters()):
        action = actions[item.findtext("longflag")]
        choices = [element.text for element in item.findall("element")]
        assert (choices or None) == action.choices
        if item.tag == "boolean":
            assert action.const is True
            assert item.findtext("default") == "false"
        elif item.tag == "integer":
            assert action.type is int
            assert item.findtext("default") == str(action.default)
        else:
            assert (item.findtext("default") or None) == action.default
    assert ElementTree.parse(MODULE.with_suffix(".xml")).getroot().findtext("version") == library_version()


def library_version() -> str:
    found = re.search(r'__version__ = "(.+)"', (ROOT / "UterineSynthLib" / "__init__.py").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def test_a_table_is_made_with_progress_that_slicer_reads(batch: tuple[Path, Any]) -> None:
    folder, ended = batch
    assert ended.returncode == 0, ended.stderr
    told = [float(value) for value in re.findall(r"<filter-progress>(.+?)</filter-progress>", ended.stdout)]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert ended.stdout.startswith("<filter-start>")
    assert "<filter-end>" in ended.stdout
    results = dict(line.split(" = ") for line in (folder / "results.txt").read_text(encoding="utf-8").splitlines())
    assert results == {"manifest": str(folder / "out" / "manifest.jsonl"), "exitCode": "0"}


def test_slicer_and_the_command_line_give_the_same_voxels(
    batch: tuple[Path, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    from UterineSynthLib.dataset.manifest import read_manifest

    command = ["-m", "UterineSynthLib.cli.main", "batch", batch[0] / "requests.csv", "--out", tmp_path]
    flags = ["--quality", "draft", "--device", "cpu", "--no-sheet", "--dry-run"]
    ended = subprocess.run(
        [*map(str, [sys.executable, *command, *flags])],
        capture_output=True, text=True, env={**environment, "PYTHONSAFEPATH": ""}, check=True, cwd=ROOT, timeout=WAIT_S,
    )  # fmt: skip
    planned = {Path(line.rpartition(", ")[2]).name for line in ended.stdout.splitlines() if line.startswith("line")}
    made = {case.image.partition("/")[0] for case in read_manifest(batch[0] / "out" / "manifest.jsonl").cases}
    # The folder's name is the digest of all that voxels depend on; that equal digests are equal voxels is tested there.
    assert planned == made


def test_the_module_finds_the_library_where_an_installed_extension_has_it(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    installed = tmp_path / "cli-modules"
    installed.mkdir()
    shutil.copy(MODULE, installed)
    code = "import sys, importlib.util as u; sys.meta_path = [f for f in sys.meta_path if 'ditable' not in repr(f)]; "
    code += f"s = u.spec_from_file_location('m', {str(installed / MODULE.name)!r}); m = u.module_from_spec(s); "
    code += "s.loader.exec_module(m); m.find_library(); import UterineSynthLib; print(UterineSynthLib.__file__)"
    command = [sys.executable, "-c", code]
    lost = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=WAIT_S)
    assert lost.returncode == 1
    assert "is neither installed nor beside" in lost.stderr
    for place in (tmp_path / "UterineSynthLib", tmp_path / "qt-scripted-modules" / "UterineSynthLib"):
        place.mkdir(parents=True)
        (place / "__init__.py").touch()
        found = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=WAIT_S)
        assert found.stdout.strip() == str(place / "__init__.py")


def test_a_bad_row_is_named_on_stderr_and_the_exit_code_is_not_zero(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "requests.csv").write_text("id,junctional_zone_mm\na,5\nb,900\n", encoding="utf-8")
    ended = run_module(environment, {"table": tmp_path / "requests.csv", "out": tmp_path / "out"})
    assert ended.returncode == 2
    assert "line 3, column junctional_zone_mm: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out").exists()


def test_the_example_loads_a_batch_into_a_scene_and_saves_it(
    batch: tuple[Path, Any], theatre: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    import slicer
    from stage import scene

    theatre.scene.Clear(False)
    monkeypatch.syspath_prepend(str(ROOT / "UterineSynth"))
    monkeypatch.setattr(slicer.util, "saveScene", lambda path: scene.save_scene(Path(path)), raising=False)
    example = imported(ROOT / "Resources" / "Examples" / "load_batch.py")
    target = tmp_path / "scene.mrml"
    assert example.main([str(batch[0] / "out"), str(target)]) == 0
    theatre.scene.Clear(False)
    assert scene.load_scene(target)
    assert theatre.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 3
    assert theatre.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1
    volume = theatre.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    assert volume.GetAttribute("UterineSynth.Synthetic") == "yes"
    assert volume.GetImageData().GetScalarRange()[1] > 0
    theatre.scene.Clear(False)
    assert example.main([str(tmp_path / "nothing"), str(target)]) == 1
    assert "cannot load" in capsys.readouterr().err
    assert example.main([]) == 2
