"""How far a batch is, for a clock and for Slicer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from UterineSynthLib.cli.batch_progress_bar import SlicerTags
from UterineSynthLib.synthesis.batch_progress import BatchClock, BatchProgress
from UterineSynthLib.synthesis.progress import Progress, Stage


def test_the_clock_counts_rows_and_volumes_and_estimates_from_what_was_made() -> None:
    told: list[BatchProgress] = []
    now = iter([0.0, 10.0, 20.0, 30.0, 40.0])
    clock = BatchClock({"a": 2, "b": 1, "c": 0}, rows=3, found=1, listener=told.append, now_s=lambda: next(now))
    clock.tell()
    clock.step(Progress(0, 1, Stage.DENOISING, 1, 2, None))
    clock.finished("a")
    clock.finished("b")
    clock.finished("a")
    assert [(p.rows_done, p.volumes_done) for p in told] == [(1, 1), (1, 1), (1, 2), (2, 3), (3, 4)]
    assert [p.fraction for p in told] == pytest.approx([0.25, 0.25 * 1.45, 0.5, 0.75, 1.0])
    assert [p.seconds_left for p in told] == [None, None, 20.0, 10.0, 0.0]


def test_slicer_reads_each_tag_at_once_and_only_news() -> None:
    printed: list[str] = []
    stream = SimpleNamespace(write=printed.append, flush=lambda: printed.append("flushed"))
    tags = SlicerTags(stream)  # type: ignore[arg-type]
    for fraction in (0.0, 0.001, 0.5):
        tags(BatchProgress(0, 1, 0, 2, fraction, None))
    text = "".join(printed)
    assert text.count("<filter-progress>") == 2
    assert "<filter-progress>0.5000</filter-progress><filter-comment>row 0 of 1, volume 0 of 2" in text
    assert printed.count("flushed") == 2
