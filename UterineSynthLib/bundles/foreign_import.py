"""A network that others trained as a bundle: converted, checked against its description, described by a card."""

from __future__ import annotations

import contextlib
import io
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from UterineSynthLib.bundles.bundle import Bundle, read_bundle
from UterineSynthLib.bundles.foreign_checkpoint import checkpoint_tensors
from UterineSynthLib.bundles.foreign_network import Constants, foreign_config
from UterineSynthLib.bundles.inference_config import InferenceConfig, ModelGrid, QualitySteps, Way, WayConfig
from UterineSynthLib.bundles.ledger import Ledger, TrainingData
from UterineSynthLib.bundles.metadata import SYNTHETIC_STATEMENT, BundleMetadata, tested_versions
from UterineSynthLib.bundles.writing import BundleParts, write_bundle
from UterineSynthLib.diffusion.names import TRAIN_STEPS, PredictionName, SamplerName, ScheduleName
from UterineSynthLib.errors import BundleError
from UterineSynthLib.networks.generators import MaisiDenoiserConfig, MonaiDenoiserConfig, PriorConfig
from UterineSynthLib.networks.spaces import PixelConfig, SpaceConfig

if TYPE_CHECKING:
    from torch import Tensor, nn

_PRIOR_ABOUT = "an autoencoder; what it draws by itself are decoded draws of a standard normal"
_NO_PRIOR_ABOUT = "an autoencoder without a prior, to train a denoiser in; what it draws by itself means nothing"


@dataclass(frozen=True)
class ForeignModel:
    """What is imported, and what a checkpoint does not say of itself.

    Attributes:
        checkpoint, network: files of the weights and of the description of the network.
        kind: one of :data:`UterineSynthLib.bundles.foreign_network.KINDS`; part: entry of the checkpoint.
        name: of the bundle; source: where the weights come from; licence: SPDX name of the licence they came under.
        grid: of the images it was trained on.
        autoencoder: bundle whose latents a diffusion network works on; None for pixels.
        constants: what the network is told and its description does not say.
        scale_factor: latents times this are what the diffusion network sees; None takes the scale of the bundle.
        schedule, prediction, train_steps: the process a diffusion network was trained on.
    """

    checkpoint: Path
    network: Path
    kind: str
    name: str
    source: str
    licence: str
    grid: ModelGrid
    part: str | None = None
    autoencoder: Path | None = None
    constants: Constants = field(default_factory=Constants)
    scale_factor: float | None = None
    schedule: ScheduleName = "scaled_linear"
    prediction: PredictionName = "epsilon"
    train_steps: int = TRAIN_STEPS


def import_model(model: ForeignModel, out: Path, overwrite: bool = False) -> Bundle:
    """Write the bundle of a network that others trained.

    Raises:
        BundleError: the checkpoint holds more than tensors, or other tensors than the network has.
        ConfigError: the description does not fit, or network and autoencoder do not fit together.
        OutputError: there is something at ``out`` already.
    """
    config = foreign_config(model.network, model.kind, model.constants)
    tensors = checkpoint_tensors(model.checkpoint, model.part)
    if isinstance(config, MonaiDenoiserConfig):
        parts = _denoiser_parts(model, config, tensors)
    else:
        parts = _autoencoder_parts(model, config, tensors)
    return write_bundle(out, parts, storage="float32", overwrite=overwrite)


def converted(network: nn.Module, tensors: dict[str, Tensor], source: Path) -> dict[str, Tensor]:
    """State of ``network`` from tensors in its own names or in those of monai-generative 0.2.

    Raises:
        BundleError: a tensor is missing, left over or of another shape.
    """
    left = dict(tensors)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            from_old = getattr(network, "load_old_state_dict", None)
            if from_old is not None and set(left) != set(network.state_dict()):
                from_old(left)
            else:
                network.load_state_dict(left)
                left.clear()
    except (KeyError, RuntimeError) as error:
        said = " ".join(str(error).split())[:240]
        raise BundleError(source, f"its tensors are not those of the described network ({said})") from error
    if left:
        raise BundleError(source, f"tensor {min(left)} is not the described network's ({len(left)} such)")
    return network.state_dict()


def _autoencoder_parts(model: ForeignModel, config: SpaceConfig, tensors: dict[str, Tensor]) -> BundleParts:
    from UterineSynthLib.networks.space_modules import autoencoder_of

    space = autoencoder_of(config)  # type: ignore[arg-type]
    _fill(space.network, tensors, model.checkpoint)  # type: ignore[arg-type]
    mean, std = space.prescribed_scale() or ([0.0] * config.latent_channels, [1.0] * config.latent_channels)
    prior = PriorConfig(2 if model.grid.shape[0] == 1 else 3, config.latent_channels)
    steps = WayConfig(steps=QualitySteps(1, 1, 1))
    inference = InferenceConfig(
        autoencoder=config,
        denoiser=prior,
        latent_mean=tuple(mean),
        latent_std=tuple(std),
        grid=model.grid,
        anatomy_first=steps,
        direct=steps,
        default_way=Way.DIRECT,
    )
    about = _PRIOR_ABOUT if config.has_prior else _NO_PRIOR_ABOUT
    return _parts(model, inference, about, space.state_dict(), {}, ())


def _denoiser_parts(model: ForeignModel, config: MonaiDenoiserConfig, tensors: dict[str, Tensor]) -> BundleParts:
    from UterineSynthLib.networks.generator_modules import generator_of

    timed = _timed(config, model)
    denoiser = generator_of(timed)
    _fill(denoiser.unet, tensors, model.checkpoint)  # type: ignore[arg-type]
    space, mean, std, state, entries = _space(model, config)
    sampler: SamplerName = "euler" if model.schedule == "rectified_flow" else "ddim"
    way = WayConfig(sampler=sampler, steps=QualitySteps(10, 50, min(250, model.train_steps)))
    inference = InferenceConfig(
        autoencoder=space,
        denoiser=timed,
        latent_mean=mean,
        latent_std=std,
        grid=model.grid,
        schedule=model.schedule,
        prediction=model.prediction,
        train_steps=model.train_steps,
        anatomy_first=way,
        direct=way,
        default_way=Way.DIRECT,
    )
    return _parts(model, inference, _about(timed), state, denoiser.state_dict(), entries)


def _fill(network: nn.Module, tensors: dict[str, Tensor], source: Path) -> None:
    network.load_state_dict(converted(network, tensors, source))


def _timed(config: MonaiDenoiserConfig, model: ForeignModel) -> MonaiDenoiserConfig:
    """MONAI's DDPM counts its steps from 0; its rectified flow from 1, and its velocity points to the image."""
    is_flow = model.schedule == "rectified_flow"
    return replace(config, timesteps=model.train_steps, first_step=0 if is_flow else -1, points_to_image=is_flow)


def _about(config: MonaiDenoiserConfig) -> str:
    """What a diffusion network is, and what it is told of all that it makes."""
    told = []
    if isinstance(config, MaisiDenoiserConfig):
        told += ["the voxel size of the grid"] if config.takes_spacing else []
        told += [] if config.body_region is None else [f"the body from {' to '.join(config.body_region)}"]
        told += [f"the kind of image number {config.modality}"] if config.modalities else []
    return f"a diffusion network that is told {', '.join(told)}" if told else "a diffusion network without conditions"


def _space(
    model: ForeignModel, config: MonaiDenoiserConfig
) -> tuple[SpaceConfig, tuple[float, ...], tuple[float, ...], dict[str, Tensor], tuple[TrainingData, ...]]:
    """Space, scale of the latents, weights and ledger entries of what a diffusion network works on."""
    channels = config.latent_channels
    if model.autoencoder is None:
        return PixelConfig(channels), (0.0,) * channels, (1.0,) * channels, {}, ()
    bundle = read_bundle(model.autoencoder)
    codec = bundle.load_codec()
    mean, std = codec.mean, codec.std
    if model.scale_factor is not None:
        mean, std = (0.0,) * len(mean), (1 / model.scale_factor,) * len(std)
    return bundle.inference.autoencoder, mean, std, codec.autoencoder.state_dict(), bundle.ledger.entries


def _parts(
    model: ForeignModel,
    inference: InferenceConfig,
    about: str,
    autoencoder: dict[str, Tensor],
    denoiser: dict[str, Tensor],
    entries: tuple[TrainingData, ...],
) -> BundleParts:
    own = TrainingData(
        name=model.name,
        source=model.source,
        licence=model.licence,
        terms="as the licence of the imported weights says; what they were trained on is not known here",
        cases=0,
        is_phantom=False,
    )
    ledger = Ledger(model.licence, (own, *entries))
    versions: dict[str, Any] = tested_versions()
    metadata = BundleMetadata(
        name=model.name,
        version="imported",
        description=f"Imported weights: {about}.",
        phantom_trained=False,
        statement=SYNTHETIC_STATEMENT,
        data_source=model.source,
        references=("MONAI, arXiv 2211.02701", "Generative models in MONAI, arXiv 2307.15208"),
        **versions,
    )
    licence = (
        f"These weights come from {model.source} under the licence {model.licence}.\n"
        "Its text and terms apply; they were given by whoever imported the weights."
    )
    return BundleParts(
        metadata=metadata,
        inference=inference,
        ledger=ledger,
        card=_card(model, inference, about),
        licence=licence,
        tokenizer_json=None,
        autoencoder_state=autoencoder,
        denoiser_state=denoiser,
    )


def _card(model: ForeignModel, inference: InferenceConfig, about: str) -> str:
    count = math.prod(inference.grid.shape)
    return "\n\n".join(
        [
            f"# {model.name}",
            f"Imported from {model.source}: {about}.",
            f"**{SYNTHETIC_STATEMENT}**",
            f"- Licence of the weights, as stated on importing: {model.licence}.\n"
            f"- Grid: {inference.grid} ({count} voxels).\n"
            f"- Conditions that a request could name: none.\n"
            f"- Process: {inference.schedule}, prediction {inference.prediction}, {inference.train_steps} steps.",
            "Nothing was measured here, and what the weights were trained on is not known to this program. "
            "Orientation and intensity of its images are those of its training data, which need not be a pelvis.",
        ]
    )
