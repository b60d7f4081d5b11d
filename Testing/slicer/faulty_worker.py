"""The library's own worker with one fault in it: it is killed at a stage, or the disk fills while it writes."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from UterineSynthLib.synthesis import worker
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.volumes import files


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_mid_step(message_of: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def progress(name: str, step: Any) -> dict[str, Any]:
        if step.stage.value == "denoising" and step.step == 1:
            die()
        return message_of(name, step)

    return progress


def half_written(then: Callable[[], None]) -> Callable[..., None]:
    """Writes the first volume as it should, and half of the second."""
    write, written = files._write, []

    def half(image: sitk.Image, partial: Path, path: Path) -> None:
        if written and "001" not in path.name:
            partial.write_bytes(b"half of")
            then()
        written.append(path)
        write(image, partial, path)

    return half


def fill_the_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def main(fault: str) -> int:
    if fault == "killed while loading":
        Synthesizer.from_bundle = die
    elif fault == "killed mid-step":
        worker.progress_message = dying_mid_step(worker.progress_message)
    elif fault == "killed while writing":
        files._write = half_written(die)
    elif fault == "disk full":
        files._write = half_written(fill_the_disk)
    return worker.main(["--device", "cpu"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
