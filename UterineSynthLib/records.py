"""Versioned JSON records: what crosses a process, a file or a year.

A record is a frozen dataclass registered with :func:`record`. Its JSON form carries ``schema`` and ``version`` at the
top, leaves out fields that are ``None``, and is read back strictly: an unknown field, a missing field or a value of
the wrong type is a :class:`RecordError` that names the path to it. Field types may be ``str, int, float, bool``,
``StrEnum``, ``Literal``, ``tuple[T, ...]``, fixed ``tuple[T, U]``, ``dict[str, T]``, ``T | None`` and other frozen
dataclasses. Of a union of records the ``schema`` of the JSON says which one it is; without one it is the first.
Standard library only: this runs in a bare Slicer.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

from UterineSynthLib.errors import OutputError, RecordError

T = TypeVar("T")
_UNIONS = (typing.Union, types.UnionType)


def record(schema: str, version: int = 1) -> Callable[[type[T]], type[T]]:
    """Class decorator: give a frozen dataclass its schema name and version."""

    def mark(cls: type[T]) -> type[T]:
        cls.__record__ = (schema, version)  # type: ignore[attr-defined]
        return cls

    return mark


def to_plain(value: Any) -> Any:
    """Turn a record (or a field of one) into dicts, lists and scalars that JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        plain = {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        plain = {name: item for name, item in plain.items() if item is not None}
        mark = getattr(value, "__record__", None)
        return plain if mark is None else {"schema": mark[0], "version": mark[1], **plain}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise RecordError("", f"{value} has no place in a record; leave the field open instead")
    return value


def from_plain(cls: type[T], plain: Any, where: str = "") -> T:
    """Build a record of type ``cls`` from its plain form.

    Raises:
        RecordError: ``plain`` has not the declared shape; the message names the path.
        InputError: whatever the dataclass's own validation raises.
    """
    return typing.cast(T, _read(cls, plain, where))


def _read(kind: Any, plain: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in _UNIONS:
        return _read_optional(kind, plain, where)
    if origin is tuple:
        return _read_tuple(kind, plain, where)
    if origin is dict:
        if not isinstance(plain, Mapping):
            raise RecordError(where, f"expected an object, got {_shown(plain)}")
        item_kind = typing.get_args(kind)[1]
        return {str(k): _read(item_kind, v, _inside(where, str(k))) for k, v in plain.items()}
    if origin is Literal:
        return _read_choice(typing.get_args(kind), plain, where)
    if kind is Any:
        return plain
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, plain, where)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(_read_choice(tuple(member.value for member in kind), plain, where))
    return _read_scalar(kind, plain, where)


def _read_choice(choices: tuple[Any, ...], plain: Any, where: str) -> Any:
    if plain not in choices:
        raise RecordError(where, f"got {_shown(plain)}, expected one of {', '.join(map(str, choices))}")
    return plain


def _read_scalar(kind: Any, plain: Any, where: str) -> Any:
    if kind is float and isinstance(plain, (int, float)) and not isinstance(plain, bool):
        if not math.isfinite(plain):
            raise RecordError(where, f"expected a finite number, got {plain}")
        return float(plain)
    if kind is int and isinstance(plain, int) and not isinstance(plain, bool):
        return plain
    if kind in (str, bool) and isinstance(plain, kind):
        return plain
    names = {float: "a number", int: "a whole number", str: "text", bool: "true or false"}
    raise RecordError(where, f"expected {names.get(kind, kind)}, got {_shown(plain)}")


def _read_optional(kind: Any, plain: Any, where: str) -> Any:
    if plain is None:
        return None
    options = [option for option in typing.get_args(kind) if option is not types.NoneType]
    if all(hasattr(option, "__record__") for option in options):
        return _read_dataclass(_marked(options, plain, where), plain, where)
    failure: RecordError | None = None
    for option in options:
        try:
            return _read(option, plain, where)
        except RecordError as error:
            failure = error
    assert failure is not None
    raise failure


def _marked(options: list[Any], plain: Any, where: str) -> Any:
    """The record among ``options`` whose schema ``plain`` carries; the first where it carries none."""
    schema = plain.get("schema") if isinstance(plain, Mapping) else None
    by_schema = {option.__record__[0]: option for option in options}
    if schema is not None and len(options) > 1 and schema not in by_schema:
        raise RecordError(where, f"this is a {_shown(schema)} record, expected one of {', '.join(by_schema)}")
    return by_schema.get(schema, options[0])


def _read_tuple(kind: Any, plain: Any, where: str) -> Any:
    if not isinstance(plain, (list, tuple)):
        raise RecordError(where, f"expected a list, got {_shown(plain)}")
    kinds = typing.get_args(kind)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(plain)
    if len(kinds) != len(plain):
        raise RecordError(where, f"expected {len(kinds)} values, got {len(plain)}")
    return tuple(_read(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(kinds, plain, strict=True)))


def _read_dataclass(cls: Any, plain: Any, where: str) -> Any:
    if not isinstance(plain, Mapping):
        raise RecordError(where, f"expected an object, got {_shown(plain)}")
    plain = dict(plain)
    _check_mark(cls, plain, where)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    unknown = sorted(set(plain) - set(fields))
    if unknown:
        raise RecordError(_inside(where, unknown[0]), f"unknown field; known are {', '.join(fields)}")
    hints = typing.get_type_hints(cls)
    values = {name: _read(hints[name], item, _inside(where, name)) for name, item in plain.items()}
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in values:
            if type(None) not in typing.get_args(hints[name]):
                raise RecordError(_inside(where, name), "missing")
            values[name] = None
    return cls(**values)


def _check_mark(cls: Any, plain: dict[str, Any], where: str) -> None:
    mark = getattr(cls, "__record__", None)
    if mark is None:
        return
    schema, version = plain.pop("schema", mark[0]), plain.pop("version", mark[1])
    if schema != mark[0]:
        raise RecordError(where, f"this is a {_shown(schema)} record, expected {mark[0]!r}")
    if not isinstance(version, int) or version > mark[1]:
        raise RecordError(where, f"{schema} version {version} is newer than this program reads (up to {mark[1]})")


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON text of a record; one line unless ``indent`` is given."""
    return json.dumps(to_plain(value), indent=indent, ensure_ascii=False, allow_nan=False)


def from_json(cls: type[T], text: str, where: str = "") -> T:
    """Read a record from JSON text. Raises :class:`RecordError` for text that is not JSON or not the record."""
    try:
        plain = json.loads(text)
    except json.JSONDecodeError as error:
        raise RecordError(where, f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    return from_plain(cls, plain, where)


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a record: equal records have equal digests on every machine."""
    plain = _canonical(to_plain(value))
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(plain: Any) -> Any:
    """Write 30.0 as 30, so that a whole number typed as either has one digest."""
    if isinstance(plain, dict):
        return {name: _canonical(item) for name, item in plain.items()}
    if isinstance(plain, list):
        return [_canonical(item) for item in plain]
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def partial_of(path: Path) -> Path:
    """Where a file is written before it takes its name: beside it, hidden, with the same ending, its own by process.

    Two processes that write the same file must not take each other's half away.
    """
    return path.with_name(f".partial.{os.getpid()}.{path.name}")


def write_text_whole(path: Path, text: str) -> None:
    """Write a text file so that ``path`` never holds half of it: beside it first, then renamed.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    partial = partial_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(path, error.strerror or str(error)) from error


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
