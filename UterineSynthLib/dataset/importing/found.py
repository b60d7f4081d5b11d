"""What a finder hands over: cases as they lie in the source, before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LabelTable = Mapping[int, int]
"""What a value of a source's mask becomes: a label of :class:`Structure`, 0 to leave it out."""


@dataclass(frozen=True)
class Repair:
    """Something that was put right: what was done, and because of what."""

    what: str
    why: str


@dataclass(frozen=True)
class LabelFile:
    """One mask of a case.

    Attributes:
        path: the file.
        table: what its values become.
        part: masks of one part by several raters are put to a vote; parts are painted over each other in their order.
        rater: who drew it; None where there is one rater only.
    """

    path: Path
    table: LabelTable
    part: str = "labels"
    rater: str | None = None


@dataclass(frozen=True)
class FoundCase:
    """A case in the source. ``where`` and ``patient`` may identify a person and never enter a manifest.

    Attributes:
        where: place below the source's folder, which also tells cases apart.
        patient: cases with the same one stay in one split.
        images: volumes of one grid, or the folder of a DICOM series.
        labels: masks, if there are any.
        series_uid: which series of a DICOM folder.
        slices: folder of the DICOM slices that say where an image without geometry lies; None where headers are to be
            taken at their word.
        files: all files behind the case; images and masks unless told otherwise.
        said: what was chosen and by which rule.
        repairs: what finding it already took.
    """

    where: str
    patient: str
    images: tuple[Path, ...]
    labels: tuple[LabelFile, ...] = ()
    series_uid: str | None = None
    slices: Path | None = None
    files: tuple[Path, ...] = ()
    said: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def all_files(self) -> tuple[Path, ...]:
        """The files whose content decides what the case becomes."""
        return self.files or (*self.images, *(label.path for label in self.labels))


@dataclass(frozen=True)
class Finding:
    """All that a finder saw.

    Attributes:
        cases: in a fixed order.
        refused: (where, why) of what looked like a case and is none.
        said: what holds for the whole source.
    """

    cases: tuple[FoundCase, ...]
    refused: tuple[tuple[str, str], ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choices:
    """What the user chose for an import.

    Attributes:
        labels: what mask values mean; None where the source says so itself.
        without_labels: leave all masks out.
        rater: take this rater's masks instead of a vote.
        sequence: take this sequence; None takes the source's rule.
        patient_pattern: regular expression; its first group in a case's path is the patient.
    """

    labels: LabelTable | None = None
    without_labels: bool = False
    rater: str | None = None
    sequence: str | None = None
    patient_pattern: str | None = None
