"""Which files a bundle has, and nothing else: names, order of reading, and the guard against foreign files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from UterineSynthLib.errors import BundleError

METADATA = "configs/metadata.json"
INFERENCE = "configs/inference.json"
TOKENIZER = "models/tokenizer.json"
CARD = "docs/README.md"
LEDGER = "docs/ledger.json"
LICENCE = "LICENSE"
DIGESTS = "digests.json"
JUDGE = "configs/judge.json"
"""Marks a bundle that judges images and makes none; it lies beside generators and is listed among none of them."""
REQUIRED = (METADATA, INFERENCE, CARD, LEDGER, LICENCE, DIGESTS)

_WEIGHTS = re.compile(r"models/(?:autoencoder|denoiser|segmenter)(?:-\d{5}-of-\d{5})?\.safetensors")
_DOCUMENT = re.compile(r"docs/[\w.-]+\.(?:md|json|png|csv)")
_PICKLE_SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".npy", ".npz", ".joblib")
_PICKLE_MAGIC = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
_ZIP_MAGIC = b"PK\x03\x04"


def files_of(folder: Path) -> list[str]:
    """Every file of a bundle folder, as sorted paths relative to it.

    Raises:
        BundleError: no such folder, a link, a pickle (by name or by its first bytes), or a file that is no part of a
            bundle.
    """
    if not folder.is_dir():
        raise BundleError(folder, "no such folder; 'uterinesynth bundle list' names the models that are there")
    names = sorted(_walk(folder))
    for name in names:
        _check_name(folder, name)
    return names


def check_complete(folder: Path, names: Iterable[str]) -> None:
    """Raise :class:`BundleError` naming the first file that every bundle has and this one has not."""
    present = set(names)
    if JUDGE in present:
        raise BundleError(folder, "holds a judge of images, not a model that makes them; name a model")
    for name in REQUIRED:
        if name not in present:
            raise BundleError(folder, f"{name} is missing; the folder is incomplete, fetch the bundle again")


def weights_of(folder: Path, names: Iterable[str], network: str, has_weights: bool = True) -> list[str]:
    """Weight files of one network in the order of their shards; none for a network that has no weights.

    Raises:
        BundleError: none is there, a shard is missing, there are two sets, or there are files without need.
    """
    found = sorted(n for n in names if re.fullmatch(rf"models/{network}(-\d{{5}}-of-\d{{5}})?\.safetensors", n))
    single = f"models/{network}.safetensors"
    if not has_weights:
        if found:
            raise BundleError(folder, f"{found[0]} is there, but this {network} has no weights; remove it")
        return []
    if found == [single]:
        return found
    if not found:
        raise BundleError(folder, f"{single} is missing; the folder is incomplete, fetch the bundle again")
    expected = shard_names(network, int(found[-1][-17:-12])) if found[-1] != single else [single]
    if found != expected:
        raise BundleError(folder, f"{network} has the weight files {', '.join(found)}; expected {', '.join(expected)}")
    return found


def shard_names(network: str, count: int) -> list[str]:
    """Names of the weight files of a network that is stored in ``count`` files."""
    if count == 1:
        return [f"models/{network}.safetensors"]
    return [f"models/{network}-{number:05d}-of-{count:05d}.safetensors" for number in range(1, count + 1)]


def _walk(folder: Path) -> Iterable[str]:
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if path.is_symlink():
                raise BundleError(folder, f"{path.relative_to(folder)} is a link; a bundle holds plain files only")
        yield from (Path(parent, name).relative_to(folder).as_posix() for name in files)


def _check_name(folder: Path, name: str) -> None:
    if name.lower().endswith(_PICKLE_SUFFIXES):
        raise BundleError(folder, f"{name} can hold pickled code; weights must be .safetensors")
    with (folder / name).open("rb") as stream:
        head = stream.read(9)
    # The first byte of a safetensors file is a length and may be any number; its ninth byte opens a JSON object.
    is_safetensors = name.endswith(".safetensors") and head[8:9] == b"{"
    if not is_safetensors and head.startswith((*_PICKLE_MAGIC, _ZIP_MAGIC)):
        raise BundleError(folder, f"{name} is a pickle or archive by its first bytes; weights must be safetensors")
    if name not in (*REQUIRED, TOKENIZER, JUDGE) and not _WEIGHTS.fullmatch(name) and not _DOCUMENT.fullmatch(name):
        raise BundleError(folder, f"{name} is no part of a bundle; remove it")
