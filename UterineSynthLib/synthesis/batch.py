"""A batch: many requests into one folder, resumable at any volume, the same voxels however it is spread.

A row is done when its volumes are in a manifest of the folder under its digest and their files are whole.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.errors import OutputError
from UterineSynthLib.records import write_text_whole
from UterineSynthLib.synthesis.batch_manifest import BatchManifest
from UterineSynthLib.synthesis.batch_plan import PlannedRow
from UterineSynthLib.synthesis.batch_progress import BatchClock, OnBatchProgress
from UterineSynthLib.synthesis.batch_volume import VolumeFailure, VolumeJob
from UterineSynthLib.synthesis.batch_workers import Made, dask_workers, local_processes, made_by, made_here
from UterineSynthLib.synthesis.device import choose_device
from UterineSynthLib.synthesis.output import CaseWriter, Suffix

_FAILURE_COLUMNS = ("line", "id", "seed", "volumes_failed", "reason")


@dataclass(frozen=True)
class BatchSettings:
    """How a batch is made and written; nothing here changes a voxel.

    Attributes:
        folder: of the batch; suffix: kind of volume file; sheet: whether contact sheets are drawn.
        device: of each worker; workers: local processes; scheduler: address of a Dask scheduler in their place.
        keep_going: whether the other rows are made after one failed.
        part: (number from 1, count): only that share of the rows is made, listed in a manifest of its own.
        text_encoder: folder of an external encoder; rows are planned with the same (:func:`plan_rows`).
    """

    folder: Path
    suffix: Suffix = ".nii.gz"
    sheet: bool = True
    device: str = "auto"
    workers: int = 1
    scheduler: str | None = None
    keep_going: bool = True
    part: tuple[int, int] | None = None
    text_encoder: Path | None = None

    @property
    def _ending(self) -> str:
        return "" if self.part is None else f"-{self.part[0]}-of-{self.part[1]}"

    @property
    def manifest_name(self) -> str:
        """Name of the manifest that new volumes are listed in."""
        return f"manifest{self._ending}.jsonl"

    @property
    def failures_name(self) -> str:
        """Name of the table of failed rows."""
        return f"failures{self._ending}.csv"


@dataclass(frozen=True)
class Survey:
    """What is there and what is to be made, by row; volumes count from 0."""

    rows: tuple[PlannedRow, ...]
    found: tuple[tuple[Case, ...], ...]
    missing: tuple[tuple[int, ...], ...]

    @property
    def missing_count(self) -> int:
        """Number of volumes that are to be made."""
        return sum(map(len, self.missing))

    @property
    def found_count(self) -> int:
        """Number of volumes that are there, whole."""
        return sum(map(len, self.found))


@dataclass(frozen=True)
class RowFailure:
    """A row with volumes that could not be made, and why the first of them could not."""

    planned: PlannedRow
    volumes: int
    reason: str


@dataclass(frozen=True)
class BatchOutcome:
    """What became of a batch."""

    manifest: Path
    found: int
    made: int
    failures: tuple[RowFailure, ...]


def survey(planned: Sequence[PlannedRow], settings: BatchSettings) -> Survey:
    """Look at what is in the folder; changes nothing.

    Raises:
        RecordError: a manifest there cannot be read.
    """
    rows = tuple(row for number, row in enumerate(planned) if _is_in_part(number, settings.part))
    manifest = BatchManifest(settings.folder, settings.manifest_name)
    known = manifest.known()
    found = []
    for row in rows:
        names = [row.case_id(index) for index in range(row.row.request.count)]
        found.append(tuple(known[name] for name in names if name in known and manifest.is_whole(row, known[name])))
    have = {case.id for cases in found for case in cases}
    missing = tuple(
        tuple(index for index in range(row.row.request.count) if row.case_id(index) not in have) for row in rows
    )
    return Survey(rows, tuple(found), missing)


def _is_in_part(number: int, part: tuple[int, int] | None) -> bool:
    return part is None or number % part[1] == part[0] - 1


def run_batch(there: Survey, settings: BatchSettings, listener: OnBatchProgress | None = None) -> BatchOutcome:
    """Make what is missing; every finished volume is whole and listed, whenever this is stopped.

    Raises:
        InputError: the folder cannot be written, no such scheduler, the device is not there.
    """
    left = {row.folder: missing for row, missing in zip(there.rows, there.missing, strict=True)}
    jobs = [_job(row, index, settings) for row in there.rows for index in left[row.folder]]
    _prepare(there, settings)
    manifest = BatchManifest(settings.folder, settings.manifest_name)
    manifest.begin((case for cases in there.found for case in cases), {job.case_id for job in jobs})
    counts = {folder: len(missing) for folder, missing in left.items()}
    clock = BatchClock(counts, len(there.rows), there.found_count, listener)
    reasons = _make_all(jobs, settings, manifest, clock)
    failures = _failures_of(there, reasons, settings)
    _write_failures(settings.folder / settings.failures_name, failures)
    not_made = sum(counts.values()) + sum(map(len, reasons.values()))
    return BatchOutcome(manifest.path, there.found_count, len(jobs) - not_made, failures)


def _make_all(
    jobs: Sequence[VolumeJob], settings: BatchSettings, manifest: BatchManifest, clock: BatchClock
) -> dict[str, list[str]]:
    """Make and list volumes; returns why volumes failed, by the folder of their row."""
    reasons: dict[str, list[str]] = {}
    clock.tell()
    with _maker(jobs, settings, clock) as results:
        for job, result in results:
            if isinstance(result, VolumeFailure):
                reasons.setdefault(job.folder.name, []).append(result.reason)
            else:
                manifest.add(result)
            clock.finished(job.folder.name)
            if reasons and not settings.keep_going:
                break
    return reasons


def _failures_of(there: Survey, reasons: dict[str, list[str]], settings: BatchSettings) -> tuple[RowFailure, ...]:
    failed = [row for row in there.rows if row.folder in reasons]
    for row in failed:
        # A folder that holds volumes stays.
        with contextlib.suppress(OSError):
            (settings.folder / row.folder).rmdir()
    return tuple(RowFailure(row, len(reasons[row.folder]), reasons[row.folder][0]) for row in failed)


def _job(row: PlannedRow, index: int, settings: BatchSettings) -> VolumeJob:
    mask = row.row.mask_path
    return VolumeJob(
        case_id=row.case_id(index),
        request=row.row.request,
        index=index,
        folder=settings.folder.resolve() / row.folder,
        bundle_path=row.bundle.path.resolve(),
        bundle_digest=row.bundle.digest,
        mask_path=None if mask is None else mask.resolve(),
        device=settings.device,
        suffix=settings.suffix,
        sheet=settings.sheet,
        text_encoder=None if settings.text_encoder is None else settings.text_encoder.resolve(),
    )


def _prepare(there: Survey, settings: BatchSettings) -> None:
    """Find out before anything is computed whether every row can be written, and here whether the device is there."""
    for row, missing in zip(there.rows, there.missing, strict=True):
        if missing:
            writer = CaseWriter(settings.folder / row.folder, settings.suffix, settings.sheet)
            _disown(writer, row, missing)
            writer.prepare(row.row.request, row.bundle.inference.voxels, row.bundle.digest)
    if there.missing_count and settings.scheduler is None:
        choose_device(settings.device)


def _disown(writer: CaseWriter, row: PlannedRow, missing: Sequence[int]) -> None:
    """Take away the provenance of volumes that will be made again: without it they do not count as complete."""
    for path in (writer.provenance_path(row.row.request.seed, index) for index in missing):
        if path.is_file():
            try:
                path.unlink()
            except OSError as error:
                raise OutputError(path, error.strerror or str(error)) from error


@contextlib.contextmanager
def _maker(jobs: Sequence[VolumeJob], settings: BatchSettings, clock: BatchClock) -> Iterator[Iterator[Made]]:
    workers = min(settings.workers, len(jobs))
    if not jobs:
        yield iter(())
    elif settings.scheduler is not None:
        with dask_workers(settings.scheduler) as executor:
            yield made_by(executor, jobs)
    elif workers > 1:
        with local_processes(workers) as executor:
            yield made_by(executor, jobs)
    else:
        yield made_here(jobs, clock.step)


def _write_failures(path: Path, failures: Sequence[RowFailure]) -> None:
    """The table of failed rows; none is left there where nothing failed."""
    if not failures:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_FAILURE_COLUMNS)
    for failure in failures:
        row = failure.planned.row
        writer.writerow([row.line or "", row.name, row.request.seed, failure.volumes, failure.reason])
    write_text_whole(path, text.getvalue())
