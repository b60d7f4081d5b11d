"""Sketches of all cases of a training, made once: they take no part in a step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save
from torch import Tensor

from UterineSynthLib.bundles.bundle import read_bundle
from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import DenoiserConfig
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.networks.sketch import Sketch, Sketcher
from UterineSynthLib.networks.tone import completed
from UterineSynthLib.records import from_json
from UterineSynthLib.training.config import SketchTraining
from UterineSynthLib.training.label_rows import with_label_rows
from UterineSynthLib.training.latents import LatentCase
from UterineSynthLib.training.run_folder import CONFIG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.trained_space import is_bundle
from UterineSynthLib.training.wider_sketch import as_wide_as
from UterineSynthLib.volumes.structures import to_umd

_NAMES = ("style", "tone", "tone_sd", "umd_tone", "umd_tone_sd")


def sketcher_weights(folder: Path, wanted: DenoiserConfig, is_trained_on: bool = False) -> dict[str, Tensor]:
    """The weights of a sketch for a denoiser: those that a run of ``train_sketch.py`` published, or a bundle's.

    A sketch with fewer channels is widened, and paints as before. One that ``is_trained_on`` may be taught partial
    volume now.

    Raises:
        ConfigError: the folder holds neither, or its sketch is for another denoiser.
        BundleError: the bundle is not whole.
    """
    trained, weights = _of_bundle(folder) if is_bundle(folder) else _of_run(folder)
    if is_trained_on and trained.sketch is not None and wanted.sketch is not None:
        trained = replace(trained, sketch=replace(trained.sketch, partial_volume=wanted.sketch.partial_volume))
    layout, weights = as_wide_as(wanted.sketch, trained.sketch, weights)
    trained = replace(trained, sketch=layout)
    for name in ("sketch", "latent_channels", "mask_reduction", "slice_reduction"):
        was, now = getattr(trained, name), getattr(wanted, name)
        if was != now:
            raise ConfigError(f"{folder}: this sketch was trained with model.{name} = {was}, here it is {now}")
    return with_label_rows(weights, trained.conditions, wanted.conditions)


def _of_run(run: Path) -> tuple[DenoiserConfig, dict[str, Tensor]]:
    weights, described = run / SNAPSHOT_FILE, run / CONFIG_FILE
    if not weights.is_file() or not described.is_file():
        raise ConfigError(f"{run}: no trained sketch here; run Training/train_sketch.py into it first")
    trained = from_json(SketchTraining, described.read_text(encoding="utf-8"), str(described)).model
    return trained, load_file(weights)


def _of_bundle(folder: Path) -> tuple[DenoiserConfig, dict[str, Tensor]]:
    bundle = read_bundle(folder)
    trained, denoiser = bundle.inference.denoiser, bundle.load_denoiser()
    if not isinstance(trained, DenoiserConfig) or not isinstance(denoiser, ConditionedUNet) or not denoiser.sketcher:
        raise ConfigError(f"{folder}: the model of this bundle has no sketch")
    return trained, denoiser.sketcher.state_dict()


def sketched_cases(sketcher: Sketcher, cases: Sequence[LatentCase], cache: ArrayCache) -> list[LatentCase]:
    """The cases with their style and their sketches, of whole label maps and of UMD's labels alone, as their tones."""
    weights = save({name: value.cpu().contiguous() for name, value in sketcher.state_dict().items()})
    made = []
    for case in cases:
        if case.tones is None:
            made.append(case)
            continue
        shown = hashlib.sha256(weights)
        mixed = case.case.partial_volume
        parts = () if mixed is None else (mixed.second, mixed.share)
        for array in (case.case.labels, *parts):
            shown.update(np.asarray(array).tobytes())
        shown.update(case.tones.tobytes())
        shown.update(np.asarray(case.mean).tobytes())
        kept = cache.get(f"sketch-{shown.hexdigest()}", _NAMES, partial(_sketched, sketcher, case))
        style, tone, tone_sd, umd_tone, umd_tone_sd = (kept[name] for name in _NAMES)
        painted = replace(case, tone=tone, tone_sd=tone_sd, umd_tone=umd_tone, umd_tone_sd=umd_tone_sd)
        made.append(replace(painted, style=np.asarray(style, dtype=np.float32)))
    return made


@torch.inference_mode()
def _sketched(sketcher: Sketcher, case: LatentCase) -> dict[str, npt.NDArray[np.generic]]:
    assert case.tones is not None and case.case.labels is not None, "asked for where there are labels"
    labels, tones = np.array(case.case.labels), completed(case.tones)
    with autocast_of(sketcher.embed.weight.device):  # As in sampling.
        style = sketcher.style_of(case.mean, labels, tones, case.case.partial_volume)
        whole = sketcher.sketch(labels, tones, style, case.case.partial_volume)
        umd = sketcher.sketch(to_umd(labels), tones, style)
    return dict(zip(_NAMES, (style, *_arrays(whole), *_arrays(umd)), strict=True))


def _arrays(sketch: Sketch) -> tuple[npt.NDArray[np.generic], ...]:
    return tuple(part[0].cpu().numpy().astype(np.float16) for part in sketch)
