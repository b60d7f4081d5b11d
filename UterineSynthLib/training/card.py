"""The model card of a bundle, written from its records alone."""

from __future__ import annotations

import math
from typing import Any

from UterineSynthLib.bundles.inference_config import InferenceConfig
from UterineSynthLib.bundles.ledger import Ledger
from UterineSynthLib.bundles.metadata import BundleMetadata

_COLOURED = "coloured, with the correlations of what the sketch left open in the training studies"
_CENTRES = {"uterus": "the uterus", "pelvis": "the pelvis", "study": "the middle of the study"}


def card_of(metadata: BundleMetadata, inference: InferenceConfig, ledger: Ledger) -> str:
    """Markdown: what the model is, what it was trained on, what it may be used for, what was measured."""
    parts = [
        f"# {metadata.name} {metadata.version}",
        metadata.description,
        f"**{metadata.statement}**",
        "## What it takes and gives",
        _interface(inference),
        "## Training",
        _training(metadata.training),
        "## Training data",
        _ledger_table(ledger),
        "## Measured",
        _measured(metadata.eval_metrics),
        "## Limits",
        _limits(metadata),
        "## References",
        "\n".join(f"- {reference}" for reference in metadata.references),
    ]
    return "\n\n".join(parts)


def _interface(inference: InferenceConfig) -> str:
    conditions = inference.denoiser.conditions
    given = {
        "class": conditions.classes,
        "attributes": conditions.attributes,
        "text": conditions.text,
        "voxel spacing": conditions.spacing,
        "mask": conditions.mask,
    }
    taken = ", ".join(name for name, is_taken in given.items() if is_taken) or "none"
    steps = inference.anatomy_first.steps
    return "\n".join(
        [
            f"- Grid: {inference.grid}, around {_CENTRES[inference.grid.centre]}.",
            f"- Conditions, each optional: {taken}.",
            f"- Steps: {steps.draft} (draft), {steps.standard} (standard), {steps.best} (best).",
            f"- Temperature: {inference.temperature:g} (factor of the noise in sampling; 1 changes nothing).",
            f"- Noise: {'white' if inference.colour is None else _COLOURED}.",
            f"- Grain added to the decoded image: {_of_grain(inference)}.",
            f"- Guidance scale: {inference.anatomy_first.guidance_scale:g} anatomy first, {_of_direct(inference)}.",
        ]
    )


def _of_grain(inference: InferenceConfig) -> str:
    if inference.grain is None:
        return "none"
    return f"a deviation of {math.exp(inference.grain.log_sd) / 2:.1%} of the range in the middle study"


def _of_direct(inference: InferenceConfig) -> str:
    if inference.needs_mask:
        return "and no direct way: it makes no image without a label map"
    return f"{inference.direct.guidance_scale:g} direct (1 is off)"


def _training(facts: dict[str, Any]) -> str:
    rows = []
    for name, value in facts.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        rows.append(f"- {name.replace('_', ' ')}: {shown}")
    return "\n".join(rows)


def _ledger_table(ledger: Ledger) -> str:
    rows = ["| data set | source | licence | cases |", "|---|---|---|---|"]
    rows += [f"| {e.name} | {e.source} | {e.licence} | {e.cases} |" for e in ledger.entries]
    return "\n".join([*rows, "", f"The weights are given under {ledger.weights_licence}."])


def _measured(metrics: dict[str, float]) -> str:
    if not metrics:
        return "Nothing beyond the training loss yet."
    return "\n".join(["| what | value |", "|---|---|", *(f"| {name} | {value:g} |" for name, value in metrics.items())])


def _limits(metadata: BundleMetadata) -> str:
    lines = [f"- {metadata.intended_use}", "- Sagittal T2-weighted images on the grid above only."]
    if metadata.phantom_trained:
        lines.append("- It has never seen a patient: its images look like the phantom, not like a hospital's scans.")
    return "\n".join(lines)
