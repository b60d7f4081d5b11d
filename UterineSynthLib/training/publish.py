"""From finished runs to a bundle: what was learned, on what, for how long, and what nobody may believe of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from UterineSynthLib.bundles.bundle import Bundle, read_bundle
from UterineSynthLib.bundles.inference_config import InferenceConfig, ModelGrid, QualitySteps, Way, WayConfig
from UterineSynthLib.bundles.ledger import Ledger, TrainingData
from UterineSynthLib.bundles.metadata import (
    PHANTOM_STATEMENT,
    SYNTHETIC_STATEMENT,
    BundleMetadata,
    tested_versions,
)
from UterineSynthLib.bundles.writing import BundleParts, write_bundle
from UterineSynthLib.dataset.case import Split
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.dataset.phantom_cases import SOURCE
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.generators import PriorConfig
from UterineSynthLib.networks.spaces import SpaceConfig
from UterineSynthLib.records import from_json
from UterineSynthLib.training.card import card_of
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining, SketchTraining
from UterineSynthLib.training.published_grid import published_grid
from UterineSynthLib.training.run_folder import (
    CONFIG_FILE,
    LATENTS_FILE,
    LOG_FILE,
    SNAPSHOT_FILE,
    TOKENIZER_FILE,
)
from UterineSynthLib.training.start import kept_colour, kept_grain, kept_styles, kept_tones
from UterineSynthLib.training.trained_space import is_bundle

REFERENCES = (
    "Diffusing the Blind Spot: uterine MRI synthesis, arXiv 2508.07903",
    "Rectified flow, arXiv 2209.03003",
    "Classifier-free guidance, arXiv 2207.12598",
)


@dataclass(frozen=True)
class Publication:
    """How a model is published.

    Attributes:
        name, version: of the bundle; about: one sentence.
        licence: full text of the licence of the weights; weights_licence: its SPDX name.
        measured: figures that stand in the card, by name.
        steps: of the qualities draft, standard and best; what looks best depends on how far the model is trained.
        time_shift: of sampling; None is that of training. Below 1, more steps fall near the clean end.
        temperature: factor of the noise in sampling; below 1 for a model that leaves noise where there is none.
        needs_mask: the model was not taught to make an image without a label map.
    """

    name: str
    version: str
    about: str
    licence: str
    weights_licence: str = "Apache-2.0"
    measured: dict[str, float] | None = None
    steps: tuple[int, int, int] = (4, 8, 24)
    time_shift: float | None = None
    temperature: float = 1.0
    needs_mask: bool = False


def publish(
    autoencoder_run: Path | None, denoiser_run: Path, out: Path, publication: Publication, overwrite: bool
) -> Bundle:
    """Write the bundle of a trained denoiser and its autoencoder (a run or a bundle); None for a model of pixels.

    Raises:
        ConfigError: a run is not finished enough to have a snapshot, or what it started from is gone.
        OutputError: there is something at ``out`` already.
    """
    _check_finished(denoiser_run)
    config = from_json(DenoiserTraining, (denoiser_run / CONFIG_FILE).read_text(encoding="utf-8"))
    space = _space(autoencoder_run, config)
    latents = json.loads((denoiser_run / LATENTS_FILE).read_text(encoding="utf-8"))
    entries = (*space.entries, *_own_entries(config))
    ledger = Ledger(publication.weights_licence, tuple(dict.fromkeys(entries)))
    facts = {**_course(denoiser_run), **space.facts}
    facts["latent_sampling_noise_share"] = round(float(latents["sampling_noise_share"]), 5)
    said = _inference(space.config, config, latents, publication)
    inference = replace(
        said,
        tones=kept_tones(denoiser_run),
        styles=kept_styles(denoiser_run),
        colour=kept_colour(denoiser_run),
        grain=kept_grain(denoiser_run),
    )
    metadata = _metadata(publication, ledger, facts)
    parts = BundleParts(
        metadata=metadata,
        inference=inference,
        ledger=ledger,
        card=card_of(metadata, inference, ledger),
        licence=publication.licence,
        tokenizer_json=(denoiser_run / TOKENIZER_FILE).read_text(encoding="utf-8"),
        autoencoder_state=space.weights,
        denoiser_state=load_file(denoiser_run / SNAPSHOT_FILE),
    )
    return write_bundle(out, parts, overwrite=overwrite)


def publish_prior(run: Path, dimension: int, out: Path, publication: Publication, overwrite: bool) -> Bundle:
    """Write the bundle of a KL autoencoder alone: it makes volumes (``dimension`` 3) or slices (2) from its prior.

    Raises:
        ConfigError: the run has no snapshot yet, or its autoencoder has no prior.
        OutputError: there is something at ``out`` already.
    """
    space = _trained_space(run)
    if not space.config.has_prior:
        raise ConfigError(f"{run}: this autoencoder has no prior to draw from; train a denoiser in its latents")
    cases = from_json(AutoencoderTraining, (run / CONFIG_FILE).read_text(encoding="utf-8")).cases
    channels, way = space.config.latent_channels, WayConfig(steps=QualitySteps(1, 1, 1))
    inference = InferenceConfig(
        autoencoder=space.config,
        denoiser=PriorConfig(dimension, channels),
        latent_mean=(0.0,) * channels,
        latent_std=(1.0,) * channels,
        grid=published_grid(cases, is_flat=dimension == 2),
        anatomy_first=way,
        direct=way,
        default_way=Way.DIRECT,
    )
    ledger = Ledger(publication.weights_licence, space.entries)
    metadata = _metadata(publication, ledger, space.facts)
    parts = BundleParts(
        metadata=metadata,
        inference=inference,
        ledger=ledger,
        card=card_of(metadata, inference, ledger),
        licence=publication.licence,
        tokenizer_json=None,
        autoencoder_state=space.weights,
        denoiser_state={},
    )
    return write_bundle(out, parts, overwrite=overwrite)


def _metadata(publication: Publication, ledger: Ledger, facts: dict[str, Any]) -> BundleMetadata:
    versions: dict[str, Any] = tested_versions()
    return BundleMetadata(
        name=publication.name,
        version=publication.version,
        description=publication.about,
        phantom_trained=ledger.phantom_trained,
        statement=f"{SYNTHETIC_STATEMENT} {PHANTOM_STATEMENT}" if ledger.phantom_trained else SYNTHETIC_STATEMENT,
        data_source=", ".join(sorted({entry.source for entry in ledger.entries})),
        eval_metrics=dict(publication.measured or {}),
        references=REFERENCES,
        training=facts,
        **versions,
    )


@dataclass(frozen=True)
class _Space:
    """Where the denoiser works: weights, what they were trained on, and how."""

    config: SpaceConfig
    weights: dict[str, Tensor]
    entries: tuple[TrainingData, ...]
    facts: dict[str, Any]


def _space(run: Path | None, config: DenoiserTraining) -> _Space:
    if run is None:
        if config.pixels is None:
            raise ConfigError(
                f"{config.name} works on the latents of {config.autoencoder}; name that run as autoencoder"
            )
        return _Space(config.pixels, {}, (), {})
    if config.pixels is not None:
        raise ConfigError(f"{config.name} works on pixels and has no autoencoder; leave {run} out")
    return _trained_space(run)


def _trained_space(run: Path) -> _Space:
    """The autoencoder of a run, or of a bundle."""
    if is_bundle(run):
        bundle = read_bundle(run)
        facts = {"autoencoder": {"bundle": bundle.name, "digest": bundle.digest[:12]}}
        weights = bundle.load_codec().autoencoder.state_dict()
        return _Space(bundle.inference.autoencoder, weights, bundle.ledger.entries, facts)
    _check_finished(run)
    trained = from_json(AutoencoderTraining, (run / CONFIG_FILE).read_text(encoding="utf-8"))
    facts = {"autoencoder": _course(run)}
    return _Space(trained.model, load_file(run / SNAPSHOT_FILE), _entries(trained.cases.manifests), facts)


def _check_finished(run: Path) -> None:
    if not (run / SNAPSHOT_FILE).is_file():
        raise ConfigError(f"{run}: holds no {SNAPSHOT_FILE}; train it at least to its first snapshot")


def _inference(
    space: SpaceConfig, config: DenoiserTraining, latents: dict[str, Any], publication: Publication
) -> InferenceConfig:
    conditions, steps = config.model.conditions, QualitySteps(*publication.steps)
    return InferenceConfig(
        autoencoder=space,
        denoiser=config.model,
        latent_mean=tuple(latents["mean"]),
        latent_std=tuple(latents["std"]),
        grid=_grid(config),
        schedule=config.schedule,
        prediction=config.prediction,
        train_steps=config.train_steps,
        clip=config.clip,
        temperature=publication.temperature,
        draws=config.few_steps is not None,
        needs_mask=publication.needs_mask,
        time_shift=config.time_shift if publication.time_shift is None else publication.time_shift,
        anatomy_first=WayConfig(config.sampler, steps=steps, eta=config.eta),
        direct=WayConfig(config.sampler, 2.0 if conditions.takes_description else 1.0, steps, config.eta),
        default_way=Way.ANATOMY_FIRST if conditions.mask else Way.DIRECT,
    )


def _grid(config: DenoiserTraining) -> ModelGrid:
    """The grid of the training. Phantoms had been laid around the uterus before it took them as they were."""
    grid = published_grid(config.cases, is_flat=config.model.spatial_dims == 2)
    has_phantoms_alone = all(entry.is_phantom for entry in _entries(config.cases.manifests))
    return replace(grid, centre="uterus") if has_phantoms_alone else grid


def _own_entries(config: DenoiserTraining | SketchTraining) -> tuple[TrainingData, ...]:
    """What a run was trained on, and before it its start and its sketch, back to the first."""
    entries: tuple[TrainingData, ...] = ()
    if config.start_from is not None:
        entries += _entries_of(Path(config.start_from), type(config), "start_from")
    if isinstance(config, DenoiserTraining) and config.sketch is not None:
        entries += _entries_of(Path(config.sketch), SketchTraining, "sketch")
    return entries + _entries(config.cases.manifests)


def _entries_of(
    folder: Path, kind: type[DenoiserTraining] | type[SketchTraining], setting: str
) -> tuple[TrainingData, ...]:
    """What the bundle or the run of a setting was trained on."""
    if is_bundle(folder):
        return read_bundle(folder).ledger.entries
    return _own_entries(_run_config(folder, kind, setting))


def _run_config(
    run: Path, kind: type[DenoiserTraining] | type[SketchTraining], setting: str
) -> DenoiserTraining | SketchTraining:
    described = run / CONFIG_FILE
    if not described.is_file():
        raise ConfigError(f"{setting}: {run} is gone, and what it was trained on belongs in the ledger; bring it back")
    return from_json(kind, described.read_text(encoding="utf-8"), str(described))


def _entries(manifests: Sequence[str]) -> tuple[TrainingData, ...]:
    """What was trained on, by manifest, source and licence."""
    entries = []
    for path in dict.fromkeys(manifests):
        cases = read_manifest(path).of_split(Split.TRAIN)
        counted = Counter((case.source, case.licence) for case in cases)
        entries += [_entry(path, source, licence, count) for (source, licence), count in counted.items()]
    return tuple(entries)


def _entry(path: str, source: str, licence: str, count: int) -> TrainingData:
    is_phantom = source == SOURCE
    return TrainingData(
        name=Path(path).parent.name,
        source=f"{source} (Training/make_phantoms.py)" if is_phantom else source,
        licence=licence,
        terms="none beyond the licence" if is_phantom else "as the data set's licence says",
        cases=count,
        is_phantom=is_phantom,
    )


def _course(run: Path) -> dict[str, Any]:
    """Steps, hours and last losses of a run, from its log and state."""
    log = run / LOG_FILE
    written = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    lines = [json.loads(line) for line in written if line]
    state = json.loads((run / "checkpoint" / "state.json").read_text(encoding="utf-8"))
    recent = lines[-max(1, len(lines) // 10) :]
    course = {"steps": state["step"], "hours": round(state["seconds"] / 3600, 2)}
    if recent:
        course["final_loss"] = round(sum(line["loss"] for line in recent) / len(recent), 4)
    return course
