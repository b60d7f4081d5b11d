"""The worker process: keeps a model in memory and answers JSON lines (:mod:`UterineSynthLib.synthesis.messages`).

Runs as ``python -m UterineSynthLib.synthesis.worker`` or by the path of this file, where the package is not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import SimpleITK as sitk

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from UterineSynthLib.bundles.catalogue import default_bundle, find_bundle
from UterineSynthLib.errors import RecordError, Stopped, UterineSynthError
from UterineSynthLib.synthesis.messages import (
    PROTOCOL,
    GenerateMessage,
    anatomy_message,
    failed_message,
    parse_line,
    progress_message,
    read_anatomy,
    read_generate,
    read_load,
    result_message,
)
from UterineSynthLib.synthesis.output import CaseWriter
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.volumes.intensity import IntensityMapping

if TYPE_CHECKING:
    from UterineSynthLib.bundles.bundle import Bundle
    from UterineSynthLib.synthesis.case import SyntheticCase
    from UterineSynthLib.synthesis.synthesizer import Synthesizer

Say = Callable[[dict[str, Any]], None]


class Inbox:
    """Messages as they come in; ``cancel`` and ``quit`` take effect while a request is being worked on.

    ``requests`` gives the messages to work on, then None.
    """

    def __init__(self, lines: Iterable[str], say: Say) -> None:
        self.requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._lines, self._say = lines, say
        self._cancelled: set[str] = set()
        self._closed = False

    def start(self) -> None:
        """Read in the background."""
        threading.Thread(target=self._read, daemon=True).start()

    def is_cancelled(self, name: str) -> bool:
        """Whether a request shall stop."""
        return self._closed or name in self._cancelled

    def _read(self) -> None:
        for line in self._lines:
            if not line.strip():
                continue
            try:
                if not self._take(parse_line(line)):
                    break
            except RecordError as error:
                self._say(failed_message(None, error))
        self._closed = True
        self.requests.put(None)

    def _take(self, message: dict[str, Any]) -> bool:
        """Sort one message in; False when it was ``quit``."""
        kind = message.get("type")
        if kind in ("generate", "load", "anatomy"):
            self._cancelled.discard(str(message.get("id")))
            self.requests.put(message)
        elif kind == "cancel":
            self._cancelled.add(str(message.get("id")))
        elif kind != "quit":
            raise RecordError("type", f"is {kind!r}, expected generate, load, anatomy, cancel or quit")
        return bool(kind != "quit")


class Worker:
    """Works on one request after the other with the model that the last one used."""

    def __init__(self, device: str, say: Say) -> None:
        self._device, self._say = device, say
        self._synthesizer: Synthesizer | None = None
        self._text_encoder: Path | None = None

    def serve(self, inbox: Inbox) -> None:
        """Answer until the inbox is closed."""
        while (message := inbox.requests.get()) is not None:
            self._answer(message, inbox)

    def _answer(self, message: dict[str, Any], inbox: Inbox) -> None:
        name = str(message.get("id"))
        try:
            if message["type"] == "anatomy":
                self._draw(message)
            elif message["type"] == "load":
                wanted = read_load(message)
                if not inbox.is_cancelled(name):
                    self._synthesizer_for(wanted.request, wanted.text_encoder)
            else:
                self._generate(read_generate(message), lambda: inbox.is_cancelled(name))
            self._say({"type": "done", "id": name})
        except Stopped:
            self._say({"type": "stopped", "id": name})
        except UterineSynthError as error:
            self._say(failed_message(name, error))
        except Exception as error:  # a fault here must reach the client as a message, whatever it is
            traceback.print_exc(file=sys.stderr)
            self._say(failed_message(name, error))

    def _draw(self, message: dict[str, Any]) -> None:
        from UterineSynthLib.synthesis.anatomy_draft import write_anatomy_draft

        wanted = read_anatomy(message)
        self._say(anatomy_message(wanted.id, write_anatomy_draft(wanted.request, wanted.out)))

    def _generate(self, message: GenerateMessage, should_stop: Callable[[], bool]) -> None:
        if should_stop():
            raise Stopped("stopped before it began")
        synthesizer = self._synthesizer_for(message.request, message.text_encoder)
        writer = CaseWriter(message.out, message.suffix, message.sheet)
        voxels = synthesizer.bundle.inference.voxels
        writer.prepare(message.request, voxels, synthesizer.bundle.digest)
        cases = synthesizer.generate(
            message.request,
            on_progress=lambda progress: self._say(progress_message(message.id, progress)),
            should_stop=should_stop,
        )
        for case in cases:
            self._say(result_message(message.id, case.provenance.index, writer.write(case), _window_of(case)))

    def _synthesizer_for(self, request: GenerationRequest, text_encoder: Path | None) -> Synthesizer:
        """The model of a request; the one in memory is kept as long as its bytes on disk are the same."""
        from UterineSynthLib.synthesis.synthesizer import Synthesizer

        bundle: Bundle = find_bundle(request.model) if request.model else default_bundle(request.dimension)
        is_kept = self._synthesizer is not None and self._synthesizer.bundle.digest == bundle.digest
        if self._synthesizer is None or not is_kept or self._text_encoder != text_encoder:
            # The old model makes room before the new one comes.
            self._synthesizer = None
            self._synthesizer = Synthesizer.from_bundle(bundle, self._device, text_encoder)
            self._text_encoder = text_encoder
        return self._synthesizer


def _window_of(case: SyntheticCase) -> tuple[float, float]:
    mapping = IntensityMapping.of_array(sitk.GetArrayViewFromImage(case.image))
    return mapping.low, mapping.high


def speaker(stream: TextIO) -> Say:
    """Write messages to a stream, one whole line at a time, from any thread."""
    lock = threading.Lock()

    def say(message: dict[str, Any]) -> None:
        line = json.dumps({"protocol": PROTOCOL, **message}, ensure_ascii=False)
        with lock:
            stream.write(line + "\n")
            stream.flush()

    return say


def take_stdout() -> TextIO:
    """Keep stdout for the protocol: whatever else is printed, by Python or a library, goes to stderr."""
    sys.stdout.flush()
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    return protocol


def main(argv: list[str] | None = None) -> int:
    """Serve until stdin closes or ``quit`` comes."""
    parser = argparse.ArgumentParser(prog="uterinesynth worker", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    args = parser.parse_args(argv)
    say = speaker(take_stdout())
    inbox = Inbox(sys.stdin, say)
    inbox.start()
    try:
        say({"type": "ready", "device": _device_of(args.device)})
    except UterineSynthError as error:
        say(failed_message(None, error))
        return error.exit_code
    Worker(args.device, say).serve(inbox)
    return 0


def _device_of(wish: str) -> str:
    """Name of the device; empty where torch is missing, which label maps do not need."""
    from UterineSynthLib.synthesis.device import choose_device

    try:
        return str(choose_device(wish))
    except ModuleNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
