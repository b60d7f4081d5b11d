"""What a training run is: frozen, typed, printed, saved beside its output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from UterineSynthLib.dataset.preprocessing import Preprocessing
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import AutoencoderConfig, DenoiserConfig
from UterineSynthLib.records import record


@dataclass(frozen=True)
class CasesConfig:
    """Where the cases come from and the grid they are brought to.

    Attributes:
        manifests: JSON-lines or CSV manifests, relative to the working folder.
        grid: the model's grid and how a study is brought there.
        cache: folder of the prepared arrays.
    """

    manifests: tuple[str, ...]
    grid: Preprocessing
    cache: str = "runs/cache"

    def __post_init__(self) -> None:
        if not self.manifests:
            raise ConfigError("cases.manifests: name at least one manifest")


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with warm-up and cosine decay.

    Attributes:
        steps: optimiser steps in all; batch_size: samples a process and step.
        gradient_clip: largest norm of the gradient; ema_decay: of the published weights.
        precision: ``auto`` is bfloat16 where the hardware has it.
    """

    steps: int = 20000
    batch_size: int = 8
    learning_rate: float = 2e-4
    final_learning_rate_share: float = 0.05
    warmup_steps: int = 200
    weight_decay: float = 1e-4
    gradient_clip: float = 1.0
    ema_decay: float = 0.999
    precision: Literal["auto", "bf16", "no"] = "auto"

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 1:
            raise ConfigError(
                f"optimiser: steps = {self.steps}, batch_size = {self.batch_size}; both must be at least 1"
            )


@dataclass(frozen=True)
class CadenceConfig:
    """How often, in steps, a run logs scalars, saves its state, publishes a snapshot and draws a sheet."""

    log: int = 20
    checkpoint: int = 500
    snapshot: int = 5000
    sheet: int = 1000


@record("uterinesynth.training.autoencoder")
@dataclass(frozen=True)
class AutoencoderTraining:
    """A run of ``train_autoencoder.py``.

    Attributes:
        crop: (slices, rows, columns) cut from a case at random.
        kl_weight: weight of the Kullback-Leibler term, a latent value.
        edge_weight: weight of the L1 distance of in-plane gradients.
    """

    name: str
    cases: CasesConfig
    model: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    cadence: CadenceConfig = field(default_factory=CadenceConfig)
    crop: tuple[int, int, int] = (1, 128, 128)
    kl_weight: float = 1e-6
    edge_weight: float = 0.5
    seed: int = 0


@record("uterinesynth.training.denoiser")
@dataclass(frozen=True)
class DenoiserTraining:
    """A run of ``train_denoiser.py``.

    Attributes:
        autoencoder: run folder of a trained autoencoder.
        crop_slices: latent slices cut from a case at random; 0 takes all. A 2D model takes single slices.
        drop: probability of leaving a condition out, by kind.
        open_fields: probability of leaving each field of a description open.
        partial_mask: probability of showing only UMD's labels of a mask.
        time_sd, time_shift: of the logit-normal training times.
        vocabulary_sentences: sentences the tokenizer is trained on.
        text_encoder: folder of a frozen Hugging Face encoder in the place of the trained one; its width is
            ``model.conditions.text_encoder_width``.
    """

    name: str
    cases: CasesConfig
    autoencoder: str
    model: DenoiserConfig = field(default_factory=DenoiserConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    cadence: CadenceConfig = field(default_factory=CadenceConfig)
    crop_slices: int = 0
    drop: dict[str, float] = field(default_factory=dict)
    open_fields: float = 0.3
    partial_mask: float = 0.15
    time_sd: float = 1.0
    time_shift: float = 1.0
    vocabulary_sentences: int = 20000
    text_encoder: str | None = None
    seed: int = 0
