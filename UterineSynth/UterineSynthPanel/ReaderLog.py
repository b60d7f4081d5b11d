"""How a reader looked at a case: when slices, zoom and grey window were changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_APART_S = 0.25
"""Changes of one kind in one view that follow faster are one movement."""
_MOST = 1000
"""Movements written out for a case; further ones are only counted."""


class ReaderLog:
    """Collects movements of one case as ``[seconds, kind, view, value]``; ``seconds`` reads the reader's stopwatch."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Forget everything: another case is on."""
        self._counts = {"slice": 0, "zoom": 0, "window": 0}
        self._movements: list[list[Any]] = []
        self._latest: dict[tuple[str, str], float] = {}

    def add(self, kind: str, view: str, value: Any) -> None:
        """Note a change; of a movement the last value stays.

        Args:
            kind: ``slice`` (value: offset in mm), ``zoom`` (height of the view in mm) or ``window`` (width, level).
            view: letter of the view.
        """
        now = round(self._seconds(), 2)
        before = self._latest.get((kind, view))
        self._latest[kind, view] = now
        if before is not None and now - before < _APART_S:
            self._replaceLast(kind, view, value)
            return
        self._counts[kind] += 1
        if len(self._movements) < _MOST:
            self._movements.append([now, kind, view, value])

    @property
    def isEmpty(self) -> bool:
        """Whether nothing was moved yet."""
        return not self._movements

    def record(self) -> dict[str, Any]:
        """What is stored with the answer."""
        return {"counts": dict(self._counts), "movements": [list(movement) for movement in self._movements]}

    def _replaceLast(self, kind: str, view: str, value: Any) -> None:
        for movement in reversed(self._movements):
            if movement[1:3] == [kind, view]:
                movement[3] = value
                return
