"""Laws of the door for optional packages."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from UterineSynthLib.errors import MissingPackageError
from UterineSynthLib.optional import hidden, installed_version, require


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that is installed and not loaded."""
    name = "package_for_this_test"
    (tmp_path / f"{name}.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def test_a_hidden_package_is_absent_inside_and_there_again_outside(package: str) -> None:
    with hidden([package]), pytest.raises(MissingPackageError, match=f"needs the package '{package}'"):
        require(package)
    assert importlib.import_module(package).value == 1


def test_a_package_in_use_is_not_taken_away(package: str) -> None:
    loaded = importlib.import_module(package)
    with hidden([package]):
        assert require(package) is loaded
    assert sys.modules[package] is loaded


def test_a_fault_inside_ends_the_hiding(package: str) -> None:
    with pytest.raises(KeyError, match="k"), hidden([package]):
        raise KeyError("k")
    assert require(package).value == 1


def test_a_missing_package_names_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'uterinesynth\[dicom\]'"):
        require("pydicom")


def test_versions_are_those_of_distributions() -> None:
    assert installed_version("numpy") == importlib.import_module("numpy").__version__
    assert installed_version("no-such-distribution-at-all") is None
