"""Training of the KL autoencoder on random crops of prepared cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from UterineSynthLib.networks.space_modules import space_of
from UterineSynthLib.training.config import AutoencoderTraining
from UterineSynthLib.training.loop import batch_generator
from UterineSynthLib.training.prepared import PreparedCase, check_channels, random_crop
from UterineSynthLib.volumes.contact_sheet import mosaic, write_contact_sheet

_SHEET_CASES = 4


class AutoencoderTask:
    """L1 of voxels and of in-plane gradients, and a light Kullback-Leibler term."""

    def __init__(
        self, config: AutoencoderTraining, cases: Sequence[PreparedCase], unseen: Sequence[PreparedCase]
    ) -> None:
        for case in (*cases, *unseen):
            check_channels(case, config.model.image_channels)
        self.config, self.cases, self.unseen = config, cases, unseen
        torch.manual_seed(config.seed)
        self.model: nn.Module = space_of(config.model)

    @property
    def depths(self) -> tuple[int, ...]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        return self.config.model.depths(self.config.crop[0])

    def loss(self, model: nn.Module, step: int, process: int, device: torch.device) -> tuple[Tensor, dict[str, float]]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        generator = batch_generator(self.config.seed, step, process)
        volume = self._batch(generator).to(device)
        restored, mean, std = model(volume, generator)
        restored, mean, std = restored.float(), mean.float(), std.float()
        pixel = (restored - volume).abs().mean()
        edge = _gradient_distance(restored, volume)
        divergence = 0.5 * (mean.square() + std.square() - 1 - 2 * std.clamp(min=1e-12).log()).sum() / volume.numel()
        total = pixel + self.config.edge_weight * edge + self.config.kl_weight * divergence
        psnr = 10 * torch.log10(4 / (restored - volume).detach().square().mean())
        return total, {"l1": float(pixel.detach()), "kl": float(divergence.detach()), "psnr_db": float(psnr)}

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:
        """Middle slices of unseen cases above their reconstructions."""
        originals, restored = [], []
        for case in self.unseen[:_SHEET_CASES]:
            volume = torch.from_numpy(np.array(case.image, dtype=np.float32))[None].to(device)
            mean, _ = model.encode(volume)  # type: ignore[operator]
            middle = volume.shape[2] // 2
            originals.append(volume[0, 0, middle].cpu().numpy())
            restored.append(model.decode(mean)[0, 0, middle].float().cpu().numpy())  # type: ignore[operator]
        captions = ["phantom"] * len(originals) + ["reconstruction"] * len(restored)
        write_contact_sheet(mosaic(originals + restored, captions, title=self.config.name), path)

    def _batch(self, generator: torch.Generator) -> Tensor:
        chosen = torch.randint(len(self.cases), (self.config.optimiser.batch_size,), generator=generator)
        crops = [random_crop(self.cases[int(i)].image, self.config.crop, generator) for i in chosen]
        return torch.from_numpy(np.stack(crops).astype(np.float32))


def _gradient_distance(a: Tensor, b: Tensor) -> Tensor:
    difference = a - b
    return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()
