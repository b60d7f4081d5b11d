"""JSON of a bundle is data. What a MONAI bundle may ask to run (``_target_``, ``$`` expressions) is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from UterineSynthLib.errors import BundleError, InputError
from UterineSynthLib.records import from_plain

T = TypeVar("T")
_CODE_KEY = re.compile(r"_[A-Za-z]+_")
_CODE_MARKS = ("$", "@")


def read_plain(folder: Path, name: str) -> Any:
    """Parse one JSON file of a bundle.

    Raises:
        BundleError: not JSON, or a key or value that a MONAI parser would run or resolve.
    """
    try:
        plain = json.loads((folder / name).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(folder, f"{name} is not JSON ({error})") from error
    for where, found in _code_in(plain, ""):
        raise BundleError(folder, f"{name}: {where} asks for code ({found}); a bundle may hold plain values only")
    return plain


def read_record(cls: type[T], folder: Path, name: str) -> T:
    """Read one JSON file of a bundle as a record; every fault is a :class:`BundleError` that names the path to it."""
    try:
        return from_plain(cls, read_plain(folder, name))
    except BundleError:
        raise
    except InputError as error:
        raise BundleError(folder, f"{name}: {error}") from error


def _code_in(plain: Any, where: str) -> Iterator[tuple[str, str]]:
    """Places that hold code, each with what was found there."""
    if isinstance(plain, dict):
        for key, value in plain.items():
            inside = f"{where}.{key}" if where else key
            if _CODE_KEY.fullmatch(key):
                yield inside, key
            yield from _code_in(value, inside)
    elif isinstance(plain, list):
        for number, value in enumerate(plain):
            yield from _code_in(value, f"{where}[{number}]")
    elif isinstance(plain, str) and len(plain) > 1 and plain.lstrip().startswith(_CODE_MARKS):
        yield where, plain[:40]
