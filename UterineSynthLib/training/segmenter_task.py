"""Training of the judge's segmenter on single slices of phantoms, under intensities it shall not mind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from UterineSynthLib.dataset.case import Split
from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.segmenter import Segmenter, SegmenterConfig, windows_of
from UterineSynthLib.records import record
from UterineSynthLib.training.config import CadenceConfig, CasesConfig, OptimiserConfig
from UterineSynthLib.training.loop import Loop
from UterineSynthLib.training.prepared import PreparedCase, prepared_cases
from UterineSynthLib.training.scanner_noise import disturbed
from UterineSynthLib.volumes.contact_sheet import TILE_PX, write_contact_sheet
from UterineSynthLib.volumes.sheet_page import Page, Tile, draw_page
from UterineSynthLib.volumes.structures import STRUCTURES, UTERUS, Structure, without_parts

_SHEET_CASES = 4
_COUNTED_CASES = 40
_WEIGHT_RANGE = (0.3, 3.0)
"""Narrow, because slices with lesions are drawn more often already: weighed up twice, they are seen where none is."""
_LESIONS = (
    Structure.MYOMA,
    Structure.NABOTHIAN_CYST,
    Structure.POLYP,
    Structure.CARCINOMA,
    Structure.ADENOMYOTIC_FOCUS,
    Structure.NICHE,
)


@record("uterinesynth.training.segmenter")
@dataclass(frozen=True)
class SegmenterTraining:
    """A run of ``train_judge.py``.

    Attributes:
        crop: rows and columns cut from a slice at random.
        lesion_share: share of the slices that are drawn from those that show a lesion, every kind of lesion as often.
        uterine_share: share of the other slices that are drawn from those that show the uterus.
        alone_share: share of the slices whose neighbours are not shown, so that single slices can be judged.
        disturbance: how strongly intensities are changed, 1 is the usual.
        dice_weight: weight of the soft Dice loss beside the cross-entropy.
        start_from: safetensors file of the weights to start from, such as a published judge's; null starts anew.
    """

    name: str
    cases: CasesConfig
    model: SegmenterConfig = field(default_factory=SegmenterConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    cadence: CadenceConfig = field(default_factory=CadenceConfig)
    crop: int = 128
    lesion_share: float = 0.4
    uterine_share: float = 0.75
    alone_share: float = 0.25
    disturbance: float = 1.0
    dice_weight: float = 1.0
    start_from: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self.optimiser.check_trains()


def train_segmenter(config: SegmenterTraining, folder: Path) -> None:
    """Train, or go on training, a segmenter into ``folder``.

    Raises:
        ConfigError: a case has no label map to learn from.
    """
    cases = prepared_cases(config.cases, Split.TRAIN)
    unseen = prepared_cases(config.cases, Split.VALIDATION)
    Loop(config, SegmenterTask(config, cases, unseen), folder).run()


class _Slices(NamedTuple):
    """Disturbed windows ``(N, 3, crop, crop)``, and labels ``(N, crop, crop)`` of their middle slices."""

    windows: Tensor
    labels: Tensor


class SegmenterTask:
    """Cross-entropy, weighted by the rarity of a structure, and soft Dice over the structures of the batch."""

    def __init__(
        self, config: SegmenterTraining, cases: Sequence[PreparedCase], unseen: Sequence[PreparedCase]
    ) -> None:
        self.config, self.unseen = config, unseen
        self._volumes = [case.volume for case in cases]
        self._labels = [_labels_of(case, config.model.labels) for case in cases]
        self._uterine = [slices_with(labels, UTERUS) for labels in self._labels]
        self._lesions = lesion_slices(self._labels)
        self._weights = label_weights(self._labels[:_COUNTED_CASES], config.model.labels)
        torch.manual_seed(config.seed)
        self.model: nn.Module = Segmenter(config.model)
        if config.start_from is not None:
            load_start(self.model, Path(config.start_from))

    def batch(self, generator: torch.Generator) -> _Slices:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        drawn = [self._slice(generator) for _ in range(self.config.optimiser.batch_size)]
        windows, labels = (torch.stack(parts) for parts in zip(*drawn, strict=True))
        return _Slices(disturbed(windows, labels, generator, self.config.disturbance), labels[:, 1].long())

    def loss(
        self,
        model: nn.Module,
        batch: _Slices,
        step: int,  # noqa: ARG002 (all steps are alike)
        device: torch.device,
    ) -> tuple[Tensor, dict[str, float]]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        labels = batch.labels.to(device)
        logits = model(batch.windows.to(device)).float()
        entropy = functional.cross_entropy(logits, labels, self._weights.to(device))
        dice = soft_dice(logits, labels)
        total = entropy + self.config.dice_weight * (1 - dice)
        return total, {"cross_entropy": float(entropy.detach()), "dice": float(dice.detach())}

    def published(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`UterineSynthLib.training.loop.Task`."""
        return weights

    def sheet(self, model: nn.Module, path: Path, device: torch.device) -> None:
        """Middle slices of unseen cases, their structures, and what the network takes them for."""
        rows: dict[str, list[Tile]] = {"phantom": [], "labels": [], "judged": []}
        for case in self.unseen[:_SHEET_CASES]:
            volume = torch.from_numpy(np.array(case.volume, dtype=np.float32))
            middle, truth = len(volume) // 2, _labels_of(case, self.config.model.labels)
            window = windows_of(volume)[middle : middle + 1]
            found = model(window.to(device)).argmax(dim=1)[0].cpu().numpy()
            grey = np.round((case.volume[middle].clip(-1, 1) + 1) * 127.5).astype(np.uint8)
            shown = (Image.fromarray(grey).convert("RGB"), coloured(truth[middle]), coloured(found))
            for (caption, row), picture in zip(rows.items(), shown, strict=True):
                row.append(Tile(picture.resize((TILE_PX, TILE_PX), Image.Resampling.NEAREST), caption))
        tiles = [tile for row in rows.values() for tile in row]
        page = Page(tiles, len(rows["phantom"]), self.config.name, captions_below=True)
        write_contact_sheet(draw_page(page), path)

    def _slice(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """A window ``(3, crop, crop)`` and its labels, alike."""
        case, number = self._place(generator)
        volume, labels = self._volumes[case], self._labels[case]
        step = 0 if _share(generator) < self.config.alone_share else 1
        shown = [max(number - step, 0), number, min(number + step, len(volume) - 1)]
        if _share(generator) < 0.5:
            shown.reverse()
        rows, columns = (self._start(size, generator) for size in labels.shape[1:])
        cut = (slice(rows, rows + self.config.crop), slice(columns, columns + self.config.crop))
        window = np.stack([volume[n][cut] for n in shown]).astype(np.float32)
        return torch.from_numpy(window), torch.from_numpy(np.stack([labels[n][cut] for n in shown]))

    def _place(self, generator: torch.Generator) -> tuple[int, int]:
        """A case and the number of one of its slices."""
        if self._lesions and _share(generator) < self.config.lesion_share:
            shown = self._lesions[_whole(len(self._lesions), generator)]
            return shown[_whole(len(shown), generator)]
        case = _whole(len(self._volumes), generator)
        uterine = self._uterine[case]
        if len(uterine) and _share(generator) < self.config.uterine_share:
            return case, int(uterine[_whole(len(uterine), generator)])
        return case, _whole(len(self._volumes[case]), generator)

    def _start(self, size: int, generator: torch.Generator) -> int:
        if size < self.config.crop:
            raise ConfigError(f"crop {self.config.crop} does not fit into slices of {size} pixels")
        return _whole(size - self.config.crop + 1, generator)


def load_start(model: nn.Module, weights: Path) -> None:
    """Give a network the weights of a safetensors file.

    Raises:
        ConfigError: there is no such file, or its weights are those of another network.
    """
    if not weights.is_file():
        raise ConfigError(f"start_from: {weights}: no such file")
    try:
        model.load_state_dict(load_file(weights))
    except (SafetensorError, RuntimeError) as error:
        raise ConfigError(f"start_from: {weights}: holds no weights of this network ({error})") from error


def slices_with(labels: npt.NDArray[np.uint8], structures: Collection[Structure]) -> npt.NDArray[np.intp]:
    """Numbers of the slices of a label map ``[D, H, W]`` that show any of the structures."""
    return np.flatnonzero(np.isin(labels, list(structures)).any(axis=(1, 2)))


def lesion_slices(labels: Sequence[npt.NDArray[np.uint8]]) -> list[list[tuple[int, int]]]:
    """For each kind of lesion that occurs, the places (case, slice) that show it."""
    places = (
        [(case, int(number)) for case, item in enumerate(labels) for number in slices_with(item, [kind])]
        for kind in _LESIONS
    )
    return [shown for shown in places if shown]


def label_weights(labels: Sequence[npt.NDArray[np.uint8]], count: int) -> Tensor:
    """Weight of each label ``[count]``: the root of its rarity against the median label, within bounds."""
    voxels = np.sum([np.bincount(item.ravel(), minlength=count)[:count] for item in labels], axis=0).astype(float)
    rarity = np.median(voxels[voxels > 0]) / np.maximum(voxels, 1.0)
    return torch.from_numpy(np.clip(np.sqrt(rarity), *_WEIGHT_RANGE).astype(np.float32))


def soft_dice(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean soft Dice over the labels that occur in the batch; logits ``(N, L, H, W)``, labels ``(N, H, W)``."""
    shares = logits.softmax(dim=1)
    flat, count = labels.flatten(), logits.shape[1]
    right = shares.gather(1, labels[:, None]).flatten()
    overlap = torch.zeros(count, dtype=shares.dtype, device=shares.device).scatter_add(0, flat, right)
    truth = torch.bincount(flat, minlength=count)
    occurs = truth > 0
    return (2 * overlap[occurs] / (shares.sum(dim=(0, 2, 3)) + truth)[occurs]).mean()


def coloured(labels: npt.NDArray[np.integer]) -> Image.Image:
    """A slice of a label map ``[H, W]`` in the colours of the label table."""
    table = np.array([STRUCTURES[structure].colour for structure in Structure], dtype=np.uint8)
    return Image.fromarray(table[labels])


def _labels_of(case: PreparedCase, known: int) -> npt.NDArray[np.uint8]:
    if case.labels is None:
        raise ConfigError(f"case '{case.id}' has no label map; a segmenter learns from label maps")
    return without_parts(case.labels, known)


def _whole(below: int, generator: torch.Generator) -> int:
    return int(torch.randint(below, (1,), generator=generator))


def _share(generator: torch.Generator) -> float:
    return float(torch.rand(1, generator=generator))
