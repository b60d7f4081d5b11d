"""Whole training runs: from a config to a folder, and from a folder to the trained network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.dataset.case import Split
from UterineSynthLib.description.rendering import render
from UterineSynthLib.networks.sentence_folder import SentenceFolder
from UterineSynthLib.networks.text import TextTokenizer
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.records import to_json, write_text_whole
from UterineSynthLib.training.autoencoder_task import AutoencoderTask
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining
from UterineSynthLib.training.denoiser_task import DenoiserTask
from UterineSynthLib.training.few_step_task import FewStepTask
from UterineSynthLib.training.latents import codec_of, latent_cases, tone_prior_of
from UterineSynthLib.training.loop import Loop
from UterineSynthLib.training.opening import opened
from UterineSynthLib.training.prepared import PreparedCase, cases_to_look_at, prepared_cases
from UterineSynthLib.training.published_grid import published_grid
from UterineSynthLib.training.run_folder import TOKENIZER_FILE, TONES_FILE
from UterineSynthLib.training.start import Start, start_of
from UterineSynthLib.training.trained_space import space_of_run

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
    start = None if config.start_from is None else start_of(Path(config.start_from), config.model, space)
    cases = prepared_cases(config.cases, Split.TRAIN)
    unseen = cases_to_look_at(config.cases, cases)
    cache = ArrayCache(config.cases.cache)
    with_tones = config.model.conditions.tone
    latents = latent_cases(space, digest, cases, cache, with_tones)
    codec = codec_of(space, latents, folder, None if start is None else start.codec)
    tones = tone_prior_of(latents) or (None if start is None else start.tones)
    if tones is not None:
        write_text_whole(folder / TONES_FILE, to_json(tones))
    tokenizer = _tokenizer(config, cases, folder, start)
    sentences = tokenizer if config.text_encoder is None else SentenceFolder(config.text_encoder)
    shown = latent_cases(space, digest, unseen, cache, with_tones)
    teach = DenoiserTask if config.few_steps is None else FewStepTask
    task = teach(config, codec, sentences, latents, shown)
    if start is not None:
        task.denoiser.load_state_dict(start.weights)
    Loop(config, task, folder).run()


def _tokenizer(
    config: DenoiserTraining, cases: Sequence[PreparedCase], folder: Path, start: Start | None
) -> TextTokenizer:
    """The run's tokenizer: that of its start, or trained once, on sentences about drawn descriptions and the cases'."""
    path = folder / TOKENIZER_FILE
    if start is not None and start.tokenizer_json is not None and not path.is_file():
        write_text_whole(path, start.tokenizer_json)
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
