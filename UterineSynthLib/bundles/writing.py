"""Writing a bundle: beside its final name, read back, then renamed; no bundle is overwritten unless told."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.bundles import layout
from UterineSynthLib.bundles.bundle import Bundle, read_bundle
from UterineSynthLib.bundles.digests import digests_of
from UterineSynthLib.bundles.inference_config import InferenceConfig
from UterineSynthLib.bundles.ledger import Ledger
from UterineSynthLib.bundles.metadata import BundleMetadata
from UterineSynthLib.bundles.weights import LARGEST_FILE_BYTES, Storage, write_weights
from UterineSynthLib.errors import OutputError
from UterineSynthLib.records import to_json, write_text_whole

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class BundleParts:
    """Everything a bundle is made of.

    Attributes:
        autoencoder_state, denoiser_state: ``state_dict()`` of the space (empty for pixels) and of the denoiser.
        tokenizer_json: text of ``models/tokenizer.json``; None for a model that takes no text.
        card: Markdown of the model card; licence: full text of the licence of the weights.
    """

    metadata: BundleMetadata
    inference: InferenceConfig
    ledger: Ledger
    card: str
    licence: str
    tokenizer_json: str | None
    autoencoder_state: Mapping[str, Tensor]
    denoiser_state: Mapping[str, Tensor]


def write_bundle(
    path: str | Path,
    parts: BundleParts,
    storage: Storage = "float16",
    overwrite: bool = False,
    largest_file_bytes: int = LARGEST_FILE_BYTES,
) -> Bundle:
    """Write a bundle folder and return it as read back.

    Raises:
        OutputError: there is something at ``path`` already, or it cannot be written.
        BundleError: the parts do not make a bundle (the ledger contradicts the metadata, a name is foreign).
    """
    folder = Path(path)
    if folder.exists() and not overwrite:
        raise OutputError(folder, "there is something at this place already; choose another name or allow overwriting")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _fill(partial, parts, storage, largest_file_bytes)
        bundle = read_bundle(partial)
        _put_in_place(partial, folder)
    except OSError as error:
        raise OutputError(folder, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return replace(bundle, path=folder)


def _fill(folder: Path, parts: BundleParts, storage: Storage, largest_file_bytes: int) -> None:
    for name in ("configs", "models", "docs"):
        (folder / name).mkdir(parents=True)
    texts = {
        layout.METADATA: to_json(parts.metadata, indent=2),
        layout.INFERENCE: to_json(parts.inference, indent=2),
        layout.LEDGER: to_json(parts.ledger, indent=2),
        layout.CARD: parts.card,
        layout.LICENCE: parts.licence,
    }
    if parts.tokenizer_json is not None:
        texts[layout.TOKENIZER] = parts.tokenizer_json
    for name, text in texts.items():
        write_text_whole(folder / name, text.rstrip("\n") + "\n")
    write_weights(parts.autoencoder_state, folder, "autoencoder", storage, largest_file_bytes)
    write_weights(parts.denoiser_state, folder, "denoiser", storage, largest_file_bytes)
    listed = digests_of(folder, layout.files_of(folder))
    write_text_whole(folder / layout.DIGESTS, to_json(listed, indent=2) + "\n")


def _put_in_place(partial: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
