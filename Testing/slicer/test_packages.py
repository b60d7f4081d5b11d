"""What the models need and Slicer does not bring: asked for once, installed the right way, never over Slicer's own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CalledProcessError
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

Installed = list[tuple[str, list[str], str]]


@pytest.fixture
def missing(theatre: Any, panel: Any, monkeypatch: pytest.MonkeyPatch) -> set[str]:  # noqa: ARG001
    """Names that count as not installed; installing takes them out."""
    from UterineSynthPanel import Packages

    absent: set[str] = set()
    monkeypatch.setattr(Packages, "missingPackages", lambda: tuple(name for name in Packages.NEEDED if name in absent))
    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)
    return absent


@pytest.fixture
def pip(missing: set[str], monkeypatch: pytest.MonkeyPatch) -> Installed:
    """What was installed by which call, with the constraints; as in Slicer 5.10, which has no slicer.packaging."""
    import slicer

    calls: Installed = []

    def pip_install(arguments: list[str]) -> None:
        options = {arguments[i]: arguments[i + 1] for i in range(len(arguments) - 1) if arguments[i].startswith("--")}
        calls.append(("pip_install", arguments, Path(options["--constraint"]).read_text(encoding="utf-8")))
        missing.clear()

    monkeypatch.setattr(slicer.util, "pip_install", pip_install)
    return calls


@pytest.fixture
def pip_ensure(pip: Installed, missing: set[str], monkeypatch: pytest.MonkeyPatch) -> Installed:
    """As in Slicer 5.12 and later."""

    def ensure(requirements: Any, constraints: Any = None, prompt_install: bool = True, requester: Any = None) -> None:
        assert not prompt_install
        assert requester == "UterineSynth"
        pip.append(("pip_ensure", requirements, Path(constraints).read_text(encoding="utf-8")))
        missing.clear()

    packaging = ModuleType("slicer.packaging")
    packaging.pip_ensure = ensure
    monkeypatch.setitem(sys.modules, "slicer.packaging", packaging)
    return pip


@pytest.fixture
def torch_extension(missing: set[str], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Slicer's PyTorch extension; remembers how it was called."""
    calls: list[dict[str, Any]] = []

    class Logic:
        def installTorch(self, **arguments: Any) -> object:  # noqa: N802
            calls.append(arguments)
            missing.discard("torch")
            return object()

    monkeypatch.setitem(sys.modules, "PyTorchUtils", SimpleNamespace(PyTorchUtilsLogic=Logic))
    return calls


def is_shown(panel: Any) -> bool:
    return panel.ui.packagesBox.isVisibleTo(panel.ui.tabs)


def test_nothing_is_asked_where_nothing_is_missing(panel: Any) -> None:
    assert panel.panel.packages.isComplete()
    assert not is_shown(panel)


def test_generate_asks_first_and_goes_on_by_itself_once_all_is_installed(
    theatre: Any, with_worker: Callable[[str], Any], missing: set[str], pip_ensure: Installed, torch_extension: Any
) -> None:
    panel = with_worker("good")
    missing.update(("torch", "monai"))
    panel.ui.generate.click()
    assert is_shown(panel)
    assert "torch, monai" in panel.ui.packagesNote.text
    assert not panel.panel.run.client.isBusy
    assert pip_ensure == []
    panel.ui.installPackages.click()
    theatre.finish(panel)
    assert torch_extension == [{"askConfirmation": False, "torchVersionRequirement": ">=2.5"}]
    assert [call[:2] for call in pip_ensure] == [("pip_ensure", ["monai>=1.5"])]
    assert not is_shown(panel)
    assert panel.ui.results.rowCount == 1


def test_slicers_own_packages_are_held_where_they_are(panel: Any, missing: set[str], pip_ensure: Installed) -> None:
    missing.add("monai")
    panel.panel.packages.isComplete()
    panel.ui.installPackages.click()
    constraints = pip_ensure[0][2].splitlines()
    assert f"numpy=={np.__version__}" in constraints
    assert {line.partition("==")[0] for line in constraints} >= {"numpy", "scipy", "SimpleITK", "vtk"}


def test_the_older_call_is_used_on_slicer_5_10(panel: Any, missing: set[str], pip: Installed) -> None:
    missing.update(("monai", "einops"))
    panel.panel.packages.isComplete()
    panel.ui.installPackages.click()
    (call,) = pip
    assert call[0] == "pip_install"
    assert call[1][-2:] == ["monai>=1.5", "einops>=0.7"]
    assert "numpy==" in call[2]


def test_a_folder_of_wheels_takes_the_place_of_every_index(
    panel: Any, missing: set[str], pip_ensure: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qt

    missing.update(("torch", "monai"))
    panel.panel.packages.isComplete()
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: "")
    panel.ui.installWheels.click()
    assert pip_ensure == []
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    panel.ui.installWheels.click()
    (call,) = pip_ensure
    assert call[1][:3] == ["--no-index", "--find-links", str(tmp_path)]
    assert call[1][-2:] == ["torch>=2.5", "monai>=1.5"]


def test_without_the_pytorch_extension_it_is_asked_for_and_a_restart_is_told(
    panel: Any, missing: set[str], pip_ensure: Installed
) -> None:
    import slicer

    missing.add("torch")
    panel.panel.packages.isComplete()
    panel.ui.installPackages.click()
    assert slicer.app.extensionsManagerModel().asked == ["PyTorch"]
    assert "restart Slicer" in panel.ui.packagesNote.text
    assert panel.ui.installPackages.enabled
    assert pip_ensure == []


def test_an_installation_that_fails_is_told_and_can_be_tried_again(
    panel: Any, missing: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import slicer

    def fail(_arguments: list[str]) -> None:
        raise CalledProcessError(1, "pip install")

    monkeypatch.setattr(slicer.util, "pip_install", fail)
    missing.add("monai")
    panel.panel.packages.isComplete()
    panel.ui.installPackages.click()
    assert "could not be installed" in panel.ui.packagesNote.text
    assert is_shown(panel)
    assert panel.ui.installPackages.enabled


def test_the_search_for_packages_imports_none_of_them() -> None:
    import subprocess

    panel = Path(__file__).resolve().parents[2] / "UterineSynth"
    code = (
        "import sys, types; sys.modules['slicer'] = types.ModuleType('slicer');"
        "i18n = types.ModuleType('slicer.i18n'); i18n.tr = str; sys.modules['slicer.i18n'] = i18n;"
        f"sys.path.insert(0, {str(panel)!r}); from UterineSynthPanel import Packages;"
        "Packages.NEEDED['no_such_package'] = 'x'; print(Packages.missingPackages(), 'torch' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "('no_such_package',) False"
