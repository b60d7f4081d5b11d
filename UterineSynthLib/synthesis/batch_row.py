"""One request of a batch: its place in the table, its name, and the seed it gets where it names none."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.errors import InputError
from UterineSynthLib.records import digest
from UterineSynthLib.synthesis.request import GenerationRequest

_SEED_DIGITS = 8
"""Hexadecimal digits of a digest that become a seed: below 2**32, easily typed again."""


@dataclass(frozen=True)
class BatchRow:
    """A request as the table has it.

    Attributes:
        line: of the table, from 1; 0 for a request that came from flags.
        name: what the row calls itself; may be empty.
        request: complete, its mask as it is written in the table.
        mask_path: where that mask lies.
    """

    line: int
    name: str
    request: GenerationRequest
    mask_path: Path | None = None

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "the request"
        return f"{place} ({self.name})" if self.name else place


@dataclass(frozen=True)
class Fault:
    """What is wrong with one row, and in which of its columns."""

    line: int
    column: str | None
    reason: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"line {self.line}{column}: {self.reason}"


def refuse(source: str, faults: list[Fault]) -> None:
    """Raise an InputError that names every bad row, if there is one."""
    if not faults:
        return
    ordered = sorted(faults, key=lambda fault: fault.line)
    if ordered[0].line == 0:
        raise InputError(ordered[0].reason)
    listed = "\n".join(f"  {fault}" for fault in ordered)
    bad = len({fault.line for fault in ordered})
    raise InputError(f"{source}: {bad} bad row{'s' if bad > 1 else ''}, so nothing was made\n{listed}")


def content_digest(request: GenerationRequest) -> str:
    """Digest of what one volume depends on besides seed and number: neither on the count nor on where files lie."""
    return digest(dataclasses.replace(request.without_paths(), count=1, seed=0))


def seed_for(request: GenerationRequest, name: str, base_seed: int) -> int:
    """The seed of a row that names none: it depends on what the row says, never on where it stands."""
    said = {"base": base_seed, "name": name, "content": content_digest(request), "mask": request.mask}
    return int(digest(said)[:_SEED_DIGITS], 16)
