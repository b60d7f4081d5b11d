"""Weights that others trained: safetensors are read here, pickles in a child process that may hold tensors only."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.errors import BundleError

if TYPE_CHECKING:
    from torch import Tensor

_READER = Path(__file__).with_name("checkpoint_reader.py")
_TIMEOUT_S = 1200
_ROOM_BYTES = 2**20
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


def checkpoint_tensors(checkpoint: Path, part: str | None = None) -> dict[str, Tensor]:
    """Every tensor of a checkpoint by its name; ``part`` names the entry with the weights where there are several.

    Raises:
        BundleError: there is no such file, or it holds anything that is not a tensor.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not checkpoint.is_file():
        raise BundleError(checkpoint, "no such checkpoint")
    try:
        if checkpoint.suffix == ".safetensors":
            return load_file(checkpoint)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "tensors.safetensors")
            _convert(checkpoint.resolve(), target, part or "")
            return {name: tensor.clone() for name, tensor in load_file(target).items()}
    except SafetensorError as error:
        raise BundleError(checkpoint, f"cannot be read ({error})") from error


def _convert(checkpoint: Path, target: Path, part: str) -> None:
    largest = 4 * checkpoint.stat().st_size + _ROOM_BYTES
    command = [sys.executable, "-I", str(_READER), str(checkpoint), str(target), part, str(largest)]
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_S,
            cwd=target.parent,
            env=kept,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BundleError(checkpoint, f"was not read within {_TIMEOUT_S} s") from error
    if done.returncode != 0 or not target.is_file():
        said = done.stderr.strip().splitlines()
        raise BundleError(checkpoint, said[-1] if said else f"cannot be read (the reader ended with {done.returncode})")
