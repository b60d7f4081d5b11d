"""A label map in the typical grey of each structure: a first guess of the image, in the space the denoiser works in.

Encoded by the model's own autoencoder it stands beside ``x_t``, so that the denoiser has to learn how an image differs
from its guess and not what every label looks like as latents.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.volumes.structures import Structure

TYPICAL_TONE = {
    Structure.BACKGROUND: -0.90,
    Structure.UTERINE_WALL: -0.06,
    Structure.UTERINE_CAVITY: 0.21,
    Structure.MYOMA: -0.39,
    Structure.NABOTHIAN_CYST: 0.51,
    Structure.JUNCTIONAL_ZONE: -0.47,
    Structure.CERVICAL_STROMA: -0.27,
    Structure.CERVICAL_CANAL: 0.18,
    Structure.VAGINA: -0.24,
    Structure.BLADDER: 0.83,
    Structure.BLADDER_WALL: -0.33,
    Structure.RECTUM: -0.35,
    Structure.RECTAL_CONTENT: -0.64,
    Structure.BOWEL: -0.17,
    Structure.BONE: -0.43,
    Structure.DISC: -0.71,
    Structure.MUSCLE: -0.62,
    Structure.FAT: 0.20,
    Structure.OVARY: 0.05,
    Structure.FOLLICLE: 0.73,
    Structure.VESSEL: -0.54,
    Structure.FREE_FLUID: 0.76,
    Structure.POLYP: 0.06,
    Structure.CARCINOMA: -0.03,
    Structure.ADENOMYOTIC_FOCUS: -0.08,
    Structure.NICHE: 0.63,
}
"""Mean of the T2 signal, mapped to [-1, 1] as in :mod:`UterineSynthLib.volumes.intensity`, over 80 phantoms."""


TONE_SD, PLAIN_SD = 0.7, 1.0
"""Spread of whitened latents around their tone, and around zero."""


def painted(labels: npt.NDArray[np.uint8], channels: int = 1) -> npt.NDArray[np.float32]:
    """A label map ``[D, H, W]`` in typical tones, the same in every channel: ``float32 [C, D, H, W]`` in [-1, 1]."""
    table = np.zeros(256, dtype=np.float32)
    for structure, tone in TYPICAL_TONE.items():
        table[structure] = tone
    return np.repeat(table[labels][None], channels, axis=0)
