"""The one door for packages that are not always there.

Heavy or optional packages are imported through :func:`require`, inside the function that needs them, so that
``--help`` stays fast and a missing package is reported with the command that installs it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

from UterineSynthLib.errors import MissingPackageError

_EXTRA_OF = {
    "accelerate": "train",
    "tensorboard": "train",
    "yaml": "train",
    "sklearn": "eval",
    "matplotlib": "eval",
    "statsmodels": "eval",
    "pydicom": "dicom",
    "dask": "batch",
    "distributed": "batch",
    "transformers": "text",
    "cryptography": "study",
}


def require(module: str) -> ModuleType:
    """Import ``module`` (dotted name) or raise :class:`MissingPackageError` saying what to install."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != package:
            raise
        extra = _EXTRA_OF.get(package)
        target = f"uterinesynth[{extra}]" if extra else package
        msg = f"this needs the package '{package}', which is not installed: run pip install '{target}'"
        raise MissingPackageError(msg, name=package) from error


@contextmanager
def hidden(packages: Iterable[str]) -> Iterator[None]:
    """Let imports inside find these packages absent, unless they are loaded already.

    MONAI imports all of itself at once, and with it every optional package it finds; hiding those that its networks do
    not need halves the time until a model is there.
    """
    names = [name for name in packages if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(names))
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)


def installed_version(distribution: str) -> str | None:
    """Version of an installed distribution, or None. Imports nothing."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
