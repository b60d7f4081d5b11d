"""What the worker and its client say to each other: one JSON object a line, in both directions, versioned.

To the worker: ``generate`` (id, request, out, and optionally format, sheet and text_encoder, the folder of an external
encoder), ``load`` (id, request, text_encoder: get the model of a request ready before it is asked for), ``anatomy``
(id, request, out: the label map of the shape model alone, which needs no network), ``cancel`` (id), ``quit``.
From the worker: ``ready`` (device; empty where torch is missing), ``progress`` (id, index, count, stage, step, steps,
seconds_left), ``result`` (id, index, image, labels, sheet, provenance, window: intensities to show as black and white),
``anatomy`` (id, labels, description), and at the end of each request one of ``done``, ``stopped`` or ``failed`` (id,
message, advice, exit_code, and package, the name of one that is missing).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from UterineSynthLib.errors import (
    BundleError,
    DeviceError,
    OutputError,
    RecordError,
    UterineSynthError,
)
from UterineSynthLib.records import from_plain, to_plain
from UterineSynthLib.synthesis.output import SUFFIXES, CaseFiles, Suffix
from UterineSynthLib.synthesis.progress import Progress
from UterineSynthLib.synthesis.request import GenerationRequest

if TYPE_CHECKING:
    from UterineSynthLib.synthesis.anatomy_draft import AnatomyDraft

PROTOCOL = 1
_ADVICE: tuple[tuple[type[BaseException], str], ...] = (
    (DeviceError, "Choose the CPU or a smaller setting: single slices instead of a volume, guidance 1.0."),
    (OutputError, "Choose another folder, or make room in this one."),
    (BundleError, "Choose another model, or fetch this one again."),
    (ImportError, "Install the package named above and try again."),
    (UterineSynthError, "Change what the message names and try again."),
    (MemoryError, "Close other programs, or ask for single slices instead of a volume."),
)


@dataclass(frozen=True)
class GenerateMessage:
    """A request to make cases in a folder."""

    id: str
    request: GenerationRequest
    out: Path
    suffix: Suffix
    sheet: bool
    text_encoder: Path | None


@dataclass(frozen=True)
class LoadMessage:
    """A wish to have the model of a request in memory."""

    id: str
    request: GenerationRequest
    text_encoder: Path | None


@dataclass(frozen=True)
class AnatomyMessage:
    """A request for the label map that a description leads to."""

    id: str
    request: GenerationRequest
    out: Path


def parse_line(line: str) -> dict[str, Any]:
    """One line to the worker as an object of this protocol.

    Raises:
        RecordError: not JSON, not an object, or of another version.
    """
    try:
        message = json.loads(line)
    except json.JSONDecodeError as error:
        raise RecordError("message", f"not JSON: {error.msg}") from error
    if not isinstance(message, dict):
        raise RecordError("message", "expected an object")
    if message.get("protocol") != PROTOCOL:
        raise RecordError("protocol", f"is {message.get('protocol')!r}, this worker speaks {PROTOCOL}")
    return message


def read_generate(message: dict[str, Any]) -> GenerateMessage:
    """A ``generate`` message, its request checked.

    Raises:
        InputError: a field is missing or wrong.
    """
    request, out = _request_of(message, {"out", "format", "sheet", "text_encoder"}), _out_of(message)
    suffix = f".{message.get('format', 'nii.gz')}"
    if suffix not in SUFFIXES:
        raise RecordError("format", f"got {suffix[1:]!r}, expected one of nii.gz, nrrd")
    is_drawn = message.get("sheet") is not False
    return GenerateMessage(str(message.get("id")), request, out, suffix, is_drawn, _text_encoder_of(message))


def read_load(message: dict[str, Any]) -> LoadMessage:
    """A ``load`` message, its request checked.

    Raises:
        InputError: a field is missing or wrong.
    """
    request = _request_of(message, {"text_encoder"})
    return LoadMessage(str(message.get("id")), request, _text_encoder_of(message))


def read_anatomy(message: dict[str, Any]) -> AnatomyMessage:
    """An ``anatomy`` message, its request checked.

    Raises:
        InputError: a field is missing or wrong.
    """
    request = _request_of(message, {"out"})
    return AnatomyMessage(str(message.get("id")), request, _out_of(message))


def _request_of(message: dict[str, Any], further: set[str]) -> GenerationRequest:
    unknown = sorted(set(message) - {"protocol", "type", "id", "request"} - further)
    if unknown:
        raise RecordError(unknown[0], f"unknown field of a message of type {message.get('type')}")
    return from_plain(GenerationRequest, message.get("request"), "request")


def _out_of(message: dict[str, Any]) -> Path:
    if not isinstance(message.get("out"), str):
        raise RecordError("out", "expected the path of a folder")
    return Path(message["out"])


def _text_encoder_of(message: dict[str, Any]) -> Path | None:
    folder = message.get("text_encoder")
    if folder is not None and not isinstance(folder, str):
        raise RecordError("text_encoder", "expected the path of a folder")
    return None if folder is None else Path(folder)


def progress_message(name: str, progress: Progress) -> dict[str, Any]:
    """A step."""
    return {
        "type": "progress",
        "id": name,
        "index": progress.index,
        "count": progress.count,
        "stage": progress.stage.value,
        "step": progress.step,
        "steps": progress.steps,
        "seconds_left": progress.seconds_left,
    }


def result_message(name: str, index: int, files: CaseFiles, window: tuple[float, float]) -> dict[str, Any]:
    """A finished case; its files are complete. ``window``: intensities to show as black and as white."""
    return {
        "type": "result",
        "id": name,
        "index": index,
        "image": str(files.image),
        "labels": None if files.labels is None else str(files.labels),
        "sheet": None if files.sheet is None else str(files.sheet),
        "provenance": str(files.provenance),
        "window": list(window),
    }


def anatomy_message(name: str, draft: AnatomyDraft) -> dict[str, Any]:
    """A label map that was written."""
    return {
        "type": "anatomy",
        "id": name,
        "labels": str(draft.labels),
        "description": to_plain(draft.description),
    }


def failed_message(name: str | None, error: BaseException) -> dict[str, Any]:
    """What went wrong, in words; a fault of the program says its type."""
    own = isinstance(error, UterineSynthError)
    advice = next((words for kind, words in _ADVICE if isinstance(error, kind)), "Try again; report it if it returns.")
    message = {
        "type": "failed",
        "id": name,
        "message": str(error) if own else f"the worker failed ({type(error).__name__}: {error})",
        "advice": advice,
        "exit_code": error.exit_code if isinstance(error, UterineSynthError) else 1,
    }
    if isinstance(error, ModuleNotFoundError) or (isinstance(error, ImportError) and own):
        message["package"] = error.name
    return message
