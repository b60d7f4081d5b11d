"""The judge: a segmenter trained on phantoms that no generator saw, and what is read from its label maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from UterineSynthLib.evaluation.connected import connected_uterus
from UterineSynthLib.evaluation.midline import Labels, Spacing
from UterineSynthLib.evaluation.reading import Reading, ReadingRule, reading_of_labels
from UterineSynthLib.networks.precision import autocast_of
from UterineSynthLib.networks.segmenter import Segmenter, windows_of
from UterineSynthLib.volumes.intensity import to_unit

Volume = npt.NDArray[np.float32]
_SLICES_AT_ONCE = 4
"""What stays in a core's cache: more at once is slower on a processor."""
_FEATURE_SLICES = 8
_FEATURE_SHARE = 0.25
"""Features come from the middle half of the stack, where the uterus is."""


@dataclass(frozen=True)
class Judgement:
    """What the judge makes of a volume.

    Attributes:
        labels: uint8 ``[D, H, W]`` on the volume's own grid; reading: what is read from them.
        features: the volume in the judge's feature space, float32.
    """

    labels: Labels
    reading: Reading
    features: npt.NDArray[np.float32]


class Judge:
    """A trained segmenter with its rule of reading. Volumes ``[D, H, W]`` lie as a sagittal study is hung."""

    def __init__(self, segmenter: Segmenter, rule: ReadingRule) -> None:
        segmenter.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # not among torch's stubs
        self._segmenter, self._rule = segmenter.eval(), rule
        self._config = segmenter.config

    def judge(self, volume: Volume, spacing_mm: Spacing) -> Judgement:
        """Segment and read a volume in any intensity unit; spacing is (slice, row, column)."""
        labels = self.labels_of(volume, spacing_mm)
        reading = reading_of_labels(labels, spacing_mm, self._rule)
        return Judgement(labels, reading, self.features_of(volume, spacing_mm))

    @torch.inference_mode()
    def labels_of(self, volume: Volume, spacing_mm: Spacing) -> Labels:
        """Label map ``[D, H, W]`` of a volume, with one uterus."""
        windows = windows_of(self._on_own_pixels(volume, spacing_mm))
        rows, columns = self._own_size(volume.shape, spacing_mm)
        found = []
        for part in torch.split(windows, _SLICES_AT_ONCE):
            with autocast_of(part.device):
                logits = self._segmenter(part)
            likely = logits.float()[..., :rows, :columns]
            if (rows, columns) != volume.shape[1:]:
                shares = likely.softmax(dim=1)
                likely = functional.interpolate(shares, size=volume.shape[1:], mode="bilinear", align_corners=False)
            found.append(likely.argmax(dim=1).to(torch.uint8))
        return connected_uterus(torch.cat(found).cpu().numpy())

    @torch.inference_mode()
    def features_of(self, volume: Volume, spacing_mm: Spacing) -> npt.NDArray[np.float32]:
        """Mean and spread over slices of the two deepest levels, float32 ``[features]``; a single slice has its mean.

        At most eight slices, evenly out of the middle half of the stack.
        """
        windows = windows_of(self._on_own_pixels(volume, spacing_mm))
        first, last = _FEATURE_SHARE * (len(windows) - 1), (1 - _FEATURE_SHARE) * (len(windows) - 1)
        chosen = np.unique(np.linspace(first, last, _FEATURE_SLICES).round().astype(int))
        with autocast_of(windows.device):
            slices = self._segmenter.features(windows[chosen])
        parts = [slices.mean(dim=0)] + ([slices.std(dim=0)] if len(chosen) > 1 else [])
        return torch.cat(parts).cpu().numpy().astype(np.float32)

    def _on_own_pixels(self, volume: Volume, spacing_mm: Spacing) -> Tensor:
        """The volume in [-1, 1] on the judge's pixels, padded to what its levels can halve."""
        unit = torch.from_numpy(to_unit(volume))
        rows, columns = self._own_size(volume.shape, spacing_mm)
        if (rows, columns) != volume.shape[1:]:
            size = (rows, columns)
            unit = functional.interpolate(
                unit[:, None], size=size, mode="bilinear", align_corners=False, antialias=True
            )[:, 0]
        low, right = -rows % self._config.reduction, -columns % self._config.reduction
        device = next(self._segmenter.parameters()).device
        return functional.pad(unit[None], (0, right, 0, low), mode="replicate")[0].to(device)

    def _own_size(self, shape: tuple[int, ...], spacing_mm: Spacing) -> tuple[int, int]:
        pixel = self._config.pixel_mm
        return max(round(shape[1] * spacing_mm[1] / pixel), 1), max(round(shape[2] * spacing_mm[2] / pixel), 1)
