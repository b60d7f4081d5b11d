"""How parts of the library are started as processes of their own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path


def pythonProgram() -> str:
    """Slicer's Python interpreter."""
    return shutil.which("PythonSlicer") or sys.executable


def libraryFolder() -> Path:
    """Folder that holds the package ``UterineSynthLib``."""
    spec = importlib.util.find_spec("UterineSynthLib")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent.parent


def workerCommand() -> list[str]:
    """Program and arguments of the background process."""
    return [pythonProgram(), "-u", str(libraryFolder() / "UterineSynthLib" / "synthesis" / "worker.py")]


def libraryEnvironment() -> dict[str, str]:
    """The environment with the library on Python's path, for ``python -m UterineSynthLib...``."""
    paths = [str(libraryFolder()), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUNBUFFERED": "1"}
