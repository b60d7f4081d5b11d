"""Everything that a model's figures are computed from: the judged images, by where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from UterineSynthLib.errors import InputError
from UterineSynthLib.evaluation.distribution import Features
from UterineSynthLib.evaluation.judged_image import JudgedImage, Origin
from UterineSynthLib.evaluation.judging import Judged, JudgedArrays


@dataclass(frozen=True)
class Evidence:
    """Judged images of one evaluation.

    Attributes:
        judged: by origin, in the order of the cases.
        training: features of the images that the model was trained on; None where they are not at hand.
        seed: of the evaluation.
    """

    judged: dict[Origin, list[Judged]]
    training: Features | None = None
    seed: int = 0
    identity: dict[str, str] = field(default_factory=dict)

    def images(self, origin: Origin) -> list[JudgedImage]:
        """Records of the images that were made."""
        return [item.image for item in self.judged.get(origin, []) if item.image.refused is None]

    def arrays(self, origin: Origin) -> list[JudgedArrays]:
        """Arrays of the images that were made."""
        return [item.arrays for item in self.judged.get(origin, []) if item.arrays is not None]

    def features(self, origin: Origin) -> Features:
        """Feature vectors ``[n, d]`` of the images that were made.

        Raises:
            InputError: there is none.
        """
        found = [arrays.features for arrays in self.arrays(origin)]
        if not found:
            raise InputError(f"no image of origin '{origin}' was judged")
        return np.stack(found).astype(np.float64)
