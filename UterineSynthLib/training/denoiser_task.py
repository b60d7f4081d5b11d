"""Training of a conditional denoiser on cached latents."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from UterineSynthLib.description.rendering import render
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.diffusion.guess import GuessingNetwork
from UterineSynthLib.diffusion.guidance import GuidedNetwork
from UterineSynthLib.diffusion.objective import WEIGHTS, draw_grid_times, draw_times, prediction_loss
from UterineSynthLib.diffusion.process import process_of
from UterineSynthLib.diffusion.samplers import sample, time_grid
from UterineSynthLib.diffusion.seeds import noise_for
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.assemble import SentenceEncoder, condition_of, null_of
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.colouring import Colouring
from UterineSynthLib.networks.condition import KINDS, Condition
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.noise_colour import NoiseColour
from UterineSynthLib.training.config import DenoiserTraining
from UterineSynthLib.training.latents import LatentCase, uterine_slices
from UterineSynthLib.training.opening import opened
from UterineSynthLib.volumes.contact_sheet import mosaic, write_contact_sheet
from UterineSynthLib.volumes.structures import to_umd

_ALL = "all"
"""Key of ``drop`` that leaves out every condition but the spacing, as guidance needs."""
_SHEET_CASES, _SHEET_STEPS, _SHEET_GUIDANCE, _PHRASINGS = 4, 12, 2.0, 1000


class Look(NamedTuple):
    """A row of a sheet: how the model is asked.

    Attributes:
        time_shift: of sampling; without: kinds of conditions that are left out.
    """

    caption: str
    steps: int
    time_shift: float = 1.0
    without: tuple[str, ...] = ()
    guidance: float = 1.0

    @property
    def times(self) -> Tensor:
        """Of the sampler."""
        return time_grid(self.steps, self.time_shift)


class _Noised(NamedTuple):
    """Clean latents, noise shaped alike, times ``(B,)`` and conditions, some of them dropped."""

    clean: Tensor
    noise: Tensor
    t: Tensor
    condition: Condition


class _Mask(NamedTuple):
    """A label map ``[D, H, W]`` with its final latents in tones, and how far the study's may lie from these."""

    labels: npt.NDArray[np.uint8] | None
    tone: Tensor | None
    tone_sd: Tensor | None


class DenoiserTask:
    """Matching of a prediction on latents drawn from their posterior, with every condition dropped now and then."""

    def __init__(
        self,
        config: DenoiserTraining,
        codec: LatentCodec,
        sentences: SentenceEncoder,
        cases: Sequence[LatentCase],
        unseen: Sequence[LatentCase],
        colour: NoiseColour | None = None,
    ) -> None:
        unknown = set(config.drop) - {*KINDS, _ALL}
        if unknown:
            raise ConfigError(f"drop.{min(unknown)}: no such condition; known are {', '.join((*KINDS, _ALL))}")
        space = codec.autoencoder.config
        config.model.check_space(space.latent_channels, space.reductions)
        codec.latent_shape(cases[0].case.volume.shape)
        slices = config.crop_slices or cases[0].mean.shape[1]
        config.model.check_shape((slices, *cases[0].mean.shape[2:]))
        self.config, self.codec, self.sentences = config, codec, sentences
        self.cases, self.unseen = cases, unseen
        self.coloured = Colouring(colour)
        self.process = process_of(config.schedule, config.prediction, config.train_steps, config.clip)
        torch.manual_seed(config.seed)
        self.denoiser = ConditionedUNet(config.model)
        self.model: nn.Module = self._trained()

    def _trained(self) -> nn.Module:
        """What is trained: the denoiser, and whatever it needs beside it."""
        return self.denoiser

    def batch(self, generator: torch.Generator) -> Any:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        count = self.config.optimiser.batch_size
        clean, condition = self._cases(count, generator)
        t = self._times(count, generator)
        return _Noised(clean, self.coloured(torch.randn(clean.shape, generator=generator)), t, condition)

    def loss(self, model: nn.Module, batch: Any, step: int, device: torch.device) -> tuple[Tensor, dict[str, float]]:  # noqa: ARG002 (all steps are alike)
        """See :class:`UterineSynthLib.training.loop.Task`."""
        clean, noise, t = (part.to(device) for part in (batch.clean, batch.noise, batch.t))
        condition = batch.condition.to(device)
        x_t, target = self.process.noisy_pair(clean, t, noise)
        losses = prediction_loss(self.guessing(model)(x_t, t, condition), target, self.config.loss)
        weights = WEIGHTS[self.config.loss_weight](self.process, t, self.config.min_snr_gamma)
        return (weights * losses).mean(), _by_mask(losses.detach(), condition.present["mask"] > 0)

    def guessing(self, model: nn.Module) -> GuessingNetwork[Condition]:
        """The network together with what its condition lets it guess."""
        return GuessingNetwork(model, self.process, self.config.model.in_deviations)

    def published(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        return weights

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:
        """Unseen cases, and under each what the model makes of its mask and of its description."""
        chosen = self.unseen[:_SHEET_CASES]
        rows: list[npt.NDArray[np.float32]] = [self._slice_of(case.case.volume, case) for case in chosen]
        captions = ["case"] * len(chosen)
        for look in self._looks:
            for index, case in enumerate(chosen):
                condition = self._whole_condition(case).without(*look.without).to(device)
                rows.append(self._slice_of(self._generated(model, condition, look, index, device), case))
                captions.append(look.caption)
        write_contact_sheet(mosaic(rows, captions, title=self.config.name, columns=len(chosen)), path)

    @property
    def _looks(self) -> tuple[Look, ...]:
        return (
            Look("from its mask", _SHEET_STEPS),
            Look("from its description", _SHEET_STEPS, without=("mask",), guidance=_SHEET_GUIDANCE),
        )

    def _cases(self, count: int, generator: torch.Generator) -> tuple[Tensor, Condition]:
        """Clean latents of ``count`` cases drawn at random, and their conditions, some of them dropped."""
        chosen = torch.randint(len(self.cases), (count,), generator=generator)
        samples = [self._sample(self.cases[int(i)], generator) for i in chosen]
        clean = torch.cat([latents for latents, _ in samples])
        return clean, self._dropped(Condition.stacked([one for _, one in samples]), generator)

    def _times(self, count: int, generator: torch.Generator) -> Tensor:
        if self.config.times == "grid":
            return draw_grid_times(count, generator, self.config.train_steps)
        sd = 0.0 if self.config.times == "uniform" else self.config.time_sd
        return draw_times(count, generator, sd, self.config.time_shift)

    def _sample(self, case: LatentCase, generator: torch.Generator) -> tuple[Tensor, Condition]:
        rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
        span = self._span(case, rng)
        mean, std = (torch.from_numpy(a[:, span].astype(np.float32))[None] for a in (case.mean, case.std))
        latents = self.codec.resample(mean, std, generator)
        condition = self._condition(case, span, rng)
        return (latents[:, :, 0] if self._is_flat else latents), condition

    def _condition(self, case: LatentCase, span: slice, rng: np.random.Generator) -> Condition:
        slices = self._volume_slices(span)
        mask = self._mask(case, span, is_partial=rng.random() < self.config.partial_mask)
        description = case.case.description
        text = None
        if description is not None:
            description = opened(description, self.config.open_fields, rng)
            text = render(description, int(rng.integers(_PHRASINGS)))
        return self._assembled(case, slices, description, text, mask)

    def _whole_condition(self, case: LatentCase) -> Condition:
        span = self._central_span(case)
        mask = self._mask(case, span, is_partial=False)
        description = case.case.description
        text = None if description is None else render(description, 0)
        return self._assembled(case, self._volume_slices(span), description, text, mask)

    def _mask(self, case: LatentCase, span: slice, is_partial: bool) -> _Mask:
        """The label map of the volume slices under ``span``; UMD's labels if partial."""
        labels = case.case.labels
        tone, deviation = (case.umd_tone, case.umd_tone_sd) if is_partial else (case.tone, case.tone_sd)
        shown = None if labels is None else np.asarray(labels[self._volume_slices(span)])
        if shown is not None and is_partial:
            shown = to_umd(shown)
        model = self.config.model
        if not model.conditions.tone:
            return _Mask(shown, None, None)
        nothing = torch.zeros(1, *case.mean[:, span].shape)
        return _Mask(
            shown,
            nothing if tone is None else self.codec.whiten(_cut(tone, span)),
            None if model.sketch is None else nothing if deviation is None else self._deviation(deviation, span),
        )

    def _deviation(self, raw: npt.NDArray[np.generic], span: slice) -> Tensor:
        return self.codec.whiten_deviation(_cut(raw, span))

    def _volume_slices(self, span: slice) -> slice:
        ratio = self.codec.autoencoder.config.reductions[0]
        return slice(span.start * ratio, span.stop * ratio)

    def _assembled(
        self,
        case: LatentCase,
        slices: slice,
        description: UterusDescription | None,
        text: str | None,
        mask: _Mask,
    ) -> Condition:
        volume, spacing = case.case.volume, case.case.spacing_mm
        middle = (len(volume) - 1) / 2
        return condition_of(
            self.config.model.conditions,
            (slices.stop - slices.start, *volume.shape[1:]),
            spacing,
            description,
            text,
            mask.labels,
            self.sentences,
            None if self._is_flat else [(k - middle) * spacing[0] for k in range(slices.start, slices.stop)],
            tone=mask.tone,
            tone_sd=mask.tone_sd,
        )

    def _dropped(self, condition: Condition, generator: torch.Generator) -> Condition:
        condition = condition.dropped(self.config.drop, generator)
        together = self.config.drop.get(_ALL, 0.0)
        keep = (torch.rand(len(condition.spacing), generator=generator) >= together).float()
        present = {kind: flag if kind == "spacing" else flag * keep for kind, flag in condition.present.items()}
        return dataclasses.replace(condition, present=present)

    def _generated(
        self, model: nn.Module, condition: Condition, look: Look, index: int, device: torch.device
    ) -> npt.NDArray[np.float32]:
        network = GuidedNetwork(self.guessing(model), condition, null_of(condition), look.guidance)
        shape = self.codec.latent_shape((condition.mask.shape[1], condition.mask.shape[2], condition.mask.shape[3]))
        noise = noise_for(self.config.seed, index, (shape[0], *shape[2:]) if self._is_flat else shape)[None].to(device)
        latents = sample(self.process.denoiser(network), self.coloured(noise), self.process.schedule, look.times)
        volume = self.codec.decode(latents[:, :, None] if self._is_flat else latents)
        shown: npt.NDArray[np.float32] = volume[0, 0].float().cpu().numpy()
        return shown

    @property
    def _is_flat(self) -> bool:
        return self.config.model.spatial_dims == 2

    def _span(self, case: LatentCase, rng: np.random.Generator) -> slice:
        """Latent slices to train on: one that shows the uterus for a 2D model, else a random run."""
        total = case.mean.shape[1]
        if self._is_flat:
            start = int(rng.choice(uterine_slices(case)))
            return slice(start, start + 1)
        wanted = min(self.config.crop_slices or total, total)
        start = int(rng.integers(total - wanted + 1))
        return slice(start, start + wanted)

    def _central_span(self, case: LatentCase) -> slice:
        if not self._is_flat:
            return slice(0, case.mean.shape[1])
        shown = uterine_slices(case)
        middle = int(shown[len(shown) // 2])
        return slice(middle, middle + 1)

    def _slice_of(self, volume: npt.NDArray[np.float32], case: LatentCase) -> npt.NDArray[np.float32]:
        shown = uterine_slices(case)
        return np.asarray(volume[int(shown[len(shown) // 2])] if len(volume) > 1 else volume[0])


def _cut(latents: npt.NDArray[np.generic], span: slice) -> Tensor:
    """Latent slices ``(1, C, d, h, w)`` of an array ``[C, D, h, w]``."""
    return torch.from_numpy(latents[:, span].astype(np.float32))[None]


def _by_mask(losses: Tensor, with_mask: Tensor) -> dict[str, float]:
    """Mean loss of the samples with and without a mask, where the batch has any."""
    parts = {"loss_masked": losses[with_mask], "loss_direct": losses[~with_mask]}
    return {name: float(part.mean()) for name, part in parts.items() if part.numel()}
