"""Training of an autoencoder on random crops of prepared cases, by a sum of weighted losses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.critics import CriticisedAutoencoder, Critics
from UterineSynthLib.networks.latent_space import Restored
from UterineSynthLib.networks.perceptual import perceptual_distance
from UterineSynthLib.networks.space_modules import autoencoder_of
from UterineSynthLib.training.config import AdversaryConfig, AutoencoderTraining
from UterineSynthLib.training.prepared import PreparedCase, check_channels, random_crop
from UterineSynthLib.volumes.contact_sheet import mosaic, write_contact_sheet

_SHEET_CASES = 4
_LARGEST_RATIO = 1e4
"""Bound on the adaptive weight of the critics, as in VQGAN."""


class _Crops(NamedTuple):
    """Crops ``(B, I, D, H, W)``, and the seed of what the networks draw about them."""

    volume: Tensor
    seed: int


class AutoencoderTask:
    """Distances of the reconstruction, the penalties of its space and, where there are any, those of its critics."""

    def __init__(
        self, config: AutoencoderTraining, cases: Sequence[PreparedCase], unseen: Sequence[PreparedCase]
    ) -> None:
        for case in (*cases, *unseen):
            check_channels(case, config.model.image_channels)
            _check_whole_latents(config, case)
        self.config, self.cases, self.unseen = config, cases, unseen
        torch.manual_seed(config.seed)
        self.autoencoder = autoencoder_of(config.model)
        critics = None if config.adversary is None else _critics(config.adversary, config.model.image_channels)
        self.model: nn.Module = (
            self.autoencoder if critics is None else CriticisedAutoencoder(self.autoencoder, critics)
        )
        self._perceptual = None if config.perceptual is None else perceptual_distance(Path(config.perceptual))

    def batch(self, generator: torch.Generator) -> _Crops:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        chosen = torch.randint(len(self.cases), (self.config.optimiser.batch_size,), generator=generator)
        crops = [random_crop(self.cases[int(i)].image, self.config.crop, generator) for i in chosen]
        seed = int(torch.randint(2**62, (1,), generator=generator))
        return _Crops(torch.from_numpy(np.stack(crops).astype(np.float32)), seed)

    def loss(self, model: nn.Module, batch: _Crops, step: int, device: torch.device) -> tuple[Tensor, dict[str, float]]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        generator, volume = torch.Generator().manual_seed(batch.seed), batch.volume.to(device)
        restored = self._restored(model, volume, generator, step)
        again = restored.volume.float()
        distances = {"l1": (again - volume).abs().mean(), "edges": _gradient_distance(again, volume)}
        if self._perceptual is not None:
            distances["perceptual"] = self._perceptual.to(device)(again, volume, generator)
        parts = {**distances, **restored.penalties}
        total = torch.stack([self._weight(name, parts) * part for name, part in parts.items()]).sum()
        psnr = 10 * torch.log10(4 / (again - volume).detach().square().mean())
        shown = {**parts, **restored.facts, "psnr_db": psnr}
        return total, {name: float(value.detach()) for name, value in shown.items()}

    def published(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """Those of the autoencoder alone."""
        if self.model is self.autoencoder:
            return weights
        own = "autoencoder."
        return {name.removeprefix(own): value for name, value in weights.items() if name.startswith(own)}

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:  # noqa: ARG002 (it holds ours)
        """Middle slices of unseen cases above their reconstructions."""
        originals, restored = [], []
        for case in self.unseen[:_SHEET_CASES]:
            volume = torch.from_numpy(np.array(case.image, dtype=np.float32))[None].to(device)
            mean, _ = self.autoencoder.encode(volume)
            middle = volume.shape[2] // 2
            originals.append(volume[0, 0, middle].cpu().numpy())
            restored.append(self.autoencoder.decode(mean)[0, 0, middle].float().cpu().numpy())
        captions = ["original"] * len(originals) + ["reconstruction"] * len(restored)
        write_contact_sheet(mosaic(originals + restored, captions, title=self.config.name), path)

    def _restored(self, model: nn.Module, volume: Tensor, generator: torch.Generator, step: int) -> Restored:
        adversary = self.config.adversary
        restored: Restored = (
            model(volume, generator) if adversary is None else model(volume, generator, step >= adversary.start_step)
        )
        return restored

    def _weight(self, name: str, parts: dict[str, Tensor]) -> float:
        config, adversary = self.config, self.config.adversary or AdversaryConfig()
        return {
            "l1": config.pixel_weight,
            "edges": config.edge_weight,
            "perceptual": config.perceptual_weight,
            "kl": config.kl_weight,
            "commitment": config.commitment_weight,
            "fooling": adversary.weight * (self._ratio(parts) if adversary.adaptive and name == "fooling" else 1.0),
            "features": adversary.feature_weight,
            "hinge": 1.0,
        }[name]

    def _ratio(self, parts: dict[str, Tensor]) -> float:
        """How much more the pixel error moves the last convolution than the critics do."""
        last = self.autoencoder.last_weight
        if not last.requires_grad or not parts["fooling"].requires_grad:
            return 1.0
        pixel, fooling = (
            torch.autograd.grad(parts[name], last, retain_graph=True)[0].float().norm() for name in ("l1", "fooling")
        )
        return float((self.config.pixel_weight * pixel / (fooling + 1e-4)).clamp(max=_LARGEST_RATIO))


def _check_whole_latents(config: AutoencoderTraining, case: PreparedCase) -> None:
    """Raise :class:`ConfigError` unless crops, and cases as wholes, are made of whole latents."""
    for setting, shape in (("crop", config.crop), ("cases.grid.size", case.image.shape[1:])):
        for name, size, reduction in zip(("slices", "rows", "columns"), shape, config.model.reductions, strict=True):
            if size % reduction:
                raise ConfigError(
                    f"{setting}: {size} {name}, and the model makes one latent of {reduction}; give a multiple of "
                    f"{reduction}, or a model that reduces {name} less (levels in its channels, "
                    "through_plane_reduction)"
                )


def _critics(config: AdversaryConfig, image_channels: int) -> Critics:
    return Critics(image_channels, config.channels, config.layers, config.slices, config.volumes)


def _gradient_distance(a: Tensor, b: Tensor) -> Tensor:
    difference = a - b
    return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()
