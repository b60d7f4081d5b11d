"""How far a request is, and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """What is being done for one volume, in this order."""

    ANATOMY = "anatomy"
    DENOISING = "denoising"
    DECODING = "decoding"


@dataclass(frozen=True)
class Progress:
    """One step.

    Attributes:
        index: number of the volume, from 0; count: volumes of the request.
        step, steps: finished and all steps of the stage.
        seconds_left: estimate for the whole request; None until there is something to estimate from.
    """

    index: int
    count: int
    stage: Stage
    step: int
    steps: int
    seconds_left: float | None


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


@dataclass
class ProgressClock:
    """Tells the listener of every step, with an estimate from the pace of denoising and of finished volumes."""

    count: int
    listener: OnProgress | None
    now_s: Callable[[], float] = time.monotonic
    _index: int = 0
    _volume_began_s: float = 0.0
    _stage_began_s: float = 0.0
    _seconds_per_volume: float | None = field(default=None)

    def begin_volume(self, index: int) -> None:
        """A volume begins; the one before it, if any, gave its time."""
        now = self.now_s()
        if index > self._index:
            self._seconds_per_volume = now - self._volume_began_s
        self._index, self._volume_began_s = index, now

    def tell(self, stage: Stage, step: int, steps: int) -> None:
        """A step of a stage is done; step 0 begins the stage."""
        if step == 0:
            self._stage_began_s = self.now_s()
        if self.listener is not None:
            left = self._seconds_left(stage, step, steps)
            self.listener(Progress(self._index, self.count, stage, step, steps, left))

    def _seconds_left(self, stage: Stage, step: int, steps: int) -> float | None:
        now, following = self.now_s(), self.count - self._index - 1
        if self._seconds_per_volume is not None:
            rest = max(self._seconds_per_volume - (now - self._volume_began_s), 0.0)
            return rest + following * self._seconds_per_volume
        if step == 0 or stage is Stage.ANATOMY:
            return None
        stage_left = (now - self._stage_began_s) / step * (steps - step)
        return stage_left + following * (now - self._volume_began_s + stage_left)
