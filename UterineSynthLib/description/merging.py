"""Two descriptions of one uterus made one: the second refines the first and may not gainsay it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import ContradictionError

_SETS = ("pathologies", "excluded", "leiomyomas", "acquisition")
Saying = Callable[[str], str]
"""Gives the words that stand for a field in the place a description came from."""


def _field_itself(path: str) -> str:
    return path


def merged(
    first: UterusDescription,
    second: UterusDescription,
    said_first: Saying = _field_itself,
    said_second: Saying = _field_itself,
) -> UterusDescription:
    """Merge two descriptions; open fields are filled, pathologies added, leiomyomas left open filled first.

    Raises:
        ContradictionError: a field has two values, or the merged record excludes itself; names the words of both.
    """
    values = _merged(first, second, said_first, said_second, "", _SETS)
    scan = _merged(first.acquisition, second.acquisition, said_first, said_second, "acquisition.", ())
    _check_normal(first, second, said_first, said_second)
    return UterusDescription(
        pathologies=_union(first.pathologies, second.pathologies),
        excluded=_union(first.excluded, second.excluded) or (),
        leiomyomas=_leiomyomas(first.leiomyomas, second.leiomyomas),
        acquisition=Acquisition(**scan),
        **values,
    )


def _merged(
    first: Any, second: Any, said_first: Saying, said_second: Saying, prefix: str, skipped: tuple[str, ...]
) -> dict[str, Any]:
    values = {}
    for field in dataclasses.fields(first):
        if field.name in skipped:
            continue
        one, other = getattr(first, field.name), getattr(second, field.name)
        if one is not None and other is not None and one != other:
            path = prefix + field.name
            reason = f"both set {path}, to {one} and to {other}"
            raise ContradictionError(said_first(path), said_second(path), reason)
        values[field.name] = other if one is None else one
    return values


def _check_normal(first: UterusDescription, second: UterusDescription, said_first: Saying, said_second: Saying) -> None:
    normal = [d.pathologies == (Pathology.NORMAL,) for d in (first, second)]
    if normal[0] != normal[1] and first.pathologies is not None and second.pathologies is not None:
        raise ContradictionError(
            said_first("pathologies"), said_second("pathologies"), "a normal uterus shows no pathology"
        )


def _union(one: tuple[Pathology, ...] | None, other: tuple[Pathology, ...] | None) -> tuple[Pathology, ...] | None:
    if one is None or other is None:
        return other if one is None else one
    return tuple(dict.fromkeys(one + other))


def _leiomyomas(one: tuple[Leiomyoma, ...], other: tuple[Leiomyoma, ...]) -> tuple[Leiomyoma, ...]:
    """Leiomyomas of both; those of the second take the places that the first left wholly open."""
    waiting = list(other)
    filled = [waiting.pop(0) if lesion == Leiomyoma() and waiting else lesion for lesion in one]
    return tuple(filled + waiting)
