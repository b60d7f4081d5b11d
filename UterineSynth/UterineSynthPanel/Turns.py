"""Work that comes in while Slicer shall go on answering: one piece a turn of the event loop, in the order it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import qt

_PAUSE_MS = 5


class Turns:
    """Pieces of work still to be done; a piece may add further ones."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._timer = qt.QTimer()
        self._timer.setInterval(_PAUSE_MS)
        self._timer.connect("timeout()", self._next)

    def add(self, *pieces: Callable[[], None]) -> None:
        """Do these after all that was added before."""
        self._waiting.extend(pieces)
        self._timer.start()

    def clear(self) -> None:
        """Do none of it any more."""
        self._waiting.clear()
        self._timer.stop()

    @property
    def isEmpty(self) -> bool:
        """Whether nothing is left to do."""
        return not self._waiting

    def _next(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
        if not self._waiting:
            self._timer.stop()
