"""Pseudonyms: case and patient numbers given in the order of finding and remembered for the next run.

What they stand for is written to one file in the report's folder, which is not for passing on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from UterineSynthLib.records import from_json, record, to_json, write_text_whole


@record("uterinesynth.import.identities")
@dataclass(frozen=True)
class _Known:
    cases: dict[str, int] = field(default_factory=dict)
    patients: dict[str, int] = field(default_factory=dict)


class Identities:
    """Gives ``PREFIX-0001`` to cases and ``PREFIX-p0001`` to patients; a name known from before keeps its number."""

    def __init__(self, prefix: str, path: Path) -> None:
        self._prefix, self._path = prefix, path
        known = from_json(_Known, path.read_text(encoding="utf-8"), str(path)) if path.is_file() else _Known()
        self._cases, self._patients = dict(known.cases), dict(known.patients)

    def case(self, where: str) -> str:
        """Pseudonym of the case at ``where``."""
        return f"{self._prefix}-{_number(self._cases, where):04d}"

    def patient(self, name: str) -> str:
        """Pseudonym of a patient."""
        return f"{self._prefix}-p{_number(self._patients, name):04d}"

    def save(self) -> None:
        """Write the numbers given. Raises :class:`OutputError` where that cannot be done."""
        write_text_whole(self._path, to_json(_Known(self._cases, self._patients), indent=1))


def _number(known: dict[str, int], name: str) -> int:
    return known.setdefault(name, len(known) + 1)
