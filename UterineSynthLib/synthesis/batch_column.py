"""Which column of a row an error speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.errors import BundleError, ContradictionError, InputError, VolumeError
from UterineSynthLib.records import from_plain
from UterineSynthLib.synthesis.request import GenerationRequest

_LESION = "leiomyoma"
_BOUNDED = ("count", "seed", "steps", "guidance_scale")
_OFTEN_CONTRADICTED = ("excluded", "pathologies", "position", "junctional_zone_mm", "text")


def column_of(error: InputError, plain: Mapping[str, Any]) -> str | None:
    """The column that ``error`` speaks of; None where it is the row as a whole.

    Args:
        error: what refused the request.
        plain: the plain form of the request, as the row gives it.
    """
    place = str(getattr(error, "where", "") or getattr(error, "field", ""))
    if place.startswith(f"{_LESION}."):
        return f"{_guilty_lesion(plain)}.{place.removeprefix(f'{_LESION}.')}"
    if place:
        return _numbered(place.removeprefix("description."))
    if isinstance(error, ContradictionError):
        return _contradicted(error, plain)
    if isinstance(error, (BundleError, VolumeError)):
        return "model" if isinstance(error, BundleError) else "mask"
    return next(
        (name for name in _BOUNDED if name in plain and not _reads(GenerationRequest, {name: plain[name]})), None
    )


def _contradicted(error: ContradictionError, plain: Mapping[str, Any]) -> str | None:
    given = [*plain, *plain.get("description", {})]
    if not _reads_alone(plain):
        return _guilty_lesion(plain)
    words = {error.first.split()[0], error.second.split()[0]}
    named = next((name for name in given if name in words), None)
    return named or next((name for name in _OFTEN_CONTRADICTED if name in given), None)


def _guilty_lesion(plain: Mapping[str, Any]) -> str:
    lesions = plain.get("description", {}).get("leiomyomas", [])
    number = next((n for n, lesion in enumerate(lesions, start=1) if not _reads(Leiomyoma, lesion)), 1)
    return f"leiomyomas.{number}"


def _reads_alone(plain: Mapping[str, Any]) -> bool:
    """Whether each leiomyoma makes sense by itself."""
    return all(_reads(Leiomyoma, lesion) for lesion in plain.get("description", {}).get("leiomyomas", []))


def _numbered(place: str) -> str:
    return re.sub(r"\[(\d+)\]", lambda found: f".{int(found[1]) + 1}", place)


def _reads(kind: type[Any], plain: Any) -> bool:
    try:
        from_plain(kind, plain)
    except InputError:
        return False
    return True
