"""The uterus as one organ."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label

from UterineSynthLib.evaluation.midline import Labels
from UterineSynthLib.volumes.structures import UTERUS, Structure


def connected_uterus(labels: Labels) -> Labels:
    """A label map ``[D, H, W]`` without the parts of a uterus that do not touch its largest part."""
    uterus = np.isin(labels, UTERUS)
    numbered, count = label(uterus)
    if count < 2:
        return labels
    largest = int(np.bincount(numbered.ravel())[1:].argmax()) + 1
    return np.where(uterus & (numbered != largest), Structure.BACKGROUND, labels).astype(np.uint8)
