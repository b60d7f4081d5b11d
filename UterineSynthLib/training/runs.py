"""Whole training runs: from a config to a folder, and from a folder to the trained network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.dataset.case import Split
from UterineSynthLib.description.rendering import render
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.noise_colour import NoiseColour
from UterineSynthLib.networks.sentence_folder import SentenceFolder
from UterineSynthLib.networks.sketch import Sketcher
from UterineSynthLib.networks.text import TextTokenizer
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.records import to_json, write_text_whole
from UterineSynthLib.training.autoencoder_task import AutoencoderTask
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining, SketchTraining
from UterineSynthLib.training.denoiser_task import DenoiserTask
from UterineSynthLib.training.few_step_task import FewStepTask
from UterineSynthLib.training.latents import (
    ENCODED_TONES,
    MEASURED_TONES,
    NO_TONES,
    LatentCase,
    codec_of,
    colour_of,
    grain_of,
    latent_cases,
    style_prior_of,
    tone_prior_of,
)
from UterineSynthLib.training.loop import Loop
from UterineSynthLib.training.opening import opened
from UterineSynthLib.training.prepared import PreparedCase, cases_to_look_at, prepared_cases, without_partial_volume
from UterineSynthLib.training.published_grid import published_grid
from UterineSynthLib.training.run_folder import COLOUR_FILE, GRAIN_FILE, STYLES_FILE, TOKENIZER_FILE, TONES_FILE
from UterineSynthLib.training.sketch_task import SketchTask
from UterineSynthLib.training.sketches import sketched_cases, sketcher_weights
from UterineSynthLib.training.start import SKETCHER, Start, kept_grain, start_of
from UterineSynthLib.training.trained_space import space_of_run, trained_autoencoder

_OPEN_SHARE = 0.3
_SENTENCES_A_DRAW = 400
"""Growing a uterus for a drawn description takes a while; opened fields and phrasings bring the variety."""


def train_autoencoder(config: AutoencoderTraining, folder: Path) -> None:
    """Train, or go on training, an autoencoder into ``folder``."""
    cases = prepared_cases(config.cases, Split.TRAIN)
    unseen = cases_to_look_at(config.cases, cases)
    Loop(config, AutoencoderTask(config, cases, unseen), folder).run()


def train_sketch(config: SketchTraining, folder: Path) -> None:
    """Train, or go on training, the sketch of a denoiser into ``folder``."""
    space, digest = trained_autoencoder(Path(config.autoencoder))
    cases, unseen = _shown_cases(config)
    cache = ArrayCache(config.cases.cache)
    seen, shown = (latent_cases(space, digest, some, cache, MEASURED_TONES) for some in (cases, unseen))
    codec = codec_of(space, seen, folder)
    task = SketchTask(config, codec, seen, shown)
    if config.start_from is not None:
        task.sketcher.load_state_dict(sketcher_weights(Path(config.start_from), config.model, is_trained_on=True))
    Loop(config, task, folder).run()


def train_denoiser(config: DenoiserTraining, folder: Path) -> None:
    """Train, or go on training, a denoiser into ``folder``; latents are made first and kept in the cache."""
    published_grid(config.cases, is_flat=config.model.spatial_dims == 2)
    space, digest = space_of_run(config)
    start = _start(config, space)
    cases, unseen = _shown_cases(config)
    cache = ArrayCache(config.cases.cache)
    latents = latent_cases(space, digest, cases, cache, _tones_of(config))
    codec = codec_of(space, latents, folder, None if start is None else start.codec)
    tokenizer = _tokenizer(config, cases, folder, start)
    sentences = tokenizer if config.text_encoder is None else SentenceFolder(config.text_encoder)
    shown = latent_cases(space, digest, unseen, cache, _tones_of(config))
    teach = DenoiserTask if config.few_steps is None else FewStepTask
    weights = _first_weights(config, start)
    sketcher = _sketcher(config, weights)
    if sketcher is not None:
        sketcher.to(space.device)
        latents, shown = (sketched_cases(sketcher, some, cache) for some in (latents, shown))
    tones = tone_prior_of(latents) or (None if start is None else start.tones)
    styles = style_prior_of(latents) or (None if start is None else start.styles)
    colour = _colour(config, latents, start)
    # A run that goes on does not decode its studies once more.
    grain = kept_grain(folder) or grain_of(space, latents) if config.grain else None
    for name, prior in ((TONES_FILE, tones), (STYLES_FILE, styles), (COLOUR_FILE, colour), (GRAIN_FILE, grain)):
        if prior is not None:
            write_text_whole(folder / name, to_json(prior))
    task = teach(config, codec, sentences, latents, shown, colour)
    task.denoiser.load_state_dict({**task.denoiser.state_dict(), **weights})
    if config.silent_start:
        task.denoiser.silence()
    Loop(config, task, folder).run()


def _shown_cases(config: SketchTraining | DenoiserTraining) -> tuple[list[PreparedCase], list[PreparedCase]]:
    """What is trained on, and what is looked at, as far as the model is shown it."""
    cases = prepared_cases(config.cases, Split.TRAIN)
    both = cases, cases_to_look_at(config.cases, cases)
    if config.model.sketch is not None and config.model.sketch.partial_volume:
        return both
    seen, unseen = map(without_partial_volume, both)
    return seen, unseen


def _start(config: DenoiserTraining, space: LatentSpace) -> Start | None:
    if config.start_from is None:
        return None
    return start_of(Path(config.start_from), config.model, space, has_sketch=config.sketch is not None)


def _colour(config: DenoiserTraining, cases: Sequence[LatentCase], start: Start | None) -> NoiseColour | None:
    """Of the run's noise: that of its start, so that what was trained with it stays right, or fitted to its cases.

    A silent start keeps nothing that was trained.
    """
    if config.noise == "white":
        return None
    known = None if start is None or config.silent_start else start.colour
    return known or colour_of(cases)


def _tones_of(config: DenoiserTraining) -> tuple[str, ...]:
    if not config.model.conditions.tone:
        return NO_TONES
    return ENCODED_TONES if config.model.sketch is None else MEASURED_TONES


def _first_weights(config: DenoiserTraining, start: Start | None) -> dict[str, Tensor]:
    """What a denoiser starts from, by the names of its network: its start, and a sketch."""
    weights = {} if start is None else dict(start.weights)
    if config.sketch is not None:
        weights = {name: value for name, value in weights.items() if not name.startswith(SKETCHER)}
        trained = sketcher_weights(Path(config.sketch), config.model)
        weights |= {SKETCHER + name: value for name, value in trained.items()}
    elif config.model.sketch is not None and not any(name.startswith(SKETCHER) for name in weights):
        raise ConfigError(f"sketch: {config.start_from} has none; name a run of Training/train_sketch.py")
    return weights


def _sketcher(config: DenoiserTraining, weights: dict[str, Tensor]) -> Sketcher | None:
    if config.model.sketch is None:
        return None
    sketcher = Sketcher(config.model.sketch, config.model).eval()
    own = {name.removeprefix(SKETCHER): value for name, value in weights.items() if name.startswith(SKETCHER)}
    sketcher.load_state_dict(own)
    return sketcher


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
