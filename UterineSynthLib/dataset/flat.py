"""Nested records as the flat cells of a table, and back.

A field of a field is named with a dot (``description.acquisition.matrix``), an entry of a list with its number from 1
(``description.leiomyomas.2.figo``). A field left open is an empty cell. A list entry of which nothing is known
holds :data:`OPEN`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

OPEN = "open"


def flatten(plain: Any, name: str = "") -> dict[str, str]:
    """Cells of a plain record (dicts, lists and scalars); schema names are left out, versions stay."""
    if isinstance(plain, Mapping):
        items = [(str(key), item) for key, item in plain.items() if key != "schema"]
    elif isinstance(plain, (list, tuple)):
        items = [(str(number), item if item != {} else OPEN) for number, item in enumerate(plain, start=1)]
    else:
        return {} if plain is None else {name: str(plain)}
    cells: dict[str, str] = {}
    for key, item in items:
        cells.update(flatten(item, f"{name}.{key}" if name else key))
    return cells


def unflatten(kind: Any, cells: Mapping[str, str]) -> Any:
    """The plain form of type ``kind`` from its cells; what does not fit is left for ``from_plain`` to refuse."""
    cells = {name: text for name, text in cells.items() if text != ""}
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        options = [option for option in typing.get_args(kind) if option is not types.NoneType]
        return unflatten(options[0], cells) if cells else None
    if typing.get_origin(kind) is tuple:
        return _list_of(typing.get_args(kind)[0], _grouped(cells))
    if dataclasses.is_dataclass(kind) and cells != {"": OPEN}:
        hints = typing.get_type_hints(kind)
        return {name: unflatten(hints.get(name, int), inner) for name, inner in _grouped(cells).items()}
    if dataclasses.is_dataclass(kind):
        return {}
    return _scalar(kind, cells)


def _grouped(cells: Mapping[str, str]) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    for name, text in cells.items():
        first, _, rest = name.partition(".")
        groups.setdefault(first, {})[rest] = text
    return groups


def _list_of(kind: Any, groups: Mapping[str, Mapping[str, str]]) -> Any:
    if not all(name.isdecimal() for name in groups):
        return dict(groups)
    return [unflatten(kind, groups[name]) for name in sorted(groups, key=int)]


def _scalar(kind: Any, cells: Mapping[str, str]) -> Any:
    text = cells.get("")
    if text is None:
        return dict(cells)
    if typing.get_origin(kind) is typing.Literal:
        return next((choice for choice in typing.get_args(kind) if str(choice) == text), text)
    if kind is bool:
        return {"True": True, "False": False}.get(text, text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text
