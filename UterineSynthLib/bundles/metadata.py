"""``configs/metadata.json``: the keys of MONAI's bundle specification, and what a synthetic image's user must know.

Keys and their meaning: MONAI ``docs/source/mb_specification.rst``, section "metadata.json File". Unknown keys are
refused, so that a misspelt statement is never lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from UterineSynthLib.optional import installed_version

SCHEMA_URL = "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_generator_ldm_20230507.json"
SYNTHETIC_STATEMENT = (
    "Every image made with this model is synthetic. It shows no patient and must not be used for diagnosis."
)
PHANTOM_STATEMENT = (
    "The model was trained on images of a digital phantom alone, not on scans of patients; it shows what the phantom "
    "can show and nothing else."
)


@dataclass(frozen=True)
class BundleMetadata:
    """Metadata of a bundle.

    Attributes:
        name: what the bundle is called; version: its own version, such as ``0.1.0``.
        phantom_trained: whether no patient's scan was used in training.
        statement: what everybody must know who looks at an image made with the model.
        network_data_format: MONAI's description of inputs and outputs.
        training: facts of the training run (steps, hours, data seeds), free keys.
    """

    name: str
    version: str
    description: str
    phantom_trained: bool
    statement: str = SYNTHETIC_STATEMENT
    schema: str = SCHEMA_URL
    changelog: dict[str, str] = field(default_factory=dict)
    monai_version: str = ""
    pytorch_version: str = ""
    numpy_version: str = ""
    required_packages_version: dict[str, str] = field(default_factory=dict)
    task: str = "Synthesis of sagittal T2-weighted MRI of the uterus from a clinical description"
    authors: str = "The UterineSynth developers"
    copyright: str = "Copyright (c) the UterineSynth developers"
    intended_use: str = "Research and teaching only. Not a medical device."
    data_source: str = ""
    data_type: str = "nifti, nrrd"
    image_classes: str = "one channel, T2-weighted signal in [-1, 1]"
    eval_metrics: dict[str, float] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    network_data_format: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


def tested_versions() -> dict[str, str]:
    """The version keys of :class:`BundleMetadata`, filled from what is installed."""
    packages = {name: installed_version(name) for name in ("safetensors", "SimpleITK", "scipy", "tokenizers")}
    return {
        "monai_version": installed_version("monai") or "",
        "pytorch_version": (installed_version("torch") or "").partition("+")[0],
        "numpy_version": installed_version("numpy") or "",
        "required_packages_version": {name: version for name, version in packages.items() if version},  # type: ignore[dict-item]
    }
