"""Digests of a bundle: which bytes were published, checked before any of them is used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from UterineSynthLib.bundles.layout import DIGESTS
from UterineSynthLib.errors import BundleError, RecordError
from UterineSynthLib.records import from_json, record


@record("uterinesynth.digests")
@dataclass(frozen=True)
class Digests:
    """SHA-256 (hex) of every file of a bundle but this one, by its path relative to the bundle."""

    files: dict[str, str]


def digests_of(folder: Path, names: Iterable[str]) -> Digests:
    """Digests of the named files, in the order of their names."""
    return Digests({name: _sha256(folder / name) for name in sorted(names) if name != DIGESTS})


def check_digests(folder: Path, names: Iterable[str]) -> Digests:
    """Check every file against ``digests.json``.

    Raises:
        BundleError: a file is missing, not listed, or not the one that was published; or the list leaves the folder.
    """
    try:
        listed = from_json(Digests, (folder / DIGESTS).read_text(encoding="utf-8"), DIGESTS)
    except (RecordError, UnicodeDecodeError) as error:
        raise BundleError(folder, str(error)) from error
    present = [name for name in names if name != DIGESTS]
    for name in listed.files:
        _check_inside(folder, name)
        if name not in present:
            raise BundleError(folder, f"{name} is listed in {DIGESTS} but missing; fetch the bundle again")
    for name in present:
        if name not in listed.files:
            raise BundleError(folder, f"{name} is not listed in {DIGESTS}; remove it or fetch the bundle again")
        if _sha256(folder / name) != listed.files[name]:
            raise BundleError(folder, f"{name} differs from the digest in {DIGESTS}; fetch the bundle again")
    return listed


def _check_inside(folder: Path, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise BundleError(folder, f"{DIGESTS} lists '{name}', which leaves the folder; paths must stay inside")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
