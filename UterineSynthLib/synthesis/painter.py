"""The networks of a bundle on a device: a condition and a seed become a picture in [-1, 1]. The torch side."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from UterineSynthLib.bundles.bundle import Bundle
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.diffusion.guess import GuessingNetwork
from UterineSynthLib.diffusion.guidance import GuidedNetwork
from UterineSynthLib.diffusion.process import process_of
from UterineSynthLib.diffusion.samplers import Sampler, sample, solver_of, time_grid
from UterineSynthLib.diffusion.seeds import noise_for, step_noise_for
from UterineSynthLib.errors import ConfigError, Stopped, UterineSynthError
from UterineSynthLib.heap import keep_freed_memory
from UterineSynthLib.networks.assemble import SentenceEncoder, condition_of, null_of
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.colouring import Colouring
from UterineSynthLib.networks.condition import Condition
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.sentence_folder import SentenceFolder
from UterineSynthLib.networks.style_prior import StyleCode
from UterineSynthLib.networks.tone import Tones
from UterineSynthLib.synthesis.device import ComputeDevice
from UterineSynthLib.synthesis.launches import autocast_of, launched, replayed
from UterineSynthLib.synthesis.progress import ShouldStop, Stage
from UterineSynthLib.synthesis.settings import SamplingSettings
from UterineSynthLib.volumes.partial_volume import PartialVolume
from UterineSynthLib.volumes.structures import without_parts

Tell = Callable[[Stage, int, int], None]
_SLICES_AT_ONCE = 8
"""Slices decoded together; a bound on memory and on the time until a stop is heard."""


class Painter:
    """Denoiser and decoder, ready on one device; float32 weights, matrix products in the device's precision."""

    def __init__(
        self,
        bundle: Bundle,
        codec: LatentCodec,
        denoiser: nn.Module,
        words: SentenceEncoder | None,
        compute: ComputeDevice,
        replays: bool = True,
    ) -> None:
        self._inference = bundle.inference
        self._codec, self._words, self._compute = codec, words, compute
        said = bundle.inference
        self._process = process_of(said.schedule, said.prediction, said.train_steps, said.clip)
        own = denoiser if isinstance(denoiser, ConditionedUNet) else None
        in_deviations = own is not None and own.config.in_deviations
        self._network = GuessingNetwork(denoiser, self._process, in_deviations, said.draws)
        self._sketcher = None if own is None else own.sketcher
        is_replayed = own is not None and compute.device.type == "cuda" and replays
        launches = partial(replayed, compute=compute) if is_replayed else launched
        self._run = launches(self._network, codec, self._sketcher)
        self._coloured = Colouring(bundle.inference.colour)
        self._grain = Colouring(None if said.grain is None else said.grain.colour)
        self._latent_shape = codec.latent_shape(bundle.inference.grid.shape)

    @classmethod
    def of_bundle(
        cls, bundle: Bundle, compute: ComputeDevice, text_encoder: Path | None = None, replays: bool = True
    ) -> Painter:
        """Load the networks of a bundle on a device.

        ``text_encoder`` is the folder of an external encoder; ``replays`` makes CUDA graphs of our own networks.
        """
        if compute.device.type == "cpu":
            keep_freed_memory()
        codec, denoiser = bundle.load_codec(), bundle.load_denoiser()
        codec.autoencoder.to(compute.device)
        return cls(bundle, codec, denoiser.to(compute.device), _words(bundle, text_encoder), compute, replays)

    @property
    def takes_partial_volume(self) -> bool:
        """Whether a condition may tell what voxels hold besides their label."""
        return self._sketcher is not None and self._sketcher.config.partial_volume

    @property
    def takes_texture(self) -> bool:
        """Whether that may be what tissues hold besides themselves."""
        return self._sketcher is not None and self._sketcher.knows_texture

    def condition(
        self,
        description: UterusDescription,
        text: str | None,
        labels: npt.NDArray[np.uint8] | None,
        stream: tuple[int, int],
        partial: PartialVolume | None = None,
    ) -> Condition:
        """The condition of one sample; ``labels`` is ``[D, H, W]`` on the model's grid, ``stream`` is (seed, index).

        Parts that the model was not taught to tell apart are the structure that they lie in. ``partial`` is for a
        model whose sketch is shown what voxels hold besides their label.
        """
        config, grid, prior = self._inference.denoiser.conditions, self._inference.grid, self._inference.tones
        if labels is not None:
            labels = without_parts(labels, config.mask_labels)
        if partial is not None:
            partial = partial.folded(lambda second: without_parts(second, config.mask_labels))
        tones = None if prior is None else prior.draw(description, *stream, labels)
        style = None if self._inference.styles is None else self._inference.styles.draw(*stream)
        tone, deviation = self._tone(labels, tones, style, partial) if config.tone else (None, None)
        condition = condition_of(
            config, grid.shape, grid.spacing_mm, description, text, labels, self._words, tone=tone, tone_sd=deviation
        )
        return condition.to(self._compute.device)

    @torch.inference_mode()
    def paint(
        self,
        condition: Condition,
        settings: SamplingSettings,
        seed: int,
        index: int,
        tell: Tell,
        should_stop: ShouldStop,
    ) -> npt.NDArray[np.float32]:
        """Sample and decode volume ``index`` of a run: ``float32 [C, D, H, W]`` in [-1, 1].

        Raises:
            Stopped: ``should_stop`` said so; it is asked before every step.
            UterineSynthError: the network's result is not finite.
        """
        latents = self._latents(condition, settings, (seed, index), tell, should_stop)
        unit = self._grained(self._decoded(latents, tell, should_stop), seed, index)
        if not bool(torch.isfinite(unit).all()):
            raise UterineSynthError("the model's result holds NaN or infinite voxels; its weights are not usable")
        return unit[0].float().cpu().numpy()

    @torch.inference_mode()
    def _tone(
        self,
        labels: npt.NDArray[np.uint8] | None,
        tones: Tones | None,
        style: StyleCode | None,
        partial: PartialVolume | None,
    ) -> tuple[Tensor, Tensor | None]:
        """Latents of the label map in its tones and style, typical ones by default, and how far the image's may lie
        from them.

        Zeros where there is no label map; no deviation from a model without a sketch.
        """
        nothing = torch.zeros(1, *self._latent_shape)
        if labels is None:
            return nothing, None if self._sketcher is None else nothing
        with self._autocast():
            if self._sketcher is None:
                return self._codec.tone_of(labels, tones).float(), None
            assert self._run.sketch is not None, "there is a sketcher to run"
            sketch = self._run.sketch(*self._sketcher.inputs_of(labels, tones, style, partial))
        return self._codec.whiten(sketch.mean), self._codec.whiten_deviation(sketch.deviation)

    def _noise_shape(self) -> tuple[int, ...]:
        channels, slices, rows, columns = self._latent_shape
        return (channels, rows, columns) if self._inference.dimension == 2 else (channels, slices, rows, columns)

    def _latents(
        self,
        condition: Condition,
        settings: SamplingSettings,
        stream: tuple[int, int],
        tell: Tell,
        should_stop: ShouldStop,
    ) -> Tensor:
        """Final latents ``(1, C, d, h, w)``, or ``(1, C, 1, h, w)`` of a 2D model; ``stream`` is (seed, index)."""
        seed, index = stream
        temperature = self._inference.temperature
        white = noise_for(seed, index, self._noise_shape())[None].to(self._compute.device, non_blocking=True)
        noise = temperature * self._coloured(white)
        fresh = step_noise_for(seed, [index], white.shape[1:])
        guided = GuidedNetwork(self._run.predict, condition, null_of(condition), settings.guidance_scale)
        tell(Stage.DENOISING, 0, settings.steps)
        with self._autocast():
            latents = sample(
                self._process.denoiser(guided),
                noise,
                self._process.schedule,
                time_grid(settings.steps, self._inference.time_shift),
                solver_of(Sampler(settings.sampler), settings.eta or 0.0),
                lambda step: temperature * self._coloured(fresh(step)),
                lambda step, steps: tell(Stage.DENOISING, step, steps),
                should_stop,
            )
        return latents.float().reshape(1, *self._latent_shape)

    def _decoded(self, latents: Tensor, tell: Tell, should_stop: ShouldStop) -> Tensor:
        """Volume ``(1, C, D, H, W)``; slices that do not know of each other are decoded a few at a time."""
        alone = self._inference.autoencoder.works_slice_by_slice
        pieces = list(torch.split(latents, _SLICES_AT_ONCE, dim=2)) if alone else [latents]
        tell(Stage.DECODING, 0, len(pieces))
        decoded = []
        for number, piece in enumerate(pieces):
            if should_stop():
                raise Stopped(f"stopped after decoding {number} of {len(pieces)} parts")
            decoded.append(self._run.decode(piece))
            tell(Stage.DECODING, number + 1, len(pieces))
        return torch.cat(decoded, dim=2)

    def _grained(self, unit: Tensor, seed: int, index: int) -> Tensor:
        """An image with the grain of a study; magnitudes are not negative, and the brightest stay in range."""
        grain = self._inference.grain
        if grain is None:
            return unit
        white = noise_for(seed, index, unit.shape[1:], "grain")[None].to(unit.device)
        return (unit + grain.draw_sd(seed, index) * self._grain(white)).clamp(-1.0, 1.0)

    def _autocast(self) -> AbstractContextManager[object]:
        return autocast_of(self._compute)


def _words(bundle: Bundle, folder: Path | None) -> SentenceEncoder | None:
    """What turns a sentence into the model's text condition; None for a model that takes no text.

    Raises:
        ConfigError: the model was trained with an external encoder and none is given, or the other way round.
    """
    width = bundle.inference.denoiser.conditions.text_encoder_width
    if not bundle.inference.denoiser.conditions.text:
        return None
    if width == 0 and folder is None:
        return bundle.load_tokenizer()
    if width == 0:
        raise ConfigError(f"model {bundle.metadata.name} reads text with its own encoder; leave --text-encoder away")
    if folder is None:
        raise ConfigError(
            f"model {bundle.metadata.name} was trained with an external text encoder of width {width}; "
            "give its folder with --text-encoder"
        )
    return SentenceFolder(folder)
