"""A bundle that was read and found whole, and how it becomes networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.bundles import layout
from UterineSynthLib.bundles.digests import check_digests
from UterineSynthLib.bundles.inference_config import InferenceConfig
from UterineSynthLib.bundles.ledger import Ledger
from UterineSynthLib.bundles.metadata import BundleMetadata
from UterineSynthLib.bundles.plain_json import read_plain, read_record
from UterineSynthLib.bundles.weights import check_weights, load_weights, without_weights
from UterineSynthLib.errors import BundleError
from UterineSynthLib.records import digest

if TYPE_CHECKING:
    from torch import nn

    from UterineSynthLib.networks.codec import LatentCodec
    from UterineSynthLib.networks.text import TextTokenizer


@dataclass(frozen=True)
class Bundle:
    """A model on disk whose every byte was checked.

    Attributes:
        path: the folder; digest: SHA-256 of its list of digests, the bundle's identity.
        weight_files: names of the weight files by network.
        weight_count: number of weights of both networks.
    """

    path: Path
    digest: str
    metadata: BundleMetadata
    inference: InferenceConfig
    ledger: Ledger
    weight_files: dict[str, list[str]]
    weight_count: int

    @property
    def name(self) -> str:
        """Name of the bundle, from its metadata."""
        return self.metadata.name

    def load_codec(self) -> LatentCodec:
        """The space with its latent scale, float32 on the CPU, ready to infer."""
        from UterineSynthLib.networks.codec import LatentCodec
        from UterineSynthLib.networks.space_modules import space_of

        with without_weights():
            space = space_of(self.inference.autoencoder)
        load_weights(space, self.path, self.weight_files["autoencoder"])
        return LatentCodec(space.eval(), self.inference.latent_mean, self.inference.latent_std)

    def load_denoiser(self) -> nn.Module:
        """The network that makes latents out of noise, float32 on the CPU, ready to infer."""
        from UterineSynthLib.networks.generator_modules import generator_of

        with without_weights():
            denoiser = generator_of(self.inference.denoiser)
        load_weights(denoiser, self.path, self.weight_files["denoiser"])
        return denoiser.eval()

    def load_tokenizer(self) -> TextTokenizer:
        """The tokenizer of the text condition, for a model that takes text."""
        from UterineSynthLib.networks.text import TextTokenizer

        return TextTokenizer.from_json((self.path / layout.TOKENIZER).read_text(encoding="utf-8"))

    def card(self) -> str:
        """The model card, Markdown."""
        return (self.path / layout.CARD).read_text(encoding="utf-8")


def read_bundle(path: str | Path) -> Bundle:
    """Read a bundle; nothing in it is used before its digests agree, and nothing in it is ever run.

    Raises:
        BundleError: one line that says what is wrong with which file.
    """
    folder = Path(path)
    try:
        return _read(folder)
    except OSError as error:
        raise BundleError(folder, f"cannot be read ({error.strerror or error})") from error


def _read(folder: Path) -> Bundle:
    names = layout.files_of(folder)
    layout.check_complete(folder, names)
    listed = check_digests(folder, names)
    for name in names:
        if name.endswith(".json"):
            read_plain(folder, name)
    metadata = read_record(BundleMetadata, folder, layout.METADATA)
    ledger = read_record(Ledger, folder, layout.LEDGER)
    if metadata.phantom_trained != ledger.phantom_trained:
        raise BundleError(folder, "metadata.json and ledger.json disagree on phantom_trained; make the ledger complete")
    inference = read_record(InferenceConfig, folder, layout.INFERENCE)
    if inference.denoiser.conditions.text and layout.TOKENIZER not in names:
        raise BundleError(folder, f"{layout.TOKENIZER} is missing; the folder is incomplete, fetch the bundle again")
    weight_files = {
        "autoencoder": layout.weights_of(folder, names, "autoencoder", inference.autoencoder.has_weights),
        "denoiser": layout.weights_of(folder, names, "denoiser", inference.denoiser.has_weights),
    }
    count = sum(check_weights(folder, files) for files in weight_files.values())
    return Bundle(folder, digest(listed), metadata, inference, ledger, weight_files, count)
