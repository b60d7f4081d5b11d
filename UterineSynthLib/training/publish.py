"""From finished runs to a bundle: what was learned, on what, for how long, and what nobody may believe of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from UterineSynthLib.bundles.bundle import Bundle
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
from UterineSynthLib.networks.spaces import SpaceConfig
from UterineSynthLib.records import from_json
from UterineSynthLib.training.card import card_of
from UterineSynthLib.training.config import AutoencoderTraining, DenoiserTraining
from UterineSynthLib.training.loop import CONFIG_FILE, LOG_FILE, SNAPSHOT_FILE
from UterineSynthLib.training.runs import TOKENIZER_FILE

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
    """

    name: str
    version: str
    about: str
    licence: str
    weights_licence: str = "Apache-2.0"
    measured: dict[str, float] | None = None
    steps: tuple[int, int, int] = (4, 8, 24)


def publish(
    autoencoder_run: Path | None, denoiser_run: Path, out: Path, publication: Publication, overwrite: bool
) -> Bundle:
    """Write the bundle of a trained denoiser and its autoencoder; None for a model of pixels.

    Raises:
        ConfigError: a run is not finished enough to have a snapshot.
        OutputError: there is something at ``out`` already.
    """
    for run in (denoiser_run,) if autoencoder_run is None else (autoencoder_run, denoiser_run):
        if not (run / SNAPSHOT_FILE).is_file():
            raise ConfigError(f"{run}: holds no {SNAPSHOT_FILE}; train it at least to its first snapshot")
    config = from_json(DenoiserTraining, (denoiser_run / CONFIG_FILE).read_text(encoding="utf-8"))
    space = _space(autoencoder_run, config)
    latents = json.loads((denoiser_run / "latents.json").read_text(encoding="utf-8"))
    ledger = _ledger(publication.weights_licence, (*space.manifests, *config.cases.manifests))
    facts = {**_course(denoiser_run), **space.facts}
    facts["latent_sampling_noise_share"] = round(float(latents["sampling_noise_share"]), 5)
    inference = _inference(space.config, config, latents, QualitySteps(*publication.steps))
    versions: dict[str, Any] = tested_versions()
    metadata = BundleMetadata(
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


@dataclass(frozen=True)
class _Space:
    """Where the denoiser works: weights, what they were trained on, and how."""

    config: SpaceConfig
    weights: dict[str, Tensor]
    manifests: tuple[str, ...]
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
    trained = from_json(AutoencoderTraining, (run / CONFIG_FILE).read_text(encoding="utf-8"))
    return _Space(trained.model, load_file(run / SNAPSHOT_FILE), trained.cases.manifests, {"autoencoder": _course(run)})


def _inference(
    space: SpaceConfig, config: DenoiserTraining, latents: dict[str, Any], steps: QualitySteps
) -> InferenceConfig:
    columns, rows, slices = config.cases.grid.size
    column_mm, row_mm, slice_mm = config.cases.grid.spacing_mm
    flat, conditions = config.model.spatial_dims == 2, config.model.conditions
    return InferenceConfig(
        autoencoder=space,
        denoiser=config.model,
        latent_mean=tuple(latents["mean"]),
        latent_std=tuple(latents["std"]),
        grid=ModelGrid((1 if flat else slices, rows, columns), (slice_mm, row_mm, column_mm)),
        schedule=config.schedule,
        prediction=config.prediction,
        train_steps=config.train_steps,
        clip=config.clip,
        time_shift=config.time_shift,
        anatomy_first=WayConfig(config.sampler, steps=steps, eta=config.eta),
        direct=WayConfig(config.sampler, 2.0 if conditions.can_be_guided else 1.0, steps, config.eta),
        default_way=Way.ANATOMY_FIRST if conditions.mask else Way.DIRECT,
    )


def _ledger(weights_licence: str, manifests: Sequence[str]) -> Ledger:
    entries = []
    for path in dict.fromkeys(manifests):
        cases = read_manifest(path).of_split(Split.TRAIN)
        counted = Counter((case.source, case.licence) for case in cases)
        entries += [_entry(path, source, licence, count) for (source, licence), count in counted.items()]
    return Ledger(weights_licence, tuple(entries))


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
    lines = [json.loads(line) for line in (run / LOG_FILE).read_text(encoding="utf-8").splitlines() if line]
    state = json.loads((run / "checkpoint" / "state.json").read_text(encoding="utf-8"))
    recent = lines[-max(1, len(lines) // 10) :]
    mean_loss = sum(line["loss"] for line in recent) / len(recent)
    return {"steps": state["step"], "hours": round(state["seconds"] / 3600, 2), "final_loss": round(mean_loss, 4)}
