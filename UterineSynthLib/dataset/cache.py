"""Arrays on disk that need not be made again: plain ``.npy`` files, memory-mapped, no pickle.

The name of an entry is a digest of the content of the files it is made of and of the configuration that it is made
with, so a changed scan or setting never meets a stale entry. Entries are written beside their name and renamed; one
that was cut short anyway is made anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import OutputError, VolumeError
from UterineSynthLib.records import digest

Array = npt.NDArray[np.generic]


class ArrayCache:
    """A folder of arrays by key. Several processes may use one folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def get(self, key: str, names: Sequence[str], make: Callable[[], Mapping[str, Array]]) -> dict[str, Array]:
        """The named arrays of ``key``, memory-mapped and read-only; ``make()`` runs only where one is not there yet.

        Raises:
            OutputError: the folder is not writable or the disk is full.
        """
        paths = self._paths(key, names)
        found = {name: _loaded(path) for name, path in paths.items()}
        whole = {name: array for name, array in found.items() if array is not None}
        if len(whole) == len(paths):
            return whole
        made = make()
        for name, path in paths.items():
            _save(path, made[name])
        return {name: _loaded_back(path) for name, path in paths.items()}

    def holds(self, key: str, names: Sequence[str]) -> bool:
        """Whether there is something by these names; whether it is whole shows when it is asked for."""
        return all(path.is_file() for path in self._paths(key, names).values())

    def _paths(self, key: str, names: Sequence[str]) -> dict[str, Path]:
        return {name: self.folder / f"{key}-{name}.npy" for name in names}


def entry_key(files: Iterable[Path], config: Any) -> str:
    """Key of what is made from ``files`` with ``config`` (a record).

    Raises:
        VolumeError: a file cannot be read.
    """
    whole = hashlib.sha256(digest(config).encode())
    for path in files:
        try:
            with path.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise VolumeError(path, f"cannot be read ({error.strerror or error})") from error
    return whole.hexdigest()


def _loaded(path: Path) -> Array | None:
    """The entry, or None where it is missing or not whole."""
    try:
        mapped: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return mapped


def _loaded_back(path: Path) -> Array:
    array = _loaded(path)
    if array is None:
        raise OutputError(path, "the array was written but cannot be read back; the disk may be full")
    return array


def _save(path: Path, array: Array) -> None:
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        partial = Path(name)
        with os.fdopen(handle, "wb") as stream:
            np.save(stream, array, allow_pickle=False)
        partial.replace(path)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise OutputError(path, error.strerror or str(error)) from error
