"""Training of a sketch: label maps in the greys of their studies against the studies' latents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool3d

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.sketch import Sketch, Sketcher, Style
from UterineSynthLib.networks.tone import Tones, completed, greys_of
from UterineSynthLib.training.config import SketchTraining
from UterineSynthLib.training.latents import LatentCase, uterine_slices
from UterineSynthLib.volumes.contact_sheet import mosaic, write_contact_sheet
from UterineSynthLib.volumes.structures import UTERUS, to_umd

_SHEET_CASES = 4
_INNER = slice(1, -1)
"""The slices of a run that are painted: it holds a neighbour at either end."""


class _Runs(NamedTuple):
    """Runs of slices of ``B`` studies.

    Attributes:
        labels, greys: ``(B, D, H, W)``; shown, shown_greys: alike, some of them in UMD's labels alone.
        raw: latents ``(B, C, d, h, w)`` of the inner slices; noise: ``(B, S)``, of what is drawn from a style.
    """

    labels: Tensor
    greys: Tensor
    shown: Tensor
    shown_greys: Tensor
    raw: Tensor
    noise: Tensor

    def to(self, device: torch.device) -> _Runs:
        """The same on a device."""
        return _Runs(*(part.to(device) for part in self))


class SketchTask:
    """Squared error of the mean, the likelihood of what it misses under the deviation, and what the style says.

    Errors in the uterus may count for more than others.
    """

    def __init__(
        self, config: SketchTraining, codec: LatentCodec, cases: Sequence[LatentCase], unseen: Sequence[LatentCase]
    ) -> None:
        space = codec.autoencoder.config
        config.model.check_space(space.latent_channels, space.reductions)
        for case in (*cases, *unseen):
            if case.case.labels is None:
                raise ConfigError(f"case '{case.case.id}' has no label map; a sketch learns what label maps look like")
        assert config.model.sketch is not None, "checked with the config"
        self.config, self.codec, self.cases, self.unseen = config, codec, cases, unseen
        torch.manual_seed(config.seed)
        self.sketcher = Sketcher(config.model.sketch, config.model)
        for kept, values in ((self.sketcher.centre, codec.mean), (self.sketcher.spread, codec.std)):
            kept.copy_(torch.tensor(values))  # type: ignore[operator] # a buffer
        self.model: nn.Module = self.sketcher
        self._uterine = torch.tensor([int(structure) for structure in UTERUS], dtype=torch.uint8)

    def batch(self, generator: torch.Generator) -> _Runs:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        size = self.config.optimiser.batch_size
        drawn = [self._run(generator) for _ in range(size)]
        noise = torch.randn((size, self.sketcher.config.style_width), generator=generator)
        labels, greys, shown, shown_greys, raw = (
            torch.from_numpy(np.stack(parts)) for parts in zip(*drawn, strict=True)
        )
        return _Runs(labels, greys, shown, shown_greys, raw, noise)

    def loss(
        self,
        model: nn.Module,
        batch: _Runs,
        step: int,  # noqa: ARG002 (all steps are alike)
        device: torch.device,
    ) -> tuple[Tensor, dict[str, float]]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        batch = batch.to(device)
        style = self._style(batch)
        draw = None if style is None else style.mean + style.deviation * batch.noise
        sketch: Sketch = model(batch.shown, batch.shown_greys, draw, _INNER)
        missed = (self.codec.whiten(sketch.mean) - self.codec.whiten(batch.raw)).square()
        variance = self.codec.whiten_deviation(sketch.deviation).square()
        # The mean learns by its error alone: under the likelihood it would give up where it is hard.
        unlikely = variance.log() + missed.detach() / variance
        counts = 1 + (self.config.uterus_weight - 1) * self._uterus(batch)
        total = (counts * (missed + self.config.deviation_weight * unlikely)).mean()
        scalars = {"squared_error": float(missed.detach().mean()), "unlikelihood": float(unlikely.detach().mean())}
        if style is not None:
            nats = _nats(style)
            total = total + self.config.style_weight * nats
            scalars["style_nats"] = float(nats.detach())
        return total, scalars

    def published(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        return weights

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:  # noqa: ARG002 # the sketcher's own
        """Unseen cases above their sketches in their own style, and in the usual one."""
        assert isinstance(model, Sketcher), "the loop hands back what it was given"
        kinds = ("case", "sketch", "in the usual style")[: 3 if model.reader is not None else 2]
        rows: list[list[npt.NDArray[np.float32]]] = [[] for _ in kinds]
        for case in self.unseen[:_SHEET_CASES]:
            labels, tones, partial = np.array(case.case.labels), completed(_tones(case)), case.case.partial_volume
            shown = uterine_slices(case)
            middle = int(shown[len(shown) // 2])
            rows[0].append(np.asarray(case.case.volume[middle]))
            own = model.style_of(case.mean, labels, tones, partial)
            for row, style in zip(rows[1:], (own, None), strict=False):
                row.append(self._decoded(model.sketch(labels, tones, style, partial))[middle])
        pictures = [picture for row in rows for picture in row]
        captions = [kind for kind in kinds for _ in rows[0]]
        write_contact_sheet(mosaic(pictures, captions, title=self.config.name, columns=len(rows[0])), path)

    def _decoded(self, sketch: Sketch) -> npt.NDArray[np.float32]:
        volume: npt.NDArray[np.float32] = self.codec.decode(self.codec.whiten(sketch.mean))[0, 0].float().cpu().numpy()
        return volume

    def _style(self, batch: _Runs) -> Style | None:
        """Read under the whole label map, whatever of it is shown to the sketch."""
        if self.sketcher.reader is None:
            return None
        inner = self._inner
        return self.sketcher.read(batch.raw, batch.labels[:, inner], batch.greys[:, inner])

    def _uterus(self, batch: _Runs) -> Tensor:
        """Share of the uterus and its lesions in every latent that is painted, ``(B, 1, d, h, w)``."""
        within = torch.isin(batch.labels[:, self._inner], self._uterine.to(batch.labels.device))
        reduction = self.config.model.mask_reduction
        return avg_pool3d(within[:, None].float(), (self.config.model.slice_reduction, reduction, reduction))

    @property
    def _inner(self) -> slice:
        """The slices of a run's volume that are painted."""
        slices = self.config.model.slice_reduction
        return slice(slices, -slices)

    def _run(self, generator: torch.Generator) -> tuple[npt.NDArray[np.generic], ...]:
        case = self.cases[int(torch.randint(len(self.cases), (1,), generator=generator))]
        total = case.mean.shape[1]
        wanted = min(self.config.crop_slices or total, total)
        first = int(torch.randint(total - wanted + 1, (1,), generator=generator))
        is_umd = float(torch.rand(1, generator=generator)) < self.config.partial_mask
        is_unmixed = float(torch.rand(1, generator=generator)) < self.config.unmixed
        slices = self.config.model.slice_reduction
        # A stack goes on as it ends, as in the network.
        numbers = np.arange(first - 1, first + wanted + 1).clip(0, total - 1)[:, None] * slices + np.arange(slices)
        whole, tones = np.asarray(case.case.labels), completed(_tones(case))
        labels, table = whole[numbers.ravel()], greys_of(whole, tones)
        partial = None if case.case.partial_volume is None else case.case.partial_volume[numbers.ravel()]
        greys = shown_greys = table[labels] if partial is None else partial.mixed(labels, table)
        if partial is not None and is_unmixed:
            shown_greys = partial.within(labels).mixed(labels, table)
        raw = case.mean[:, first : first + wanted].astype(np.float32)
        if is_umd:
            shown = to_umd(labels)
            return labels, greys, shown, greys_of(shown, tones)[shown], raw
        return labels, greys, labels, shown_greys, raw


def _tones(case: LatentCase) -> Tones:
    assert case.tones is not None, "measured with the label map"
    return case.tones


def _nats(style: Style) -> Tensor:
    """Information read from a study: the divergence of its style from ``N(0, 1)``, mean over studies."""
    variance = style.deviation.square()
    return 0.5 * (style.mean.square() + variance - 1 - variance.log()).sum(dim=1).mean()
