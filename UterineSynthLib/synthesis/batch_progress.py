"""How far a batch is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from UterineSynthLib.synthesis.progress import Progress, Stage

_DECODING_SHARE = 0.1
"""Of the time of one volume; the rest is denoising."""


@dataclass(frozen=True)
class BatchProgress:
    """One step of a batch.

    Attributes:
        rows_done, rows: rows that are finished (or failed), and all.
        volumes_done, volumes: the same of volumes; those found at the start count as finished.
        fraction: of all volumes, steps of the current one included; 0 to 1.
        seconds_left: None until a volume was made.
    """

    rows_done: int
    rows: int
    volumes_done: int
    volumes: int
    fraction: float
    seconds_left: float | None


OnBatchProgress = Callable[[BatchProgress], None]


class BatchClock:
    """Counts rows and volumes, and tells a listener.

    Args:
        left_by_row: volumes that are to be made, by row; rows: all rows; found: volumes that are there already.
    """

    def __init__(
        self,
        left_by_row: dict[str, int],
        rows: int,
        found: int,
        listener: OnBatchProgress | None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._left, self._rows, self._found, self._listener, self._now_s = left_by_row, rows, found, listener, now_s
        self._to_make, self._made = sum(left_by_row.values()), 0
        self._began_s = now_s()

    def finished(self, row: str) -> None:
        """A volume of ``row`` was made or failed."""
        self._left[row] -= 1
        self._made += 1
        self.tell()

    def step(self, progress: Progress) -> None:
        """A step inside the volume that is being made."""
        done = progress.step / progress.steps
        shares = {Stage.ANATOMY: 0.0, Stage.DENOISING: (1 - _DECODING_SHARE) * done}
        self.tell(shares.get(progress.stage, 1 - _DECODING_SHARE * (1 - done)))

    def tell(self, part: float = 0.0) -> None:
        """Tell the listener; ``part`` of one more volume is done."""
        if self._listener is None:
            return
        volumes = self._found + self._to_make
        self._listener(
            BatchProgress(
                rows_done=self._rows - sum(left > 0 for left in self._left.values()),
                rows=self._rows,
                volumes_done=self._found + self._made,
                volumes=volumes,
                fraction=(self._found + self._made + part) / volumes,
                seconds_left=self._seconds_left(part),
            )
        )

    def _seconds_left(self, part: float) -> float | None:
        if self._made == 0:
            return None
        pace_s = (self._now_s() - self._began_s) / (self._made + part)
        return max(self._to_make - self._made - part, 0.0) * pace_s
