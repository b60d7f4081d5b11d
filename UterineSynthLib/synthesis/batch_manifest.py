"""The manifest of a batch: which volumes are there, whole, and listed as a data set."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import SimpleITK as sitk

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.errors import InputError, OutputError, RecordError
from UterineSynthLib.records import from_json, to_json, write_text_whole
from UterineSynthLib.synthesis.batch_plan import PlannedRow
from UterineSynthLib.synthesis.batch_row import content_digest
from UterineSynthLib.synthesis.provenance import Provenance, voxel_digest
from UterineSynthLib.volumes.files import SUFFIXES, read_image, read_labels

_PATTERN = "manifest*.jsonl"


class BatchManifest:
    """A manifest that grows by one line a volume; all manifests of the folder count as what is there.

    Args:
        folder: of the batch; name: of the file that new volumes are listed in.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.path = folder, folder / name

    def known(self) -> dict[str, Case]:
        """Cases by name of every manifest in the folder.

        Raises:
            RecordError: a broken line, except the last of a file, which a broken run may leave unfinished.
        """
        paths = sorted(self.folder.glob(_PATTERN)) if self.folder.is_dir() else []
        return {case.id: case for path in paths for case in _cases_of(path)}

    def begin(self, whole: Iterable[Case], to_make: Collection[str]) -> None:
        """List whole cases; lines of volumes that will be made, or whose files are gone, are dropped.

        Raises:
            OutputError: the folder cannot be written.
        """
        held = [case for case in _cases_of(self.path) if case.id not in to_make and self._is_there(case)]
        listed = {case.id: case for case in (*held, *whole)}
        if listed or self.path.exists():
            write_text_whole(self.path, "".join(f"{to_json(case)}\n" for case in listed.values()))

    def add(self, case: Case) -> None:
        """List one more case; its line is on the disk when this returns.

        Raises:
            OutputError: the file cannot be written.
        """
        try:
            with self.path.open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(f"{to_json(case)}\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise OutputError(self.path, error.strerror or str(error)) from error

    def is_whole(self, planned: PlannedRow, case: Case) -> bool:
        """Whether the files of a listed case are those of the row, voxel for voxel."""
        image = self.folder / case.image
        try:
            text = _beside(image).read_text(encoding="utf-8")
            provenance = from_json(Provenance, text)
            if not _is_made_from(provenance, planned):
                return False
            if case.labels is not None:
                read_labels(self.folder / case.labels)
            voxels = sitk.GetArrayFromImage(read_image(image))
        except (OSError, UnicodeDecodeError, InputError):
            return False
        return voxel_digest(voxels) == provenance.voxels_sha256

    def _is_there(self, case: Case) -> bool:
        return all((self.folder / name).is_file() for name in (case.image, case.labels) if name is not None)


def _is_made_from(provenance: Provenance, planned: PlannedRow) -> bool:
    made, asked = provenance.request, planned.row.request
    return (
        provenance.bundle_digest == planned.bundle.digest
        and made.seed == asked.seed
        and content_digest(made) == content_digest(asked)
    )


def _beside(image: Path) -> Path:
    suffix = next(suffix for suffix in (*SUFFIXES[1:], SUFFIXES[0]) if image.name.endswith(suffix))
    return image.with_name(image.name.removesuffix(suffix) + ".json")


def _cases_of(path: Path) -> list[Case]:
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    # What follows the last line end was cut off while it was written.
    return [_case_of(path, number, line) for number, line in enumerate(lines[:-1], start=1) if line.strip()]


def _case_of(path: Path, number: int, line: str) -> Case:
    try:
        return from_json(Case, line)
    except InputError as error:
        raise RecordError(f"{path}, line {number}", f"{error}; mend or delete the line") from error
