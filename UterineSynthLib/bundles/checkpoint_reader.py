"""Tensors of somebody's PyTorch checkpoint as safetensors; a program of its own: ``CHECKPOINT TARGET PART BYTES``.

It is run as a child process with nothing of this library loaded (:mod:`UterineSynthLib.bundles.foreign_checkpoint`).
PyTorch's weights-only unpickler makes tensors and plain containers and refuses everything else; should it ever fail to,
only this child, with its limits on time, memory and files, is there to be harmed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

_SECONDS = 900
_MEMORY_BYTES = 48 * 2**30
_KNOWN_PARTS = ("state_dict", "model_state_dict", "unet_state_dict", "autoencoder_state_dict", "model", "network")
_PREFIX_OF_PARALLEL_TRAINING = "module."


def main() -> int:
    """Read, pick the part that holds the weights, write."""
    source, target, part, largest = sys.argv[1:5]
    _limit(int(largest))
    import torch
    from safetensors.torch import save_file

    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
        tensors = tensors_of(loaded, part, torch.Tensor)
        save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, target)
    except Exception as error:
        # Whatever it is, the parent is told in one line.
        print(_told(error), file=sys.stderr)  # noqa: T201
        return 2
    return 0


def _limit(largest_file_bytes: int) -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file_bytes, largest_file_bytes))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _part(loaded: Any, part: str, tensor: type) -> Mapping[str, Any]:
    if not isinstance(loaded, Mapping):
        raise ValueError(f"holds a {type(loaded).__name__}, not weights by name")
    if part:
        found = loaded.get(part)
        if not isinstance(found, Mapping):
            raise ValueError(f"has no part '{part}'; it has {', '.join(map(str, loaded))}")
        return found
    if any(isinstance(value, tensor) for value in loaded.values()):
        return loaded
    nested = [name for name in _KNOWN_PARTS if isinstance(loaded.get(name), Mapping)]
    if len(nested) != 1:
        raise ValueError(f"holds the parts {', '.join(map(str, loaded))}; name the one with the weights by --part")
    return dict(loaded[nested[0]])


def tensors_of(loaded: Any, part: str, tensor: type) -> dict[str, Any]:
    """The tensors of a checkpoint by name; those of the entry ``part``, if it is not empty.

    Raises:
        ValueError: there are none, or it is not clear which.
    """
    return _tensors(_part(loaded, part, tensor), tensor)


def _tensors(state: Mapping[str, Any], tensor: type) -> dict[str, Any]:
    found = {str(name): value for name, value in state.items() if isinstance(value, tensor)}
    if not found:
        raise ValueError("holds no tensors")
    if all(name.startswith(_PREFIX_OF_PARALLEL_TRAINING) for name in found):
        return {name.removeprefix(_PREFIX_OF_PARALLEL_TRAINING): value for name, value in found.items()}
    return found


def _told(error: Exception) -> str:
    if type(error).__name__ == "UnpicklingError":
        return "holds more than tensors (a pickle that would run code or build other objects), which is never read"
    return " ".join(str(error).split())[:300]


if __name__ == "__main__":
    sys.exit(main())
