"""Progress of a request on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from UterineSynthLib.synthesis.progress import OnProgress, Progress


@contextmanager
def progress_bar(stream: TextIO) -> Iterator[OnProgress]:
    """A listener that shows progress on ``stream``; on a terminal the bar is cleared at the end."""
    if not stream.isatty():
        yield PlainLines(stream)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Bar(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("loading", total=None, left="")

        def show(progress: Progress) -> None:
            bar.update(
                task,
                description=_title(progress),
                completed=progress.step,
                total=progress.steps,
                left=time_left(progress.seconds_left),
            )

        yield show


class PlainLines:
    """One line a stage and volume, and one at each further quarter of its steps."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: tuple[int, str, int] | None = None

    def __call__(self, progress: Progress) -> None:
        """Print a line if there is news."""
        quarter = 4 * progress.step // progress.steps
        news = (progress.index, progress.stage.value, quarter)
        if news == self._shown:
            return
        self._shown = news
        left = time_left(progress.seconds_left)
        print(
            f"{_title(progress)}: {progress.step} of {progress.steps}{', ' if left else ''}{left}",
            file=self._stream,
            flush=True,
        )


def time_left(seconds: float | None) -> str:
    """A time in words, rounded to what an estimate deserves; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < 1.0:
        return "less than 1 s left"
    if seconds < 90.0:
        return f"{seconds:.0f} s left"
    minutes = round(seconds / 60)
    return f"{minutes} min left" if minutes < 90 else f"{seconds / 3600:.1f} h left"


def _title(progress: Progress) -> str:
    return f"volume {progress.index + 1} of {progress.count}, {progress.stage}"
