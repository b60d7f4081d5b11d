"""Preset (YAML) + overrides -> resolved config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.optional import require
from UterineSynthLib.records import from_plain

T = TypeVar("T")


def load_preset(kind: type[T], path: Path, overrides: Sequence[str] = ()) -> T:
    """Read a preset and set ``key.inner=value`` overrides, values written as in YAML.

    Raises:
        ConfigError: no such file, not YAML, an override without ``=``.
        RecordError: an unknown setting or a value of the wrong type; the message names its path.
    """
    yaml = require("yaml")
    if not path.is_file():
        raise ConfigError(f"{path}: no such preset; those that ship are in Training/configs/")
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(plain, dict):
        raise ConfigError(f"{path}: expected settings by name, got {type(plain).__name__}")
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(f"'{override}': write an override as setting=value, for example optimiser.steps=1000")
        _set(plain, name.split("."), yaml.safe_load(value), override)
    return from_plain(kind, plain, str(path.name))


def _set(plain: dict[str, Any], keys: list[str], value: Any, override: str) -> None:
    for key in keys[:-1]:
        inner = plain.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"'{override}': {key} holds a value, not settings")
        plain = inner
    plain[keys[-1]] = value
