"""Where a synthetic volume comes from: written beside every file, enough to make the same voxels again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from UterineSynthLib import __version__
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.optional import installed_version
from UterineSynthLib.records import record
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.settings import SamplingSettings

LabelSource = Literal["shape model", "mask", "none"]
_PACKAGES = ("torch", "monai", "numpy", "scipy", "SimpleITK", "safetensors", "tokenizers")


@record("uterinesynth.provenance")
@dataclass(frozen=True)
class Provenance:
    """Origin of one synthetic volume.

    Attributes:
        synthetic: always true; statement: what everybody must know who looks at the volume.
        phantom_trained: whether the model saw no patient's scan.
        request: as it was asked, files by their bare names; index: number of this volume in it.
        description: as the volume was made from it; in the anatomy-first way without a mask nothing in it is open.
        not_understood: words of the request's text that had no meaning here.
        settings: of the sampler.
        label_source: where the label map comes from; mask_sha256: of a given mask's voxels as they were used.
        bundle, bundle_version, bundle_digest: the model.
        device, precision: what computed it; versions: of the program and its packages.
        intensity: unit of the voxels; voxels_sha256: of the float32 voxels, little endian, slice by slice.
        created_utc: ISO 8601; seconds: spent on this volume.
    """

    synthetic: Literal[True]
    statement: str
    phantom_trained: bool
    request: GenerationRequest
    index: int
    description: UterusDescription
    not_understood: tuple[str, ...]
    settings: SamplingSettings
    label_source: LabelSource
    bundle: str
    bundle_version: str
    bundle_digest: str
    device: str
    precision: str
    versions: dict[str, str]
    intensity: str
    voxels_sha256: str
    created_utc: str
    seconds: float
    mask_sha256: str | None = None


def voxel_digest(array: npt.NDArray[np.generic]) -> str:
    """SHA-256 (hex) of the voxels of an array in C order, little endian."""
    ordered = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return hashlib.sha256(ordered.tobytes()).hexdigest()


def program_versions() -> dict[str, str]:
    """Version of this program and of the packages that shape its voxels."""
    found = {name: installed_version(name) for name in _PACKAGES}
    return {"uterinesynth": __version__, **{name: version for name, version in found.items() if version}}
