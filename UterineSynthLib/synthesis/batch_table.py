"""Reads a table of requests: CSV (one row a request, flat columns) or JSON lines (one request record a line)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from UterineSynthLib.dataset.flat import unflatten
from UterineSynthLib.description.uterus import BELONGS_TO, UterusDescription
from UterineSynthLib.errors import InputError, RecordError
from UterineSynthLib.records import from_plain, to_plain
from UterineSynthLib.synthesis.batch_column import column_of
from UterineSynthLib.synthesis.batch_row import BatchRow, Fault, refuse, seed_for
from UterineSynthLib.synthesis.request import GenerationRequest

SUFFIXES = (".csv", ".jsonl")
NAME = "id"
DESCRIPTION_COLUMNS = tuple(field.name for field in fields(UterusDescription))
REQUEST_COLUMNS = tuple(field.name for field in fields(GenerationRequest) if field.name != "description")
_LISTS = ("pathologies", "excluded")
_NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Line = tuple[int, dict[str, Any]]
"""Number of a line and the plain form of its request."""


def read_table(path: Path, defaults: GenerationRequest, base_seed: int = 0) -> tuple[BatchRow, ...]:
    """The requests of a table, each checked on its own.

    Args:
        path: ends in one of :data:`SUFFIXES`; masks are looked for beside it.
        defaults: how a request is made where its row does not say.
        base_seed: rows without a seed get one from it and what they say.

    Raises:
        InputError: no such file or another kind of file; else names every bad row with its line and column.
    """
    text = _text_of(path)
    faults: list[Fault] = []
    lines = list(_csv_lines(path, text, faults) if path.suffix == ".csv" else _json_lines(text, faults))
    rows = []
    for line, plain in lines:
        try:
            rows.append(_row_of(line, plain, path.parent, defaults, base_seed))
        except InputError as error:
            faults.append(Fault(line, column_of(error, plain), str(error)))
    refuse(str(path), faults)
    if not rows:
        raise InputError(f"{path}: holds no request; write one row a request below the header")
    return tuple(rows)


def _text_of(path: Path) -> str:
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path}: unknown kind of table; the name must end in {' or '.join(SUFFIXES)}")
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text; save it as 'CSV UTF-8'"
        raise InputError(f"{path}: {reason}") from error


def _csv_lines(path: Path, text: str, faults: list[Fault]) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
        _check_columns(path, columns)
        for cells in reader:
            if len(cells) > len(columns):
                faults.append(Fault(reader.line_num, None, f"has {len(cells)} cells, the header has {len(columns)}"))
            elif any(cell.strip() for cell in cells):
                named = zip(columns, cells, strict=False)
                yield reader.line_num, plain_of_cells({name: cell.strip() for name, cell in named})
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from error


def _check_columns(path: Path, columns: list[str]) -> None:
    known = (NAME, *REQUEST_COLUMNS, *DESCRIPTION_COLUMNS)
    for column in columns:
        if column.partition(".")[0] not in known:
            hint = "columns end at commas; " if ";" in column or "\t" in column else ""
            raise InputError(f"{path}: line 1, column {column!r}: unknown; {hint}known are {', '.join(known)}")
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise InputError(f"{path}: line 1, column {twice}: comes twice")


def plain_of_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """The plain form of a request from the cells of its row; empty cells stay open."""
    flat: dict[str, str] = {}
    for name, text in cells.items():
        first = name.partition(".")[0]
        target = f"description.{name}" if first in DESCRIPTION_COLUMNS else name
        if name in _LISTS:
            parts = [part.strip() for part in text.split(";") if part.strip()]
            flat.update({f"{target}.{number}": part for number, part in enumerate(parts, start=1)})
        elif name == "resample_mask":
            flat[name] = text.capitalize()
        elif name != NAME:
            flat[target] = text
    plain: dict[str, Any] = unflatten(GenerationRequest, flat)
    _name_implied(plain.get("description", {}))
    return plain if not cells.get(NAME) else {NAME: cells[NAME], **plain}


def _name_implied(description: dict[str, Any]) -> None:
    """Add the pathologies that other cells of the row speak of."""
    implied = [pathology.value for column, pathology in BELONGS_TO.items() if column in description]
    named = description.get("pathologies", [])
    if implied and isinstance(named, list):
        description["pathologies"] = list(dict.fromkeys([*named, *implied]))


def _json_lines(text: str, faults: list[Fault]) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            plain = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append(Fault(number, None, f"not JSON: {error.msg} at character {error.colno}"))
            continue
        if isinstance(plain, dict):
            yield number, plain
        else:
            faults.append(Fault(number, None, "expected an object with the fields of a request"))


def _row_of(line: int, plain: dict[str, Any], folder: Path, defaults: GenerationRequest, base_seed: int) -> BatchRow:
    plain = dict(plain)
    name = plain.pop(NAME, "")
    if name and (not isinstance(name, str) or not _NAME_PATTERN.fullmatch(name)):
        raise RecordError(NAME, f"got {name!r}; use up to 64 letters, digits, dots, dashes and underscores")
    request = from_plain(GenerationRequest, {**_making_of(defaults, plain), **plain})
    if "seed" not in plain:
        seed = seed_for(request, name, base_seed)
        request = from_plain(GenerationRequest, {**to_plain(request), "seed": seed})
    return BatchRow(line, name, request, None if request.mask is None else folder / request.mask)


def _making_of(defaults: GenerationRequest, plain: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that leave room for what the row says itself."""
    left_out = {"schema", "version", "description", "text", "mask", "seed"}
    if "steps" in plain or "quality" in plain:
        left_out |= {"steps", "quality"}
    if "mask" in plain:
        left_out |= {"way"}
    return {name: value for name, value in to_plain(defaults).items() if name not in left_out}
