"""One run after another: from the panel's records to a request, from the worker's messages to the scene."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.records import to_plain
from UterineSynthPanel import ResultScene
from UterineSynthPanel.GenerationSettings import GenerationSettings
from UterineSynthPanel.RunFolder import RunFolder
from UterineSynthPanel.RunState import RunState
from UterineSynthPanel.Turns import Turns
from UterineSynthPanel.WorkerClient import Message, WorkerClient


class GenerationRun:
    """Sends requests and takes in what comes of them.

    ``onResult(volume)`` is called for each volume that came into the scene, ``onAnatomy(segmentation)`` for a label map
    that was asked for by itself.
    """

    def __init__(
        self, command: list[str], state: RunState, onResult: Callable[[Any], None], onAnatomy: Callable[[Any], None]
    ) -> None:
        self._state, self._onResult, self._onAnatomy = state, onResult, onAnatomy
        self._count = 0
        self._fault: tuple[str, str, str] | None = None
        self._folder: RunFolder | None = None
        self._turns = Turns()
        self._image: Any = None
        self.client = WorkerClient(command, self._receive)

    @property
    def isBusy(self) -> bool:
        """Whether a request is under way or something of it is still on its way into the scene."""
        return self.client.isBusy or not self._turns.isEmpty

    def start(self, request: Message, folder: RunFolder, textEncoder: str | None = None) -> None:
        """Ask for volumes; ``folder`` goes when the run is over."""
        words = _("Getting ready …") if self.client.processId else _("Starting the background process …")
        further = {"sheet": False, **({"text_encoder": textEncoder} if textEncoder else {})}
        self._ask("generate", request, folder, words, **further)

    def drawAnatomy(self, request: Message, folder: RunFolder) -> None:
        """Ask for the label map of a request alone."""
        self._ask("anatomy", request, folder, _("Building the anatomy …"))

    def _ask(self, kind: str, request: Message, folder: RunFolder, words: str, **further: Any) -> None:
        assert not self.isBusy
        self._count, self._fault, self._folder = 0, None, folder
        self._state.starting(words)
        self.client.ask(kind, uuid.uuid4().hex, request, out=str(folder.out), **further)

    def cancel(self) -> None:
        """Stop the run under way within one step; what is finished stays."""
        if self.client.isBusy:
            self._state.cancelling()
            self.client.cancel()

    def close(self) -> None:
        """End the worker, whatever it does."""
        self.client.quit()
        self._turns.clear()
        self._dropImage()
        self._removeFolder()
        self._state.idle()

    def _removeFolder(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.remove()

    def _receive(self, message: Message) -> None:
        kind = message.get("type")
        if kind == "ready":
            self._state.ready(str(message.get("device", "")))
        elif kind == "progress":
            self._state.progress(message)
        elif kind == "result":
            # In two turns: image and segmentation together would keep Slicer from answering for too long.
            self._takeIn(message, self._addImage, self._completeResult)
        elif kind == "anatomy":
            self._takeIn(message, self._addAnatomy)
        elif kind in ("done", "stopped", "failed"):
            self._turns.add(lambda: self._end(kind, message))

    def _end(self, kind: str, message: Message) -> None:
        self._removeFolder()
        if kind == "failed":
            self._state.failed(*(str(message.get(name) or "") for name in ("message", "advice", "details")))
        elif self._fault is not None:
            self._state.failed(*self._fault)
        elif kind == "stopped":
            self._state.idle(_("Stopped. {count} finished before and kept.").format(count=self._count))
        elif self._count:
            self._state.idle(_("Finished: {count} new in the table below.").format(count=self._count))
        else:
            self._state.idle(_("The anatomy is in the scene: edit it, or press Generate to make an image of it."))

    def _takeIn(self, message: Message, *pieces: Callable[[Message], None]) -> None:
        self._turns.add(*(partial(self._tried, piece, message) for piece in pieces))

    def _tried(self, piece: Callable[[Message], None], message: Message) -> None:
        try:
            piece(message)
        except (OSError, ValueError, KeyError) as error:
            # Told when the request is over: the worker still works on the rest of it.
            words = _("A finished volume could not be read."), _("Make room on the disk of Slicer's temporary folder.")
            self._fault = (*words, str(error))

    def _addImage(self, message: Message) -> None:
        window = message.get("window")
        self._image = ResultScene.addImage(
            Path(message["image"]),
            Path(message["provenance"]),
            (float(window[0]), float(window[1])) if window else None,
        )

    def _completeResult(self, message: Message) -> None:
        image, self._image = self._image, None
        if image is None:
            return
        labels = message.get("labels")
        volume = ResultScene.completeResult(image, Path(labels) if labels else None)
        self._count += 1
        self._onResult(volume)

    def _dropImage(self) -> None:
        image, self._image = self._image, None
        if image is not None:
            ResultScene.removeNode(image)

    def _addAnatomy(self, message: Message) -> None:
        self._onAnatomy(ResultScene.addAnatomy(Path(message["labels"])))


def requestOf(description: UterusDescription, settings: GenerationSettings, text: str, mask: Path | None) -> Message:
    """The request in plain form, as the library's ``GenerationRequest`` reads it."""
    request = {
        "description": to_plain(description),
        "text": text or None,
        "mask": str(mask) if mask else None,
        "model": settings.model,
        "resample_mask": settings.resample_mask if mask else None,
        "way": settings.way if mask is None else None,
        "dimension": settings.dimension,
        "count": settings.count,
        "seed": settings.seed,
        "quality": settings.quality,
        "guidance_scale": settings.guidance_scale,
    }
    return {name: value for name, value in request.items() if value is not None}


def anatomyRequestOf(request: Message) -> Message:
    """The part of a request that shapes its label map."""
    return {name: request[name] for name in ("description", "text", "model", "dimension", "seed") if name in request}
