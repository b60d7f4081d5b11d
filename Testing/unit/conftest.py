"""Fixtures that several rooms use."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_TESTING = Path(__file__).resolve().parents[1]


def _tiny_bundle_module() -> ModuleType:
    name = "uterinesynth_tiny_bundle"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _TESTING / "tiny_bundle.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """The module that builds tiny bundles."""
    return _tiny_bundle_module()


@pytest.fixture(scope="session")
def tiny_bundle(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a whole 3D bundle with untrained weights; copy it before changing it."""
    return tiny.write_tiny_bundle(tmp_path_factory.mktemp("models") / "tiny-3d").path


@pytest.fixture(scope="session")
def tiny_bundle_2d(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a whole 2D bundle with untrained weights."""
    return tiny.write_tiny_bundle(tmp_path_factory.mktemp("models") / "tiny-2d", dimension=2).path
