"""What an import says of each case: one JSON record, kept where names of source files may be kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.importing.found import Repair
from UterineSynthLib.records import record


class Outcome(StrEnum):
    """What became of a case."""

    IMPORTED = "imported"
    REFUSED = "refused"


@record("uterinesynth.import.case")
@dataclass(frozen=True)
class CaseReport:
    """One case of an import.

    Attributes:
        where: place below the source's folder; may name a patient.
        outcome: imported or refused.
        found: the files it was made of, below the source's folder.
        said: what was chosen and by which rule.
        repaired: what was put right, and why.
        refused: why it was refused.
        case: its row in the manifest, but for the split.
        source_digest: of the files and the choices it was made with; an equal one need not be imported again.
        voxel_digest: of the first volume's voxels; equal voxels are one case.
    """

    where: str
    outcome: Outcome
    found: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    repaired: tuple[Repair, ...] = ()
    refused: str | None = None
    case: Case | None = None
    source_digest: str | None = None
    voxel_digest: str | None = None
