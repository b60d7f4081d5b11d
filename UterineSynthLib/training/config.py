"""What a training run is: frozen, typed, printed, saved beside its output."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Literal

from UterineSynthLib.dataset.preprocessing import Preprocessing
from UterineSynthLib.diffusion.names import (
    TRAIN_STEPS,
    LossName,
    PredictionName,
    SamplerName,
    ScheduleName,
    TimesName,
    WeightName,
    check_eta,
    check_process,
)
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.config import AutoencoderConfig, DenoiserConfig
from UterineSynthLib.networks.spaces import AutoencoderKind, PixelConfig
from UterineSynthLib.records import record

_MOST_LOADERS = 8


@dataclass(frozen=True)
class CasesConfig:
    """Where the cases come from and the grid they are brought to.

    Attributes:
        manifests: JSON-lines or CSV manifests, relative to the working folder.
        grid: the model's grid and how a study is brought there.
        cache: folder of the prepared arrays.
        workers: processes that prepare cases, and that draw batches ahead of the training; null for one a core, and
            none for batches where the cores are what trains. A script of one's own needs the usual
            ``if __name__ == "__main__":`` for them.
    """

    manifests: tuple[str, ...]
    grid: Preprocessing
    cache: str = "runs/cache"
    workers: int | None = None

    def __post_init__(self) -> None:
        if not self.manifests:
            raise ConfigError("cases.manifests: name at least one manifest")
        if self.workers is not None and self.workers < 0:
            raise ConfigError(f"cases.workers = {self.workers}; must be 0 or more, or null")

    @property
    def preparers(self) -> int:
        """Processes that prepare cases."""
        return (os.cpu_count() or 1) if self.workers is None else self.workers

    def loaders(self, is_beside_gpu: bool) -> int:
        """Processes that draw batches; they share the memory of the training by forking, which not every system can."""
        if not hasattr(os, "fork"):
            return 0
        usual = min(_MOST_LOADERS, (os.cpu_count() or 1) - 1) if is_beside_gpu else 0
        return usual if self.workers is None else self.workers


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with warm-up and cosine decay.

    Attributes:
        steps: optimiser steps in all; 0 keeps a denoiser's start as it is, under the sketch, greys, styles and colour
            of noise of this run; minutes: of training in all, resumptions counted together, null for no such limit;
            what is reached first ends the training, and the learning rate follows what is nearer.
        batch_size: samples a process and step.
        momentum: the first of AdamW's two decays; 0 is usual beside a critic, who changes as fast as it is fooled.
        gradient_clip: largest norm of the gradient; ema_decay: of the published weights.
        precision: ``auto`` is bfloat16 on a GPU that has it, else float32.
    """

    steps: int = 20000
    batch_size: int = 8
    learning_rate: float = 2e-4
    final_learning_rate_share: float = 0.05
    warmup_steps: int = 200
    weight_decay: float = 1e-4
    momentum: float = 0.9
    gradient_clip: float = 1.0
    ema_decay: float = 0.999
    precision: Literal["auto", "bf16", "no"] = "auto"
    minutes: float | None = None

    def __post_init__(self) -> None:
        if self.minutes is not None and self.minutes <= 0:
            raise ConfigError(f"optimiser.minutes = {self.minutes:g}; must be above 0, or null for no limit")
        if not 0 <= self.momentum < 1:
            raise ConfigError(f"optimiser.momentum = {self.momentum:g}; must be at least 0 and below 1")
        if self.steps < 0 or self.batch_size < 1:
            raise ConfigError(
                f"optimiser: steps = {self.steps}, batch_size = {self.batch_size}; must be at least 0 and 1"
            )

    def check_trains(self) -> None:
        """Raise :class:`ConfigError` unless something is trained: there is no start to keep as it is."""
        if self.steps == 0:
            raise ConfigError(
                "optimiser.steps = 0 keeps the denoiser of start_from as it is, and here is none; at least 1"
            )


@dataclass(frozen=True)
class CadenceConfig:
    """How often, in steps, a run logs scalars, saves its state, publishes a snapshot and draws a sheet."""

    log: int = 20
    checkpoint: int = 500
    snapshot: int = 5000
    sheet: int = 1000


@dataclass(frozen=True)
class AdversaryConfig:
    """Critics of slices and of volumes that a reconstruction has to pass (:mod:`UterineSynthLib.networks.critics`).

    Attributes:
        start_step: the autoencoder trains alone before.
        weight: of passing for real; adaptive: times the ratio of the gradients of pixel error and critics at the last
            convolution (VQGAN, arXiv 2012.09841, equation 7).
        feature_weight: of feature matching.
        channels, layers: of the patch discriminators; slices, volumes: which of them there are.
    """

    start_step: int = 10000
    weight: float = 1.0
    adaptive: bool = False
    feature_weight: float = 4.0
    channels: int = 64
    layers: int = 3
    slices: bool = True
    volumes: bool = True

    def check_fits(self, crop: tuple[int, int, int]) -> None:
        """Raise :class:`ConfigError` where a critic would have no patch left to judge in crops of this size."""
        least = 3 * 2**self.layers
        if min(crop[1:]) < least or (self.volumes and crop[0] < least):
            raise ConfigError(
                f"adversary: a critic of {self.layers} layers needs at least {least} voxels a side, crop is {crop}; "
                "use fewer layers, a larger crop, or 'volumes: false' for thin crops"
            )


@record("uterinesynth.training.autoencoder")
@dataclass(frozen=True)
class AutoencoderTraining:
    """A run of ``train_autoencoder.py``.

    Attributes:
        model: what is trained: KL autoencoder, VQ-GAN or one of MONAI's, told apart by ``schema``.
        crop: (slices, rows, columns) cut from a case at random.
        pixel_weight: weight of the L1 distance of voxels.
        kl_weight: weight of the Kullback-Leibler term, a voxel; commitment_weight: of the distance to the codes.
        edge_weight: weight of the L1 distance of in-plane gradients.
        perceptual: folder of a feature network (:mod:`UterineSynthLib.networks.perceptual`); perceptual_weight: of the
            distance of its features. Nothing is downloaded: without a folder edges stand in for it.
        adversary: critics; null for none.
    """

    name: str
    cases: CasesConfig
    model: AutoencoderKind = field(default_factory=AutoencoderConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    cadence: CadenceConfig = field(default_factory=CadenceConfig)
    crop: tuple[int, int, int] = (1, 128, 128)
    pixel_weight: float = 1.0
    kl_weight: float = 1e-6
    commitment_weight: float = 0.25
    edge_weight: float = 0.5
    perceptual: str | None = None
    perceptual_weight: float = 1.0
    adversary: AdversaryConfig | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self.optimiser.check_trains()
        if self.adversary is not None:
            self.adversary.check_fits(self.crop)


@dataclass(frozen=True)
class DrawCriticConfig:
    """A critic of draws (:mod:`UterineSynthLib.networks.draw_critic`).

    Attributes:
        channels: width of its layers; weight: of passing for a study, beside the score.
    """

    channels: int = 64
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.channels < 8 or self.channels % 8:
            raise ConfigError(f"few_steps.critic: channels = {self.channels}; must be a multiple of 8")
        if self.weight <= 0:
            raise ConfigError(f"few_steps.critic: weight = {self.weight:g}; must be above 0, or leave the critic away")


@dataclass(frozen=True)
class FewStepsConfig:
    """Few-step sampling, taught by a scoring rule (:mod:`UterineSynthLib.training.few_step_task`), and by a critic.

    Two draws are made for every case of a batch: a step costs what matching twice as many cases does.

    Attributes:
        steps: numbers of Euler steps to teach; each batch draws one of them, and how far along it is.
        patches: sides, in latents, of the patches that have to be drawn from the right distribution.
        score: what is compared: the channels of the ``latents``, or the ``components`` of the noise's colour, each of
            variance 1: there a combination of channels that hardly ever varies counts as much as any.
        critic: who is shown draws beside studies; null for the score alone.
    """

    steps: tuple[int, ...] = (1, 2, 4)
    patches: tuple[int, ...] = (1, 3, 7)
    score: Literal["latents", "components"] = "latents"
    critic: DrawCriticConfig | None = None

    def __post_init__(self) -> None:
        for name, values, such in (("steps", self.steps, "[1, 2, 4]"), ("patches", self.patches, "[1, 3, 7]")):
            if not values or min(values) < 1:
                raise ConfigError(f"few_steps.{name} = {list(values)}: name whole numbers from 1 on, such as {such}")


@record("uterinesynth.training.sketch")
@dataclass(frozen=True)
class SketchTraining:
    """A run of ``train_sketch.py``.

    Attributes:
        autoencoder: run folder of a trained autoencoder, or a bundle with one.
        start_from: run of another sketch, or a bundle with one, to go on with other cases; null starts anew.
        model: the denoiser that the sketch is for; ``model.sketch`` is the sketch's own.
        crop_slices: slices of a study in a batch, 0 takes all; its style is read from these.
        partial_mask: probability of showing only UMD's labels of them.
        unmixed: probability of showing no mixture of two organs to a sketch with ``partial_volume``, only those of an
            organ with its parts, as a drawn mask is shown.
        uterus_weight: what an error in the uterus or its lesions counts, where one elsewhere counts 1: they are a
            twentieth of a study, and what it is looked at for.
        deviation_weight: weight of the likelihood of the deviation beside the squared error of the mean.
        style_weight: of each nat that is read from a study beyond the usual style; what a nat has to gain in error.
    """

    name: str
    cases: CasesConfig
    autoencoder: str
    model: DenoiserConfig
    start_from: str | None = None
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    cadence: CadenceConfig = field(default_factory=CadenceConfig)
    crop_slices: int = 1
    partial_mask: float = 0.15
    unmixed: float = 0.25
    uterus_weight: float = 1.0
    deviation_weight: float = 0.25
    style_weight: float = 0.0001
    seed: int = 0

    def __post_init__(self) -> None:
        self.optimiser.check_trains()
        if self.model.sketch is None:
            raise ConfigError("model.sketch: say what is to be trained, such as {channels: 64, blocks: 4}")
        if not 0 <= self.unmixed <= 1:
            raise ConfigError(f"unmixed = {self.unmixed:g}; a probability lies between 0 and 1")
        for name in ("crop_slices", "style_weight", "uterus_weight"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} = {getattr(self, name):g}; must be 0 or more")


@record("uterinesynth.training.denoiser")
@dataclass(frozen=True)
class DenoiserTraining:
    """A run of ``train_denoiser.py``.

    Attributes:
        autoencoder: run folder of a trained autoencoder, or a bundle with one; null for a model of ``pixels``.
        start_from: run or bundle whose denoiser, tokenizer and latent scale this one starts from, to go on with other
            cases; it must have the same ``model`` (only ``spatial_dims`` of factorised convolutions may differ).
        sketch: run folder of ``train_sketch.py``, or a bundle, for a model with a ``model.sketch``; null takes that of
            the start.
        pixels: the image as it is, in the place of an autoencoder's latents.
        crop_slices: latent slices cut from a case at random; 0 takes all. A 2D model takes single slices.
        drop: probability of leaving a condition out, by kind.
        open_fields: probability of leaving each field of a description open.
        partial_mask: probability of showing only UMD's labels of a mask.
        schedule, prediction, train_steps: the diffusion process (:mod:`UterineSynthLib.diffusion.names`).
        clip: hold the clean latents in [-1, 1] when sampling, for models of pixels.
        sampler, eta: what the published model samples with by default.
        loss: distance of the prediction; loss_weight: by time, ``min_snr`` with ``min_snr_gamma``.
        times: how training times are drawn; ``grid`` takes the steps of a discrete schedule.
        time_sd, time_shift: of the logit-normal training times; ``time_shift`` is also that of sampling.
        few_steps: teach sampling in few steps, from a trained start; null for matching alone.
        noise: ``coloured`` starts from noise with the correlations of what the sketch leaves open in the cases
            (:mod:`UterineSynthLib.networks.noise_colour`), or those of the start.
        grain: find out what the autoencoder loses of the images (:mod:`UterineSynthLib.networks.grain`), so that
            samples are given as much.
        silent_start: begin with a last convolution of zeros, where what the start adds to (sketch, noise) has changed.
        vocabulary_sentences: sentences the tokenizer is trained on.
        text_encoder: folder of a frozen Hugging Face encoder in the place of the trained one; its width is
            ``model.conditions.text_encoder_width``.
    """

    name: str
    cases: CasesConfig
    autoencoder: str | None = None
    pixels: PixelConfig | None = None
    start_from: str | None = None
    sketch: str | None = None
    model: DenoiserConfig = field(default_factory=DenoiserConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    cadence: CadenceConfig = field(default_factory=CadenceConfig)
    crop_slices: int = 0
    drop: dict[str, float] = field(default_factory=dict)
    open_fields: float = 0.3
    partial_mask: float = 0.15
    schedule: ScheduleName = "rectified_flow"
    prediction: PredictionName = "velocity"
    train_steps: int = TRAIN_STEPS
    clip: bool = False
    sampler: SamplerName = "euler"
    eta: float = 0.0
    loss: LossName = "mse"
    loss_weight: WeightName = "none"
    min_snr_gamma: float = 5.0
    times: TimesName = "logit_normal"
    time_sd: float = 1.0
    time_shift: float = 1.0
    few_steps: FewStepsConfig | None = None
    noise: Literal["white", "coloured"] = "white"
    grain: bool = False
    silent_start: bool = False
    vocabulary_sentences: int = 20000
    text_encoder: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.start_from is None:
            self.optimiser.check_trains()
        if (self.autoencoder is None) == (self.pixels is None):
            raise ConfigError(
                "autoencoder: name the run folder of one for a model of latents, or write 'autoencoder: null' and "
                "'pixels: {image_channels: 1}' for a model of pixels"
            )
        self._check_sketch()
        if self.grain and self.pixels is not None:
            raise ConfigError("grain: a model of pixels has no autoencoder that loses any; leave it out")
        if self.silent_start and self.start_from is None:
            raise ConfigError("silent_start: there is no start; a new denoiser is silent anyway")
        check_eta(self.sampler, self.eta)
        check_process(self.schedule, self.prediction, self.train_steps)
        if self.few_steps is not None and self.start_from is None:
            raise ConfigError("few_steps: draws are taught to a trained model; name its run or bundle as start_from")
        if self.few_steps is not None and self.few_steps.score == "components" and self.noise == "white":
            raise ConfigError("few_steps.score: components are those of coloured noise; write 'noise: coloured'")
        if self.min_snr_gamma <= 0:
            raise ConfigError(f"min_snr_gamma = {self.min_snr_gamma:g}: must be above 0; 5 is usual")

    def _check_sketch(self) -> None:
        if self.sketch is not None and self.model.sketch is None:
            raise ConfigError("sketch: this model has none; write model.sketch as the sketch's own preset has it")
        if self.model.sketch is not None and self.sketch is None and self.start_from is None:
            raise ConfigError("sketch: name the run of Training/train_sketch.py that this model's tone is painted by")
        if self.noise == "coloured" and self.model.sketch is None:
            raise ConfigError("noise: its colour is that of what a sketch leaves open; give model.sketch, or 'white'")
