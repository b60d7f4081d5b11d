"""Progress of a batch: a bar on a terminal, plain lines elsewhere, or the tags that Slicer reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

from UterineSynthLib.cli.progress_bar import time_left
from UterineSynthLib.synthesis.batch_progress import BatchProgress, OnBatchProgress

_SLICER_STEP = 0.005
"""Slicer reads all that was printed again with every tag, so only news is told."""


@contextmanager
def batch_progress(kind: Literal["auto", "slicer", "none"]) -> Iterator[OnBatchProgress | None]:
    """A listener; ``slicer`` writes tags to stdout, ``auto`` a bar or lines to stderr."""
    if kind == "none":
        yield None
    elif kind == "slicer":
        yield SlicerTags(sys.stdout)
    elif sys.stderr.isatty():
        with _bar(sys.stderr) as listener:
            yield listener
    else:
        yield VolumeLines(sys.stderr)


class SlicerTags:
    """Writes ``<filter-progress>`` and what is going on; every line is flushed, for a pipe would keep it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told = -1.0

    def __call__(self, progress: BatchProgress) -> None:
        """Write tags if there is news."""
        if progress.fraction - self._told < _SLICER_STEP and progress.volumes_done < progress.volumes:
            return
        self._told = progress.fraction
        tags = f"<filter-progress>{progress.fraction:.4f}</filter-progress>"
        print(f"{tags}<filter-comment>{in_words(progress)}</filter-comment>", file=self._stream, flush=True)


class VolumeLines:
    """One line a volume."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told = -1

    def __call__(self, progress: BatchProgress) -> None:
        """Write a line if a volume was finished."""
        if progress.volumes_done != self._told:
            self._told = progress.volumes_done
            print(in_words(progress), file=self._stream, flush=True)


def in_words(progress: BatchProgress) -> str:
    """Rows, volumes and time left."""
    left = time_left(progress.seconds_left)
    return (
        f"row {progress.rows_done} of {progress.rows}, volume {progress.volumes_done} of {progress.volumes}"
        f"{', ' if left else ''}{left}"
    )


@contextmanager
def _bar(stream: TextIO) -> Iterator[OnBatchProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("loading", total=1.0)
        yield lambda progress: bar.update(task, completed=progress.fraction, description=in_words(progress))
