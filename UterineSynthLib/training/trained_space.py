"""The space that a denoiser is trained in: an autoencoder of a run or of a bundle, or the pixels."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load_file

from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.bundles.layout import DIGESTS
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.space_modules import space_of
from UterineSynthLib.records import digest as digest_of
from UterineSynthLib.records import from_json
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining
from UterineSynthLib.training.run_folder import CONFIG_FILE, SNAPSHOT_FILE


def space_of_run(config: DenoiserTraining) -> tuple[LatentSpace, str]:
    """The space that a denoiser is trained in, and a digest of it.

    Raises:
        ConfigError: the folder named as ``autoencoder`` holds no finished run.
    """
    if config.autoencoder is not None:
        return trained_autoencoder(Path(config.autoencoder))
    assert config.pixels is not None
    return space_of(config.pixels), digest_of(config.pixels)


def trained_autoencoder(folder: Path) -> tuple[LatentSpace, str]:
    """The network of an autoencoder run with its published weights, or of a bundle, and a digest.

    Raises:
        ConfigError: the folder holds no finished run.
        BundleError: the bundle is not whole.
    """
    if is_bundle(folder):
        bundle = read_bundle(folder)
        return _placed(bundle.load_codec().autoencoder), bundle.digest
    weights, described = folder / SNAPSHOT_FILE, folder / CONFIG_FILE
    if not weights.is_file() or not described.is_file():
        raise ConfigError(f"{folder}: no trained autoencoder here; run Training/train_autoencoder.py into it first")
    config = from_json(AutoencoderTraining, described.read_text(encoding="utf-8"), str(described))
    autoencoder = space_of(config.model)
    autoencoder.load_state_dict(load_file(weights))
    return _placed(autoencoder), hashlib.sha256(weights.read_bytes()).hexdigest()


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle and not a run."""
    return (folder / DIGESTS).is_file()


def _placed(space: LatentSpace) -> LatentSpace:
    space.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    return space.eval().requires_grad_(False)
