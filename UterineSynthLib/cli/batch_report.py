"""What a batch tells a person: unknown words, what is there, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from UterineSynthLib.synthesis.batch import BatchOutcome, BatchSettings, Survey
from UterineSynthLib.synthesis.batch_plan import PlannedRow


def tell_plan(planned: Sequence[PlannedRow], stream: TextIO) -> None:
    """The models that are used, and the words of texts that had no meaning."""
    for name, rows in Counter(_model_of(row) for row in planned).items():
        print(f"{name}: {rows} row{'s' if rows > 1 else ''}", file=stream)
    for row in planned:
        if row.not_understood and row.row.line:
            words = ", ".join(f"'{' '.join(word.split())}'" for word in row.not_understood)
            print(f"warning: {row.row}: not understood and left out: {words}", file=stream)


def _model_of(row: PlannedRow) -> str:
    metadata = row.bundle.metadata
    training = "trained on a digital phantom alone" if metadata.phantom_trained else "trained on scans"
    return f"model {metadata.name} {metadata.version}, {training}"


def tell_survey(there: Survey, folder: Path, stream: TextIO) -> None:
    """One line a row: what is there, what would be made, where."""
    for row, found, missing in zip(there.rows, there.found, there.missing, strict=True):
        state = f"{len(found)} there, {len(missing)} to make"
        print(f"{row.row}: seed {row.row.request.seed}, {state}, {folder / row.folder}", file=stream)
    volumes = there.found_count + there.missing_count
    print(
        f"{len(there.rows)} rows, {volumes} volumes: {there.found_count} there, {there.missing_count} to make",
        file=stream,
    )


def tell_outcome(outcome: BatchOutcome, stream: TextIO) -> None:
    """The last line."""
    failed = sum(failure.volumes for failure in outcome.failures)
    lost = f", {failed} failed" if failed else ""
    print(f"{outcome.made} volumes made, {outcome.found} were there{lost}", file=stream)


def tell_failures(outcome: BatchOutcome, settings: BatchSettings, stream: TextIO) -> None:
    """The failed rows as a table of text."""
    if not outcome.failures:
        return
    print(f"failed rows (also in {settings.folder / settings.failures_name}):", file=stream)
    for failure in outcome.failures:
        row = failure.planned.row
        print(f"  {row}, seed {row.request.seed}, {failure.volumes} volumes: {failure.reason}", file=stream)
