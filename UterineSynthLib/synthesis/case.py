"""One synthetic case in memory."""

from __future__ import annotations

from dataclasses import dataclass

import SimpleITK as sitk

from UterineSynthLib.synthesis.provenance import Provenance


@dataclass(frozen=True)
class SyntheticCase:
    """A synthetic volume.

    Attributes:
        image: float32, sagittal; labels: uint8 on the same grid, None in the direct way.
        provenance: where it comes from.
        further_images: the other modalities of a model of several, on the same grid, in the order of its training.
    """

    image: sitk.Image
    labels: sitk.Image | None
    provenance: Provenance
    further_images: tuple[sitk.Image, ...] = ()
