"""The import itself: case after case, each whole or not at all; what was done before is not done again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.dataset.importing.case_report import CaseReport, Outcome
from UterineSynthLib.dataset.importing.finding import where_of
from UterineSynthLib.dataset.importing.found import Choices, FoundCase
from UterineSynthLib.dataset.importing.identities import Identities
from UterineSynthLib.dataset.importing.reading import ReadCase, read_found
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.dataset.importing.thumbnail import write_thumbnail
from UterineSynthLib.dataset.manifest import write_manifest
from UterineSynthLib.dataset.splitting import SplitFractions, assign_splits
from UterineSynthLib.errors import InputError, RecordError, VolumeError
from UterineSynthLib.records import from_json, to_json, write_text_whole
from UterineSynthLib.volumes.files import write_image

MANIFEST, CASES, REPORT, THUMBNAILS = "manifest.jsonl", "cases", "import-report", "thumbnails"
"""What lies in the folder of an import: the data set, and the report, which names source files."""
_IDENTITIES, _RECORDS = "identities.json", "cases"

OnCase = Callable[[int, int, CaseReport], None]
"""Told of each case: its number from 1, how many there are, what became of it."""


@dataclass(frozen=True)
class ImportOrder:
    """What to import, and as what.

    Attributes:
        source: the kind of source; root: its folder; out: the folder of the data set.
        licence: of the data, as an SPDX name.
        choices: the user's.
        fractions, seed: of the split by patient.
        dry_run: read and check everything, write nothing.
    """

    source: Source
    root: Path
    out: Path
    licence: str
    choices: Choices = dataclasses.field(default_factory=Choices)
    fractions: SplitFractions = dataclasses.field(default_factory=SplitFractions)
    seed: int = 0
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.out.resolve().is_relative_to(self.root.resolve()):
            raise InputError(f"{self.out}: lies within the source {self.root}; choose a folder outside it")


@dataclass(frozen=True)
class ImportResult:
    """What became of an import.

    Attributes:
        reports: one for each case, in the order of finding; said: what holds for the whole source.
        cases: the rows of the manifest.
        resumed: how many cases were there from before.
    """

    reports: tuple[CaseReport, ...]
    said: tuple[str, ...]
    cases: tuple[Case, ...]
    resumed: int


def import_cases(order: ImportOrder, on_case: OnCase | None = None) -> ImportResult:
    """Import all cases of a source; a refused case does not stop the others.

    Raises:
        InputError: no such folder, no case in it, none that can be used.
        OutputError: the folder of the data set is not writable or the disk is full.
    """
    finding = order.source.find(order.root, order.choices)
    reports = [CaseReport(where, Outcome.REFUSED, refused=why) for where, why in finding.refused]
    total = len(finding.cases)
    resumed = 0
    for number, (report, is_kept) in enumerate(_imported(order, finding.cases), start=1):
        reports.append(report)
        resumed += is_kept
        if on_case is not None:
            on_case(number, total, report)
    cases = assign_splits([report.case for report in reports if report.case], order.seed, order.fractions)
    if not cases:
        refused = "; ".join(f"{report.where}: {report.refused}" for report in reports[:3])
        raise InputError(f"{order.root}: none of {len(reports)} cases can be used ({refused})")
    if not order.dry_run:
        write_manifest(cases, order.out / MANIFEST)
    return ImportResult(tuple(reports), finding.said, cases, resumed)


def _imported(order: ImportOrder, found_cases: tuple[FoundCase, ...]) -> Iterator[tuple[CaseReport, bool]]:
    """Each case's report, and whether it was there from before."""
    identities = Identities(order.source.prefix, order.out / REPORT / _IDENTITIES)
    named = [(found, identities.case(found.where), identities.patient(found.patient)) for found in found_cases]
    if not order.dry_run:
        identities.save()
    seen: dict[str, str] = {}
    for found, case_id, patient_id in named:
        record_path = order.out / REPORT / _RECORDS / f"{case_id}.json"
        digest = _source_digest(order, found)
        before = _before(record_path, digest, order.out, seen)
        report = before or _one(order, found, Case(case_id, "-", patient_id, order.source.name, order.licence), seen)
        report = dataclasses.replace(report, source_digest=digest)
        if report.voxel_digest is not None:
            seen.setdefault(report.voxel_digest, found.where)
        if before is None and not order.dry_run:
            write_text_whole(record_path, to_json(report, indent=1))
        yield report, before is not None


def _before(path: Path, digest: str | None, out: Path, seen: Mapping[str, str]) -> CaseReport | None:
    """The report of an earlier run, if it imported the same files in the same way and all is still there."""
    if digest is None or not path.is_file():
        return None
    try:
        report = from_json(CaseReport, path.read_text(encoding="utf-8"), str(path))
    except RecordError:
        return None
    case = report.case
    if case is None or report.source_digest != digest or report.voxel_digest in seen:
        return None
    names = (case.image, *case.further_images, *([case.labels] if case.labels else []))
    return report if all((out / name).is_file() for name in names) else None


def _one(order: ImportOrder, found: FoundCase, named: Case, seen: Mapping[str, str]) -> CaseReport:
    """Read, check, write: the report of one case."""
    files = tuple(where_of(path, order.root) for path in (*found.images, *(label.path for label in found.labels)))
    refused = CaseReport(found.where, Outcome.REFUSED, files, found.said, found.repairs)
    try:
        read = read_found(found)
    except VolumeError as error:
        return dataclasses.replace(refused, refused=str(error).replace(f"{order.root}/", ""))
    digest = _voxel_digest(read.images[0])
    if digest in seen:
        return dataclasses.replace(refused, refused=f"holds the same voxels as {seen[digest]}; one of them is enough")
    case = _with_files(named, read)
    if not order.dry_run:
        _write(order.out, case, read)
    return CaseReport(found.where, Outcome.IMPORTED, files, read.said, read.repairs, case=case, voxel_digest=digest)


def _with_files(named: Case, read: ReadCase) -> Case:
    stem = f"{CASES}/{named.id}"
    return dataclasses.replace(
        named,
        image=f"{stem}.nii.gz",
        labels=None if read.labels is None else f"{stem}-labels.nii.gz",
        further_images=tuple(f"{stem}-{number}.nii.gz" for number in range(2, len(read.images) + 1)),
    )


def _write(out: Path, case: Case, read: ReadCase) -> None:
    for image, name in zip(read.images, (case.image, *case.further_images), strict=True):
        write_image(image, out / name)
    if read.labels is not None and case.labels is not None:
        write_image(read.labels, out / case.labels)
    write_thumbnail(read.images[0], read.labels, out / REPORT / THUMBNAILS / f"{case.id}.png")


def _source_digest(order: ImportOrder, found: FoundCase) -> str | None:
    """Of the content of all files and everything that decides what becomes of it; None if a file cannot be read."""
    tables = [(label.part, label.rater, sorted(label.table.items())) for label in found.labels]
    decided = (order.source.name, order.licence, found.series_uid, len(found.images), tables)
    whole = hashlib.sha256(repr(decided).encode())
    try:
        for path in found.all_files:
            with path.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError:
        return None
    return whole.hexdigest()


def _voxel_digest(image: sitk.Image) -> str:
    array = np.ascontiguousarray(sitk.GetArrayViewFromImage(image), dtype=np.float32)
    return hashlib.sha256(repr(array.shape).encode() + array.tobytes()).hexdigest()
