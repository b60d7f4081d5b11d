"""From what a request says to the tensors of a :class:`Condition`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from UterineSynthLib.dataset.features import ATTRIBUTE_COUNT, CLASS_COUNT, features_of
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.networks.condition import KINDS, Condition
from UterineSynthLib.networks.config import ConditionConfig
from UterineSynthLib.volumes.structures import Structure

_POSITION_UNIT_MM = 100.0
_LAST_UMD_LABEL = Structure.NABOTHIAN_CYST
_NO_TONE = torch.zeros(1, 0, 1, 1, 1)


class SentenceEncoder(Protocol):
    """Turns a sentence into a row of :attr:`Condition.text`."""

    def rows(self, sentence: str, config: ConditionConfig) -> Tensor:
        """``(1, L)`` token ids or ``(1, L, W)`` features."""
        ...


def condition_of(
    config: ConditionConfig,
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    description: UterusDescription | None = None,
    text: str | None = None,
    labels: npt.NDArray[np.uint8] | None = None,
    sentences: SentenceEncoder | None = None,
    slice_positions_mm: Sequence[float] | None = None,
    *,
    tone: Tensor | None = None,
    tone_sd: Tensor | None = None,
) -> Condition:
    """Condition of one sample (B = 1); whatever is None is absent.

    ``shape`` ``(D, H, W)`` and ``spacing_mm`` (slice, row, column) are those of the volume; ``slice_positions_mm`` are
    the distances of its slices from the middle of the whole stack, by default the volume is the whole stack.
    ``tone`` ``(1, C, d, h, w)`` are the latents of ``labels`` in tones, for a model that is shown them, and ``tone_sd``
    the deviations of the study's from them where a sketch tells.

    Raises:
        ConfigError: a label that the model does not know.
    """
    present = dict.fromkeys(KINDS, 0.0)
    classes, attributes = torch.zeros(1, 2 * CLASS_COUNT), torch.zeros(1, 2 * ATTRIBUTE_COUNT)
    if description is not None:
        features = features_of(description)
        classes = torch.from_numpy(np.concatenate([features.classes, features.classes_known]))[None]
        attributes = torch.from_numpy(np.concatenate([features.attributes, features.attributes_known]))[None]
        present["classes"] = present["attributes"] = 1.0
    mask = torch.zeros(1, *shape, dtype=torch.uint8)
    if labels is not None:
        mask = torch.from_numpy(_known(labels, config))[None]
        present["mask"] = 1.0
    words = _no_words(config)
    if text is not None and sentences is not None:
        words = sentences.rows(text, config)
        present["text"] = 1.0
    present["spacing"] = 1.0
    return Condition(
        classes=classes,
        attributes=attributes,
        text=words,
        spacing=torch.tensor([[math.log(s) for s in spacing_mm]]),
        mask=mask,
        slice_position=_positions(shape[0], spacing_mm[0], slice_positions_mm),
        present={kind: torch.tensor([flag]) for kind, flag in present.items()},
        tone=_NO_TONE if tone is None else tone,
        tone_sd=_NO_TONE if tone_sd is None else tone_sd,
    )


def null_of(condition: Condition) -> Condition:
    """The condition that says nothing: what classifier-free guidance leads away from.

    Voxel spacing stays: it is a fact of the grid, not something asked of the image.
    """
    return condition.without(*(kind for kind in KINDS if kind != "spacing"))


def _known(labels: npt.NDArray[np.uint8], config: ConditionConfig) -> npt.NDArray[np.uint8]:
    """A copy of a label map that the model knows; what a partial one leaves open is marked where the model wants it."""
    largest = int(labels.max())
    if config.mask:
        config.check_labels(largest)
    known = np.array(labels, dtype=np.uint8)
    if config.body_other and largest <= _LAST_UMD_LABEL:
        known[known == Structure.BACKGROUND] = config.mask_labels
    return known


def _positions(slices: int, spacing_mm: float, given: Sequence[float] | None) -> Tensor:
    if given is None:
        given = [(k - (slices - 1) / 2) * spacing_mm for k in range(slices)]
    return torch.tensor([[position / _POSITION_UNIT_MM for position in given]])


def _no_words(config: ConditionConfig) -> Tensor:
    if config.text_encoder_width:
        return torch.zeros(1, config.text_length, config.text_encoder_width)
    return torch.zeros(1, config.text_length, dtype=torch.long)
