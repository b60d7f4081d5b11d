"""Weights as safetensors: written in files of bounded size, checked name by name, mapped from disk.

Half-precision storage halves the size of a bundle; weights are loaded as float32 unless another type is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from UterineSynthLib.bundles.layout import shard_names
from UterineSynthLib.errors import BundleError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Storage = Literal["float32", "float16", "bfloat16"]
LARGEST_FILE_BYTES = 15 * 2**20
_READABLE_BY_ALL = 0o644
"""safetensors writes files that only their owner can read."""
_STORED_AS = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


def write_weights(
    state: Mapping[str, Tensor],
    folder: Path,
    network: str,
    storage: Storage = "float16",
    largest_file_bytes: int = LARGEST_FILE_BYTES,
) -> list[str]:
    """Write the state of a network in as many files as its size asks for; returns their names, none for no weights."""
    if not state:
        return []
    import torch

    dtype = getattr(torch, storage)
    stored = {name: tensor.detach().to("cpu", dtype).contiguous() for name, tensor in state.items()}
    shards = _shards(stored, largest_file_bytes)
    names = shard_names(network, len(shards))
    for name, shard in zip(names, shards, strict=True):
        save_tensors(shard, folder / name)
        (folder / name).chmod(_READABLE_BY_ALL)
    return names


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors, which lie in one piece on the CPU, into one file.

    Raises:
        OSError: the folder is not writable or the disk is full, for which safetensors has an error of its own kind.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        save_file(dict(tensors), path, metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(str(error)) from error


def check_weights(folder: Path, names: Iterable[str]) -> int:
    """Open every weight file without loading it; returns the number of weights.

    Raises:
        BundleError: truncated, not safetensors, a type other than float32, float16, bfloat16, or a tensor twice.
    """
    return sum(_count(shape) for shape in _shapes_of(folder, names).values())


def without_weights() -> AbstractContextManager[object]:
    """Networks built inside have shapes but no numbers: nothing is drawn at random, nothing is allocated twice."""
    import torch

    return torch.device("meta")


def load_weights(network: nn.Module, folder: Path, names: Iterable[str], dtype: torch.dtype | None = None) -> None:
    """Fill a network, built with :func:`without_weights`, from its weight files, as float32 or ``dtype``.

    Raises:
        BundleError: a tensor is missing, is not the network's, or has another shape; or as :func:`check_weights`.
    """
    import torch
    from safetensors import safe_open

    names = list(names)
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    _check_fits(folder, _shapes_of(folder, names), expected)
    state = {}
    for name in names:
        with safe_open(folder / name, framework="pt") as stream:
            state.update({key: stream.get_tensor(key).to(dtype or torch.float32) for key in stream.keys()})  # noqa: SIM118
    network.load_state_dict(state, strict=True, assign=True)
    assert not any(tensor.is_meta for tensor in (*network.parameters(), *network.buffers())), "a part has no weights"


def _shapes_of(folder: Path, names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    from safetensors import SafetensorError, safe_open

    shapes: dict[str, tuple[int, ...]] = {}
    for name in names:
        try:
            with safe_open(folder / name, framework="np") as stream:
                for key in stream.keys():  # noqa: SIM118 (not a mapping)
                    _take(shapes, key, stream.get_slice(key), folder, name)
        except (SafetensorError, OSError) as error:
            raise BundleError(folder, f"{name} is truncated or no safetensors file ({error})") from error
    return shapes


def _take(shapes: dict[str, tuple[int, ...]], key: str, piece: Any, folder: Path, name: str) -> None:
    if piece.get_dtype() not in _STORED_AS:
        kinds = ", ".join(_STORED_AS.values())
        raise BundleError(folder, f"{name}: tensor {key} is stored as {piece.get_dtype()}; expected one of {kinds}")
    if key in shapes:
        raise BundleError(folder, f"{name}: tensor {key} is there twice; each belongs in one file")
    shapes[key] = tuple(piece.get_shape())


def _check_fits(folder: Path, found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> None:
    for name, shape in expected.items():
        if name not in found:
            raise BundleError(folder, f"tensor {name} {list(shape)} is missing; the weights belong to another network")
        if found[name] != shape:
            raise BundleError(folder, f"tensor {name} has shape {list(found[name])}, the network wants {list(shape)}")
    extra = sorted(set(found) - set(expected))
    if extra:
        raise BundleError(folder, f"tensor {extra[0]} is not the network's ({len(extra)} such); remove it")


def _shards(state: Mapping[str, Tensor], largest_file_bytes: int) -> list[dict[str, Tensor]]:
    shards: list[dict[str, Tensor]] = [{}]
    room = largest_file_bytes
    for name in sorted(state):
        size = state[name].numel() * state[name].element_size()
        if shards[-1] and size > room:
            shards.append({})
            room = largest_file_bytes
        shards[-1][name] = state[name]
        room -= size
    return shards


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for side in shape:
        count *= side
    return count
