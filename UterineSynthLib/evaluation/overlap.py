"""Overlap of two label maps, structure by structure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.structures import UMD_LABELS, Structure, to_umd

Labels = npt.NDArray[np.uint8]
COMPARED = {"wall": Structure.UTERINE_WALL, "cavity": Structure.UTERINE_CAVITY, "myoma": Structure.MYOMA}
"""Compared with the junctional zone in the cavity and the cervix in the wall, as in the UMD data set."""


def dice(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float | None:
    """Dice overlap of two masks; None where both are empty.

    Raises:
        VolumeError: the shapes differ.
    """
    if first.shape != second.shape:
        raise VolumeError("masks", f"have shapes {first.shape} and {second.shape}; they must lie on one grid")
    size = int(first.sum()) + int(second.sum())
    return 2.0 * int((first & second).sum()) / size if size else None


def umd_dice(asked: Labels, read: Labels) -> dict[str, float]:
    """Dice of wall, cavity and myoma after folding to UMD's labels; what was not asked for is left out."""
    wanted, found = to_umd(asked), to_umd(read)
    scores = {}
    for name, structure in COMPARED.items():
        assert structure in UMD_LABELS, "only UMD's labels survive folding"
        score = dice(wanted == structure, found == structure)
        if score is not None and (wanted == structure).any():
            scores[name] = score
    return scores
