"""Cases as files: volume, label map, contact sheet, and last of all the provenance that says the rest is complete."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from UterineSynthLib.errors import OutputError, RecordError
from UterineSynthLib.records import digest, from_json, to_json, write_text_whole
from UterineSynthLib.synthesis.case import SyntheticCase
from UterineSynthLib.synthesis.provenance import Provenance
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.volumes.files import SYNTHETIC_MARK, write_image

Suffix = Literal[".nii.gz", ".nrrd"]
SUFFIXES: tuple[Suffix, ...] = (".nii.gz", ".nrrd")
_BYTES_PER_VOXEL = 6
"""float32 image and uint8 label map before compression, and a reserve."""
_BYTES_PER_CASE = 2 * 2**20
"""Contact sheet and provenance."""


@dataclass(frozen=True)
class CaseFiles:
    """Paths of one written case."""

    image: Path
    labels: Path | None
    sheet: Path | None
    provenance: Path
    further_images: tuple[Path, ...] = ()

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file that there is."""
        named = (self.image, *self.further_images, self.labels, self.sheet, self.provenance)
        return tuple(path for path in named if path is not None)


class CaseWriter:
    """Writes cases into a folder; a provenance file there means that its volume is complete.

    Args:
        folder: made if it is missing.
        suffix: kind of volume file; sheet: whether to draw contact sheets.
    """

    def __init__(self, folder: str | Path, suffix: Suffix = ".nii.gz", sheet: bool = True) -> None:
        self.folder = Path(folder)
        self.suffix: Suffix = suffix
        self.sheet = sheet

    def prepare(self, request: GenerationRequest, voxels: int, bundle_digest: str) -> None:
        """Find out before anything is computed whether the cases of a request can be written.

        Raises:
            OutputError: the folder cannot be made or written, has too little room, or holds other cases by the same
                names.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise OutputError(self.folder, error.strerror or str(error)) from error
        needed = request.count * (voxels * _BYTES_PER_VOXEL + _BYTES_PER_CASE)
        if free < needed:
            raise OutputError(self.folder, f"{needed / 2**20:.0f} MiB may be needed, {free / 2**20:.0f} MiB are free")
        for index in range(request.count):
            self._check_free(self.provenance_path(request.seed, index), request, bundle_digest)

    def provenance_path(self, seed: int, index: int) -> Path:
        """Where the provenance of volume ``index`` of a seed is written."""
        return self._path(seed, index, ".json")

    def write(self, case: SyntheticCase) -> CaseFiles:
        """Write one case, its provenance last.

        Raises:
            OutputError: what could not be written; nothing of the case is left behind then.
        """
        files = self._files_of(case)
        try:
            self._write_volumes(case, files)
            if files.sheet is not None:
                self._write_sheet(case, files.sheet)
            write_text_whole(files.provenance, to_json(case.provenance, indent=2) + "\n")
        except BaseException:
            for path in files.all:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
            raise
        return files

    def _files_of(self, case: SyntheticCase) -> CaseFiles:
        seed, index = case.provenance.request.seed, case.provenance.index
        return CaseFiles(
            self._path(seed, index, self.suffix),
            None if case.labels is None else self._path(seed, index, f"_labels{self.suffix}"),
            self._path(seed, index, ".png") if self.sheet else None,
            self.provenance_path(seed, index),
            tuple(
                self._path(seed, index, f"_channel{number}{self.suffix}")
                for number in range(2, 2 + len(case.further_images))
            ),
        )

    def _path(self, seed: int, index: int, ending: str) -> Path:
        return self.folder / f"synthetic_seed{seed}_{index + 1:03d}{ending}"

    def _check_free(self, path: Path, request: GenerationRequest, bundle_digest: str) -> None:
        """A case of the same request (of any count) and model may be written again; others are kept."""
        if not path.exists():
            return
        try:
            found = from_json(Provenance, path.read_text(encoding="utf-8"))
            wanted = replace(request.without_paths(), count=found.request.count)
            same = digest(found.request) == digest(wanted) and found.bundle_digest == bundle_digest
        except (RecordError, OSError, UnicodeDecodeError):
            same = False
        if not same:
            raise OutputError(path, "a volume of another request is there; choose another folder or another seed")

    def _write_volumes(self, case: SyntheticCase, files: CaseFiles) -> None:
        provenance = case.provenance
        note = f"{SYNTHETIC_MARK} {provenance.bundle} seed {provenance.request.seed} volume {provenance.index + 1}"
        facts = {"synthetic": "true", "bundle_digest": provenance.bundle_digest}
        write_image(case.image, files.image, note, facts)
        for number, (image, path) in enumerate(zip(case.further_images, files.further_images, strict=True), start=2):
            write_image(image, path, f"{note} channel {number}", facts)
        if case.labels is not None and files.labels is not None:
            write_image(case.labels, files.labels, f"{note} labels", facts)

    def _write_sheet(self, case: SyntheticCase, path: Path) -> None:
        from UterineSynthLib.synthesis.sheet import case_sheet
        from UterineSynthLib.volumes.contact_sheet import write_contact_sheet

        write_contact_sheet(case_sheet(case), path, case.provenance.statement)
