"""What an importer of a format is: where its data come from, under which licence, and how its cases are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.dataset.importing.found import Choices, Finding


@dataclass(frozen=True)
class Source:
    """A kind of source.

    Attributes:
        name: in the manifest's rows and in a model's ledger.
        prefix: of pseudonyms.
        licence: of the data set, as an SPDX name; None where only the user can know it.
        find: lists the cases below a folder; reads no voxels.
    """

    name: str
    prefix: str
    licence: str | None
    find: Callable[[Path, Choices], Finding]
