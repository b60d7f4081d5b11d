"""Gets the model ready while the user still describes what it shall make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from UterineSynthPanel.WorkerClient import Message, WorkerClient

_PAUSE_MS = 700
"""So much later than the last edit: a panel that is only looked at starts nothing."""


class WarmUp:
    """Starts the worker and has it load the chosen model, once; the next request finds it in memory.

    ``wanted()`` gives the request that names the model, or None where none can be loaded.
    """

    def __init__(self, owner: Any, client: WorkerClient, wanted: Callable[[], Message | None]) -> None:
        self._client, self._wanted = client, wanted
        self._timer = qt.QTimer(owner)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.connect("timeout()", self.now)

    def soon(self) -> None:
        """Load after a moment without edits."""
        self._timer.start()

    def stop(self) -> None:
        """Load nothing any more."""
        self._timer.stop()

    def now(self) -> None:
        """Load at once; does nothing while a request is under way."""
        self._timer.stop()
        wanted = None if self._client.isBusy else self._wanted()
        if wanted is not None:
            self._client.load(wanted)
