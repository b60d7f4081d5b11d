"""The error tree. A command turns these, and only these, into one line on stderr and an exit code.

Every message says what was wrong, where, and what would be right.
"""

from __future__ import annotations

from pathlib import Path


class UterineSynthError(Exception):
    """Root of all errors this package raises on purpose. A command exits with ``exit_code``."""

    exit_code = 1


class InputError(UterineSynthError, ValueError):
    """What the caller gave cannot be used; the caller can mend it."""

    exit_code = 2


class RecordError(InputError):
    """A JSON record does not have the declared shape. ``where`` is the path to the offending value."""

    def __init__(self, where: str, reason: str) -> None:
        self.where = where
        super().__init__(f"{where}: {reason}" if where else reason)


class DescriptionError(InputError):
    """A field of a description has a value it cannot take."""

    def __init__(self, field: str, value: object, limit: str) -> None:
        self.field, self.value, self.limit = field, value, limit
        super().__init__(f"{field} = {value}: {limit}")


class ContradictionError(InputError):
    """Two parts of a description or a sentence exclude each other."""

    def __init__(self, first: str, second: str, reason: str) -> None:
        self.first, self.second = first, second
        super().__init__(f"'{first}' contradicts '{second}': {reason}")


class VolumeError(InputError):
    """An image or label file, or an image in memory, cannot be used. ``source`` names it."""

    def __init__(self, source: str | Path, reason: str) -> None:
        self.source = str(source)
        super().__init__(f"{source}: {reason}")


class ConfigError(InputError):
    """A configuration names an unknown setting or a value that does not fit."""


class BundleError(InputError):
    """A model bundle is missing, incomplete, altered, or asks for something a bundle may not ask for."""

    def __init__(self, bundle: str | Path, reason: str) -> None:
        self.bundle = str(bundle)
        super().__init__(f"model bundle {bundle}: {reason}")


class StudyError(InputError):
    """A reader study, one of its files or an answer to it cannot be used. ``study`` names the file or folder."""

    def __init__(self, study: str | Path, reason: str) -> None:
        self.study = str(study)
        super().__init__(f"{study}: {reason}")


class DeviceError(InputError):
    """The requested compute device does not exist or has too little memory."""


class OutputError(InputError):
    """The place to write to cannot be used: not writable, full, or holding something that must not be overwritten."""

    def __init__(self, target: str | Path, reason: str) -> None:
        self.target = str(target)
        super().__init__(f"cannot write {target}: {reason}")


class MissingPackageError(UterineSynthError, ImportError):
    """An optional package is not installed. The message names the extra that brings it."""

    exit_code = 2


class Stopped(UterineSynthError):
    """Work ended early because ``should_stop`` said so; whatever was finished before is kept."""

    exit_code = 130
