"""Preset (YAML) + overrides -> resolved config."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.optional import require
from UterineSynthLib.records import from_plain

T = TypeVar("T")
_REDEFINED = {
    "tag:yaml.org,2002:bool": (re.compile("(true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    "tag:yaml.org,2002:float": (re.compile(r"[-+]?(\.\d+|\d+\.\d*|\d+(?=[eE]))([eE][-+]?\d+)?$"), "-+.0123456789"),
}
"""Patterns and first characters of the scalars that YAML 1.1, which the library speaks, reads as something else."""


def load_preset(kind: type[T], path: Path, overrides: Sequence[str] = ()) -> T:
    """Read a preset and set ``key.inner=value`` overrides, values written as in YAML.

    Raises:
        ConfigError: no such file, not YAML, an override without ``=``.
        RecordError: an unknown setting or a value of the wrong type; the message names its path.
    """
    yaml = require("yaml")
    loader = _loader(yaml.SafeLoader)
    if not path.is_file():
        raise ConfigError(f"{path}: no such preset; those that ship are in Training/configs/")
    try:
        plain = yaml.load(path.read_text(encoding="utf-8"), loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(plain, dict):
        raise ConfigError(f"{path}: expected settings by name, got {type(plain).__name__}")
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(f"'{override}': write an override as setting=value, for example optimiser.steps=1000")
        _set(plain, name.split("."), yaml.load(value, loader), override)
    return from_plain(kind, plain, str(path.name))


def _loader(safe: Any) -> Any:
    """A safe loader that reads words and numbers as YAML 1.2 does: ``no`` is a word, ``1e-4`` a number."""
    loader: Any = type("Loader", (safe,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag not in _REDEFINED]
        for first, rules in safe.yaml_implicit_resolvers.items()
    }
    for tag, (pattern, firsts) in _REDEFINED.items():
        loader.add_implicit_resolver(tag, pattern, list(firsts))
    return loader


def _set(plain: dict[str, Any], keys: list[str], value: Any, override: str) -> None:
    for key in keys[:-1]:
        inner = plain.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"'{override}': {key} holds a value, not settings")
        plain = inner
    plain[keys[-1]] = value
