"""What a leiomyoma is made of besides its tissue: substances that its texture holds, with labels of their own."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from UterineSynthLib.phantom.texture import NoiseFields, Texture, inclusion, study_noise
from UterineSynthLib.phantom.tissue import texture_of
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.structures import Structure

_STRUCTURES = {
    Texture.BLOTCHED: Structure.HYALINE_MYOMA,
    Texture.LACUNAR: Structure.MYOMA_FLUID,
    Texture.CALCIFIED: Structure.MYOMA_CALCIUM,
}


class Inclusions:
    """The inclusions of the study with a seed on a grid: where its image shows them. Few studies have any."""

    def __init__(self, geometry: Geometry, seed: int) -> None:
        self._geometry, self._seed = geometry, seed

    @cached_property
    def _noise(self) -> NoiseFields:
        return study_noise(self._geometry, self._seed)

    def of(self, tissue: Tissue, box: tuple[slice, slice, slice]) -> tuple[Structure, npt.NDArray[np.bool_]] | None:
        """What a tissue includes, and where in a box of slices, rows and columns; None for most tissues."""
        texture = texture_of(tissue)
        structure = _STRUCTURES.get(texture)
        return None if structure is None else (structure, inclusion(texture, self._noise, box))
