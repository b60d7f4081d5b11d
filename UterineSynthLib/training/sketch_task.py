"""Training of a sketch: label maps in the greys of their studies against the studies' latents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.sketch import Sketch, Sketcher
from UterineSynthLib.networks.tone import completed, painted
from UterineSynthLib.training.config import SketchTraining
from UterineSynthLib.training.latents import LatentCase, uterine_slices
from UterineSynthLib.training.loop import batch_generator
from UterineSynthLib.volumes.contact_sheet import mosaic, write_contact_sheet
from UterineSynthLib.volumes.structures import to_umd

_SHEET_CASES = 4


class SketchTask:
    """Squared error of the mean, and the likelihood of what it misses under the deviation, slice by slice."""

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

    @property
    def depths(self) -> tuple[int, ...]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        return ()

    def loss(self, model: nn.Module, step: int, process: int, device: torch.device) -> tuple[Tensor, dict[str, float]]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        labels, greys, raw = self._batch(batch_generator(self.config.seed, step, process))
        sketch: Sketch = model(labels.to(device), greys.to(device))
        missed = (self.codec.whiten(sketch.mean) - self.codec.whiten(raw.to(device))).square()
        variance = self.codec.whiten_deviation(sketch.deviation).square()
        # The mean learns by its error alone: under the likelihood it would give up where it is hard.
        unlikely = (variance.log() + missed.detach() / variance).mean()
        error = missed.mean()
        total = error + self.config.deviation_weight * unlikely
        return total, {"squared_error": float(error.detach()), "unlikelihood": float(unlikely.detach())}

    def published(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        return weights

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:
        """Unseen cases above their sketches."""
        originals: list[npt.NDArray[np.float32]] = []
        sketched: list[npt.NDArray[np.float32]] = []
        for case in self.unseen[:_SHEET_CASES]:
            labels, greys = _shown(case, is_partial=False)
            shown = uterine_slices(case)
            middle = int(shown[len(shown) // 2])
            sketch = model(*(torch.from_numpy(one)[None].to(device) for one in (labels, greys)))
            volume = self.codec.decode(self.codec.whiten(sketch.mean))[0, 0].float().cpu().numpy()
            originals.append(np.asarray(case.case.volume[middle]))
            sketched.append(volume[middle])
        captions = ["case"] * len(originals) + ["sketch"] * len(sketched)
        write_contact_sheet(mosaic(originals + sketched, captions, title=self.config.name), path)

    def _batch(self, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Labels and greys ``(B, m, H, W)`` of single latent slices, and their raw latents ``(B, C, 1, h, w)``."""
        drawn = [self._slice(generator) for _ in range(self.config.optimiser.batch_size)]
        labels, greys, raw = (np.stack(parts) for parts in zip(*drawn, strict=True))
        return torch.from_numpy(labels), torch.from_numpy(greys), torch.from_numpy(raw)

    def _slice(
        self, generator: torch.Generator
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        case = self.cases[int(torch.randint(len(self.cases), (1,), generator=generator))]
        number = int(torch.randint(case.mean.shape[1], (1,), generator=generator))
        is_partial = float(torch.rand(1, generator=generator)) < self.config.partial_mask
        labels, greys = _shown(case, is_partial)
        slices = self.config.model.slice_reduction
        span = slice(number * slices, (number + 1) * slices)
        return labels[span], greys[span], case.mean[:, number : number + 1].astype(np.float32)


def _shown(case: LatentCase, is_partial: bool) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Labels ``[D, H, W]`` and their greys in the study's own tones."""
    labels = np.array(case.case.labels)
    assert case.tones is not None, "measured with the label map"
    labels = to_umd(labels) if is_partial else labels
    return labels, painted(labels, completed(case.tones))[0]
