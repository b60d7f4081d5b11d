"""What a tissue holds besides itself, where its texture has it.

Areas of a leiomyoma that are another substance have labels of their own. What is finer than that is told as a share of
each voxel: how much connective tissue lies in fat (septa, strands), fat between bundles of muscle, gas in stool, folds
in bowel, hyaline tissue between the whorls of a leiomyoma.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.phantom.texture import NoiseFields, Texture, inclusion, pattern, study_noise
from UterineSynthLib.phantom.tissue import texture_of
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.structures import Structure

Box = tuple[slice, slice, slice]

_AREAS = {
    Texture.BLOTCHED: Structure.HYALINE_MYOMA,
    Texture.LACUNAR: Structure.MYOMA_FLUID,
    Texture.CALCIFIED: Structure.MYOMA_CALCIUM,
}


class _Mixture(NamedTuple):
    """A substance, and the pattern's value where a voxel holds none of it and where it holds nothing else."""

    structure: Structure
    none: float
    whole: float


_MIXTURES = {
    Texture.SEPTATE: _Mixture(Structure.CONNECTIVE_TISSUE, 0.10, -0.56),
    Texture.STRANDED: _Mixture(Structure.CONNECTIVE_TISSUE, 0.13, -0.55),
    Texture.STRIATED: _Mixture(Structure.FAT, -0.30, 2.16),
    Texture.CLUMPED: _Mixture(Structure.RECTAL_GAS, 1.0, -1.0),
    Texture.FEATHERED: _Mixture(Structure.BOWEL, 0.45, -0.50),
    Texture.WHORLED: _Mixture(Structure.HYALINE_MYOMA, 0.45, -0.45),
}
"""The values span what patterns reach, but for a few voxels in a hundred; the brightnesses are those of
:mod:`UterineSynthLib.phantom.tissue`, in round numbers."""


class Inclusions:
    """The inclusions of the study with a seed on a grid: where its image shows them.

    Without ``are_fine`` they are those alone that have labels of their own.
    """

    def __init__(self, geometry: Geometry, seed: int, are_fine: bool = True) -> None:
        self._geometry, self._seed, self._are_fine = geometry, seed, are_fine

    @cached_property
    def _noise(self) -> NoiseFields:
        return study_noise(self._geometry, self._seed)

    def areas_of(self, tissue: Tissue, box: Box) -> tuple[Structure, npt.NDArray[np.bool_]] | None:
        """What has a label of its own in a tissue, and where in a box of slices, rows and columns; None for most."""
        texture = texture_of(tissue)
        structure = _AREAS.get(texture)
        return None if structure is None else (structure, inclusion(texture, self._noise, box))

    def shares_of(self, tissue: Tissue, box: Box) -> tuple[Structure, Field] | None:
        """What a tissue holds besides itself, in areas or finer, and its share, 0 to 1; None for many tissues."""
        areas = self.areas_of(tissue, box)
        if areas is not None:
            return areas[0], areas[1].astype(np.float32)
        texture = texture_of(tissue)
        if not self._are_fine or texture not in _MIXTURES:
            return None
        structure, none, whole = _MIXTURES[texture]
        share = pattern(texture, self._noise, box)
        assert share is not None, "only a plain tissue has no pattern"
        share -= np.float32(none)
        share *= np.float32(1 / (whole - none))
        return structure, share.clip(0, 1)
