"""The extension configures, builds and packages under the rules of Slicer's macros."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).resolve().parent / "slicer_config"
MODULES = "lib/Slicer-5.13/qt-scripted-modules"


def configure(source: Path, build: Path) -> subprocess.CompletedProcess[str]:
    command = ["cmake", "-S", source, "-B", build, f"-DSlicer_DIR={CONFIG}", "-DBUILD_TESTING=ON"]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)


def copy_of_the_extension(target: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.safetensors", "*.pyc")
    for folder in ("UterineSynth", "UterineSynthBatch", "UterineSynthLib", "Resources"):
        shutil.copytree(ROOT / folder, target / folder, ignore=ignored)
    for name in ("CMakeLists.txt", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, target / name)
    probe = target / "Resources" / "Models" / "probe" / "configs" / "metadata.json"
    probe.parent.mkdir(parents=True)
    probe.write_text("{}", encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extension")
    source = copy_of_the_extension(folder / "source")
    configured = configure(source, folder / "build")
    assert configured.returncode == 0, configured.stderr
    for command in (["cmake", "--build", "."], ["cpack"]):
        subprocess.run(command, cwd=folder / "build", check=True, capture_output=True)
    return folder / "build"


def packaged(build: Path) -> set[str]:
    with tarfile.open(build / "UterineSynth.tar.gz") as archive:
        names = [name.partition("/")[2] for name in archive.getnames() if archive.getmember(name).isfile()]
    return set(names)


def sources(folder: str, pattern: str, root: Path = ROOT) -> set[str]:
    found = (root / folder).rglob(pattern)
    return {str(path.relative_to(root)) for path in found if "__pycache__" not in path.parts}


def packaged_from(build: Path) -> Path:
    """The copy that was built: the working tree may have changed meanwhile."""
    return build.parent / "source"


def test_the_package_holds_every_file_of_the_library_beside_the_module(build: Path) -> None:
    expected = {f"{MODULES}/{path}" for path in sources("UterineSynthLib", "*.py", packaged_from(build))}
    assert expected <= packaged(build)
    assert {f"{MODULES}/{path}" for path in sources("UterineSynthLib", "*.json", packaged_from(build))} <= packaged(
        build
    )


def test_the_package_holds_the_module_its_panel_and_its_resources(build: Path) -> None:
    inside = {path.removeprefix("UterineSynth/") for path in sources("UterineSynth", "*.*", packaged_from(build))}
    expected = {f"{MODULES}/{path}" for path in inside if path.endswith((".py", ".ui", ".svg", ".png"))}
    assert len(expected) > 10
    assert expected <= packaged(build)


def test_the_package_holds_the_command_line_module_where_slicer_looks_for_it(build: Path) -> None:
    folder = "lib/Slicer-5.13/cli-modules"
    assert {f"{folder}/UterineSynthBatch.py", f"{folder}/UterineSynthBatch.xml"} <= packaged(build)


def test_the_package_holds_the_default_models_where_the_library_looks_for_them(build: Path) -> None:
    models = sources("Resources/Models", "*.json", packaged_from(build)) | {
        "Resources/Models/probe/configs/metadata.json"
    }
    assert {f"{MODULES}/{path}" for path in models} <= packaged(build)


def test_slicer_learns_that_the_extension_needs_pytorch(build: Path) -> None:
    assert "depends PyTorch\n" in (build / "UterineSynth.s4ext").read_text(encoding="utf-8")


def test_the_tests_that_run_inside_slicer_are_registered(build: Path) -> None:
    listed = subprocess.run(["ctest", "-N"], cwd=build, capture_output=True, text=True, check=True).stdout
    assert "py_UterineSynth" in listed
    assert "py_nomainwindow_qSlicerUterineSynthModuleGenericTest" in listed


def test_a_listed_file_that_does_not_exist_stops_the_configuration(tmp_path: Path) -> None:
    source = copy_of_the_extension(tmp_path / "source")
    (source / "UterineSynth" / "UterineSynth.py").unlink()
    configured = configure(source, tmp_path / "build")
    assert configured.returncode != 0
    assert "UterineSynth.py" in configured.stderr


def test_no_module_folder_holds_what_slicer_would_take_for_another_module() -> None:
    # Slicer tries every .py directly in the folder as a module; an __init__.py hides the folder from drag and drop.
    assert sources("UterineSynth", "*.py") & {
        f"UterineSynth/{p.name}" for p in (ROOT / "UterineSynth").glob("*.py")
    } == {"UterineSynth/UterineSynth.py"}
