"""What a training starts from in the place of chance: the denoiser of a bundle or of another run."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor

from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.config import DenoiserConfig
from UterineSynthLib.networks.generators import GeneratorConfig
from UterineSynthLib.networks.grain import Grain
from UterineSynthLib.networks.latent_space import LatentSpace
from UterineSynthLib.networks.noise_colour import NoiseColour
from UterineSynthLib.networks.style_prior import StylePrior
from UterineSynthLib.networks.tone_prior import TonePrior
from UterineSynthLib.records import from_json, to_plain
from UterineSynthLib.training.config import DenoiserTraining
from UterineSynthLib.training.label_rows import with_label_rows
from UterineSynthLib.training.run_folder import (
    COLOUR_FILE,
    CONFIG_FILE,
    GRAIN_FILE,
    LATENTS_FILE,
    SNAPSHOT_FILE,
    STYLES_FILE,
    TOKENIZER_FILE,
    TONES_FILE,
)
from UterineSynthLib.training.trained_space import is_bundle, space_of_run
from UterineSynthLib.training.wider_sketch import as_wide_as

SKETCHER = "sketcher."
"""Begins the names of a sketch's weights among those of its denoiser."""
P = TypeVar("P", TonePrior, StylePrior, NoiseColour, Grain)

_HALF_PRECISION = 2e-3
"""Bundles keep weights in half precision."""


@dataclass(frozen=True)
class Start:
    """A trained denoiser, and what its numbers mean.

    Attributes:
        weights: of the denoiser; codec: its space and latent scale.
        tokenizer_json: of its text condition, None for a model that takes no text.
        tones, styles: what it draws the greys of structures and the style of a sketch from, for cases that have no
            label map to measure and read them under.
        colour: of the noise that it was trained with; None is white.
    """

    model: GeneratorConfig
    weights: dict[str, Tensor]
    codec: LatentCodec
    tokenizer_json: str | None
    tones: TonePrior | None
    styles: StylePrior | None
    colour: NoiseColour | None = None


def start_of(folder: Path, model: DenoiserConfig, space: LatentSpace, has_sketch: bool = False) -> Start:
    """The start in ``folder`` for a denoiser of ``model`` in ``space``, which ``has_sketch`` of its own.

    Raises:
        ConfigError: the folder holds neither bundle nor run, or its denoiser or its space is another one.
        BundleError: the bundle is not whole.
    """
    start = _of_bundle(folder) if is_bundle(folder) else _of_run(folder)
    if not has_sketch:
        start = _with_wide_sketch(start, model)
    _check_model(folder, start.model, model, has_sketch)
    weights = with_label_rows(start.weights, start.model.conditions, model.conditions)
    start = replace(start, weights=weights)
    if not _is_same(start.codec.autoencoder, space):
        raise ConfigError(
            f"start_from: {folder} was trained in the latents of another autoencoder; name the same one as autoencoder"
        )
    return start


def _with_wide_sketch(start: Start, wanted: DenoiserConfig) -> Start:
    """The start with its own sketch as wide as it is wanted; it paints as before."""
    if not isinstance(start.model, DenoiserConfig):
        return start
    own = {name.removeprefix(SKETCHER): value for name, value in start.weights.items() if name.startswith(SKETCHER)}
    layout, wide = as_wide_as(wanted.sketch, start.model.sketch, own)
    weights = start.weights | {SKETCHER + name: value for name, value in wide.items()}
    return replace(start, model=replace(start.model, sketch=layout), weights=weights)


def _of_bundle(folder: Path) -> Start:
    bundle = read_bundle(folder)
    tokenizer = bundle.load_tokenizer().to_json() if bundle.inference.denoiser.conditions.text else None
    weights, said = bundle.load_denoiser().state_dict(), bundle.inference
    return Start(said.denoiser, weights, bundle.load_codec(), tokenizer, said.tones, said.styles, said.colour)


def _of_run(folder: Path) -> Start:
    weights, described = folder / SNAPSHOT_FILE, folder / CONFIG_FILE
    if not weights.is_file() or not described.is_file():
        raise ConfigError(f"start_from: {folder} holds neither a bundle nor a run with a snapshot")
    config = from_json(DenoiserTraining, described.read_text(encoding="utf-8"), str(described))
    scale = json.loads((folder / LATENTS_FILE).read_text(encoding="utf-8"))
    codec = LatentCodec(space_of_run(config)[0], scale["mean"], scale["std"])
    tokenizer = (folder / TOKENIZER_FILE).read_text(encoding="utf-8")
    trained = load_file(weights)
    return Start(config.model, trained, codec, tokenizer, kept_tones(folder), kept_styles(folder), kept_colour(folder))


def kept_tones(run: Path) -> TonePrior | None:
    """What a run found the tones of its cases to be like; None for a model that is not shown them."""
    return _kept(TonePrior, run / TONES_FILE)


def kept_styles(run: Path) -> StylePrior | None:
    """What a run found the styles of its cases to be like; None for a model that is not shown them."""
    return _kept(StylePrior, run / STYLES_FILE)


def kept_colour(run: Path) -> NoiseColour | None:
    """The colour of a run's noise; None for white."""
    return _kept(NoiseColour, run / COLOUR_FILE)


def kept_grain(run: Path) -> Grain | None:
    """What a run found that its autoencoder loses; None where it was not looked for."""
    return _kept(Grain, run / GRAIN_FILE)


def _kept(kind: type[P], path: Path) -> P | None:
    return from_json(kind, path.read_text(encoding="utf-8"), str(path)) if path.is_file() else None


def _check_model(folder: Path, trained: GeneratorConfig, wanted: DenoiserConfig, has_sketch: bool) -> None:
    """Raise :class:`ConfigError` unless weights of the one become weights of the other.

    A sketch may be new, and so may labels of a mask beside the latents.
    """
    if isinstance(trained, DenoiserConfig) and _has_fewer_labels(trained, wanted):
        labels = wanted.conditions.mask_labels
        trained = replace(trained, conditions=replace(trained.conditions, mask_labels=labels))
    if isinstance(trained, DenoiserConfig) and (has_sketch or trained.sketch is None):
        trained = replace(trained, sketch=wanted.sketch)
    if isinstance(trained, DenoiserConfig) and trained.convolutions == wanted.convolutions == "factorised":
        trained = replace(trained, spatial_dims=wanted.spatial_dims)
    if trained != wanted:
        was, now = to_plain(trained), to_plain(wanted)
        name = next((key for key in now if was.get(key) != now[key]), "schema")
        raise ConfigError(
            f"start_from: {folder} has model.{name} = {was.get(name)}, here it is {now[name]}; write the model as there"
        )


def _has_fewer_labels(trained: DenoiserConfig, wanted: DenoiserConfig) -> bool:
    beside = trained.mask_as == wanted.mask_as == "concatenate"
    return beside and trained.conditions.mask_labels < wanted.conditions.mask_labels


def _is_same(one: LatentSpace, other: LatentSpace) -> bool:
    if one.config != other.config:
        return False
    known = other.state_dict()
    return all(
        torch.allclose(value.float().cpu(), known[name].float().cpu(), rtol=_HALF_PRECISION, atol=_HALF_PRECISION)
        for name, value in one.state_dict().items()
    )
