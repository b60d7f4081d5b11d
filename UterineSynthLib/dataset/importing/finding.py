"""Walking a source's folder: volumes by name, without the droppings of archivers and file managers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from UterineSynthLib.errors import InputError
from UterineSynthLib.volumes.files import SUFFIXES

_JUNK_FOLDERS = ("__MACOSX",)
_JUNK_STARTS = ("._", ".")


def files_below(root: Path) -> list[Path]:
    """All files below ``root`` in a fixed order, without ``__MACOSX``, ``._*`` and other hidden files.

    Raises:
        InputError: no such folder.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder")
    return sorted(path for path in root.rglob("*") if _is_file(path) and not is_junk(path.relative_to(root)))


def _is_file(path: Path) -> bool:
    """A link that leads nowhere counts, so that it is refused by name instead of passed over."""
    return path.is_file() or (path.is_symlink() and not path.is_dir())


def is_junk(relative: Path) -> bool:
    """Whether a path below the source is none of the source's own files."""
    parts = relative.parts
    return any(part in _JUNK_FOLDERS or part.startswith(_JUNK_STARTS) for part in parts)


def volumes_below(root: Path) -> list[Path]:
    """All NIfTI and NRRD files below ``root``."""
    return [path for path in files_below(root) if path.name.lower().endswith(SUFFIXES)]


def stem_of(path: Path) -> str:
    """The name without ``.nii``, ``.nii.gz`` or ``.nrrd``."""
    suffix = next((s for s in sorted(SUFFIXES, key=len, reverse=True) if path.name.lower().endswith(s)), path.suffix)
    return path.name[: len(path.name) - len(suffix)]


def nothing_found(root: Path, expected: str) -> InputError:
    """The error for a source without a case: what was expected and what lies there instead."""
    kinds = Counter("".join(path.suffixes[-2:]).lower() or "no suffix" for path in files_below(root))
    there = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(5)) or "no file"
    return InputError(f"{root}: no case found; expected {expected}, there is {there}")


def where_of(path: Path, root: Path) -> str:
    """A path as it is told in a report: below the source's folder, with slashes."""
    return path.relative_to(root).as_posix()
