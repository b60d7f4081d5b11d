"""Whole training runs: from a config to a folder, and from a folder to the trained network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.bundles.layout import DIGESTS
from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.dataset.case import Split
from UterineSynthLib.description.rendering import render
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.sentence_folder import SentenceFolder
from UterineSynthLib.networks.space_modules import space_of
from UterineSynthLib.networks.text import TextTokenizer
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.records import digest as digest_of
from UterineSynthLib.records import from_json, write_text_whole
from UterineSynthLib.training.autoencoder_task import AutoencoderTask
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining
from UterineSynthLib.training.denoiser_task import DenoiserTask
from UterineSynthLib.training.latents import codec_of, latent_cases
from UterineSynthLib.training.loop import CONFIG_FILE, SNAPSHOT_FILE, Loop
from UterineSynthLib.training.opening import opened
from UterineSynthLib.training.prepared import PreparedCase, cases_to_look_at, prepared_cases
from UterineSynthLib.training.published_grid import published_grid

TOKENIZER_FILE = "tokenizer.json"
_OPEN_SHARE = 0.3
_SENTENCES_A_DRAW = 400
"""Growing a uterus for a drawn description takes a while; opened fields and phrasings bring the variety."""


def train_autoencoder(config: AutoencoderTraining, folder: Path) -> None:
    """Train, or go on training, an autoencoder into ``folder``."""
    cases = prepared_cases(config.cases, Split.TRAIN)
    unseen = cases_to_look_at(config.cases, cases)
    Loop(config, AutoencoderTask(config, cases, unseen), folder).run()


def train_denoiser(config: DenoiserTraining, folder: Path) -> None:
    """Train, or go on training, a denoiser into ``folder``; latents are made first and kept in the cache."""
    published_grid(config.cases, is_flat=config.model.spatial_dims == 2)
    space, digest = space_of_run(config)
    cases = prepared_cases(config.cases, Split.TRAIN)
    unseen = cases_to_look_at(config.cases, cases)
    cache = ArrayCache(config.cases.cache)
    with_tones = config.model.conditions.tone
    latents = latent_cases(space, digest, cases, cache, with_tones)
    codec = codec_of(space, latents, folder)
    tokenizer = _tokenizer(config, cases, folder)
    sentences = tokenizer if config.text_encoder is None else SentenceFolder(config.text_encoder)
    shown = latent_cases(space, digest, unseen, cache, with_tones)
    task = DenoiserTask(config, codec, sentences, latents, shown)
    Loop(config, task, folder).run()


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


def _tokenizer(config: DenoiserTraining, cases: Sequence[PreparedCase], folder: Path) -> TextTokenizer:
    """The run's tokenizer: trained once, on sentences about drawn descriptions and the cases' own."""
    path = folder / TOKENIZER_FILE
    if path.is_file():
        return TextTokenizer.from_json(path.read_text(encoding="utf-8"))
    rng = np.random.default_rng(config.seed)
    known = [case.description for case in cases if case.description is not None]
    drawn = [draw_description(config.seed + n) for n in range(config.vocabulary_sentences // _SENTENCES_A_DRAW)]
    pool = [*known, *drawn]
    sentences = (
        render(opened(pool[n % len(pool)], _OPEN_SHARE, rng), int(rng.integers(1000)))
        for n in range(config.vocabulary_sentences)
    )
    tokenizer = TextTokenizer.trained_on(sentences, config.model.conditions.vocabulary_size)
    write_text_whole(path, tokenizer.to_json())
    return tokenizer
