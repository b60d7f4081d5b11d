"""One run after another: from the panel's records to a request, from the worker's messages to the scene."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import slicer
from slicer.i18n import tr as _

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.records import to_plain
from UterineSynthPanel import ResultScene
from UterineSynthPanel.GenerationSettings import GenerationSettings
from UterineSynthPanel.RunState import RunState
from UterineSynthPanel.WorkerClient import Message, WorkerClient


class GenerationRun:
    """Sends requests and takes results in; ``onResult(volume)`` is called for each volume that came into the scene."""

    def __init__(self, command: list[str], state: RunState, onResult: Callable[[Any], None]) -> None:
        self._state, self._onResult = state, onResult
        self._count = 0
        self.client = WorkerClient(command, self._receive)

    def start(self, request: Message) -> None:
        """Send a request; a second one while the first is under way is not sent."""
        if self.client.isBusy:
            return
        out = mkdtemp(prefix="UterineSynth-", dir=slicer.app.temporaryPath)
        self._count = 0
        self._state.starting()
        self.client.generate(uuid.uuid4().hex, request, out)

    def cancel(self) -> None:
        """Stop the run under way within one step; what is finished stays."""
        if self.client.isBusy:
            self._state.cancelling()
            self.client.cancel()

    def close(self) -> None:
        """End the worker, whatever it does."""
        self.client.quit()
        self._state.idle()

    def _receive(self, message: Message) -> None:
        kind = message.get("type")
        if kind == "ready":
            self._state.ready(str(message.get("device", "")))
        elif kind == "progress":
            self._state.progress(message)
        elif kind == "result":
            self._takeIn(message)
        elif kind == "done":
            self._state.idle(_("Finished: {count} new in the table below.").format(count=self._count))
        elif kind == "stopped":
            self._state.idle(_("Stopped. {count} finished before and kept.").format(count=self._count))
        elif kind == "failed":
            parts = (str(message.get(name) or "") for name in ("message", "advice", "details"))
            self._state.failed(*parts)

    def _takeIn(self, message: Message) -> None:
        labels = message.get("labels")
        try:
            volume = ResultScene.addResult(
                Path(message["image"]),
                Path(labels) if labels else None,
                Path(message["provenance"]),
                len(ResultScene.results()) + 1,
            )
        except (OSError, ValueError, KeyError) as error:
            self._state.failed(_("A finished volume could not be read."), _("Is the disk full?"), str(error))
            return
        self._count += 1
        self._onResult(volume)


def requestOf(description: UterusDescription, settings: GenerationSettings, text: str, mask: Path | None) -> Message:
    """The request in plain form, as the library's ``GenerationRequest`` reads it."""
    request = {
        "description": to_plain(description),
        "text": text or None,
        "mask": str(mask) if mask else None,
        "model": settings.model,
        "way": settings.way if mask is None else None,
        "dimension": settings.dimension,
        "count": settings.count,
        "seed": settings.seed,
        "quality": settings.quality,
        "guidance_scale": settings.guidance_scale,
    }
    return {name: value for name, value in request.items() if value is not None}
