"""What the stage stands on, and the one command that brings what is missing."""

from __future__ import annotations

import ctypes.util
import shutil
from importlib.util import find_spec

_PACKAGES = {"slicer": "slicer-core", "vtk": "vtk", "PySide6": "PySide6-Essentials"}
_LIBRARIES = {"EGL": "libegl1", "GL": "libgl1", "xkbcommon": "libxkbcommon0", "dbus-1": "libdbus-1-3"}


def missing_packages() -> list[str]:
    """Names, on the package index, of the Python packages that are not installed."""
    return [package for module, package in _PACKAGES.items() if find_spec(module) is None]


def missing_libraries() -> list[str]:
    """Names, on Debian, of the system libraries and programs that are not installed."""
    absent = [package for library, package in _LIBRARIES.items() if ctypes.util.find_library(library) is None]
    return absent if shutil.which("cmake") else [*absent, "cmake"]


def what_is_missing() -> str | None:
    """One line that says what is missing and what brings it; None on a machine that has all."""
    packages, libraries = missing_packages(), missing_libraries()
    if not packages and not libraries:
        return None
    commands = [f"apt-get install -y {' '.join(libraries)}"] if libraries else []
    commands += ["pip install -e '.[stage]'"] if packages else []
    return f"left out: Testing/slicer needs {', '.join(packages + libraries)}; run: {' && '.join(commands)}"
