"""The images of a folder as candidates of a study."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError, StudyError
from UterineSynthLib.readerstudy.design import Candidate
from UterineSynthLib.records import from_plain
from UterineSynthLib.volumes.files import SUFFIXES

_NOT_IMAGES = re.compile(r"[_-](labels?|seg|mask|dseg)$", re.IGNORECASE)
_BIDS_SUBJECT = re.compile(r"^sub-[A-Za-z0-9]+")


def real_candidates(folder: Path) -> tuple[Candidate, ...]:
    """The volumes of a folder as real images, label maps left out.

    The subject is the BIDS ``sub-`` part of the name where there is one, otherwise the whole name.

    Raises:
        StudyError: no such folder or no volume in it; or an image there says of itself that it is synthetic.
    """
    found = []
    for path in _volumes(folder):
        stem = _stem(path)
        if _provenance(path) is not None:
            raise StudyError(path, "is a synthetic image (its provenance lies beside it); it cannot be a real case")
        subject = _BIDS_SUBJECT.match(stem)
        found.append(Candidate(str(path.resolve()), subject.group() if subject else stem, is_synthetic=False))
    return tuple(found)


def synthetic_candidates(folder: Path, model: str | None = None) -> tuple[Candidate, ...]:
    """The volumes of a folder as synthetic images, label maps left out.

    What was asked for and the model come from the provenance beside an image; ``model`` takes precedence, and a folder
    without provenance needs it.

    Raises:
        StudyError: no such folder, no volume in it, or an image of which the model is not known.
    """
    found = []
    for path in _volumes(folder):
        provenance = _provenance(path)
        name = model or (str(provenance.get("bundle")) if provenance is not None else None)
        if name is None:
            raise StudyError(path, "has no provenance beside it; say which model made it, as NAME=FOLDER")
        description = None if provenance is None else _asked(path, provenance)
        subject = f"{name}/{folder.resolve().name}/{_stem(path)}"
        found.append(Candidate(str(path.resolve()), subject, True, name, description))
    return tuple(found)


def _volumes(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise StudyError(folder, "no such folder of images")
    files = sorted(p for p in folder.iterdir() if p.name.endswith(SUFFIXES) and not p.name.startswith("."))
    volumes = [path for path in files if not _NOT_IMAGES.search(_stem(path))]
    if not volumes:
        raise StudyError(folder, f"holds no image ({', '.join(SUFFIXES)})")
    return volumes


def _stem(path: Path) -> str:
    return next(path.name.removesuffix(s) for s in sorted(SUFFIXES, key=len, reverse=True) if path.name.endswith(s))


def _provenance(path: Path) -> dict[str, Any] | None:
    beside = path.with_name(f"{_stem(path)}.json")
    if not beside.is_file():
        return None
    try:
        plain = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(beside, f"cannot be read as the provenance of an image ({error})") from error
    return plain if isinstance(plain, dict) and plain.get("synthetic") is True else None


def _asked(path: Path, provenance: dict[str, Any]) -> UterusDescription | None:
    """What the volume was made to show, with what the request left open as it was drawn."""
    plain = provenance.get("description")
    if plain is None:
        return None
    try:
        return from_plain(UterusDescription, plain, "description")
    except InputError as error:
        raise StudyError(path, f"has a provenance that cannot be read: {error}") from error
