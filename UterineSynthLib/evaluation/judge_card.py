"""The card of a judge, written from its records alone."""

from __future__ import annotations

from UterineSynthLib.bundles.ledger import Ledger
from UterineSynthLib.evaluation.adherence import Adherence, adherence_table

_ABOUT = (
    "This is no generator. It labels every voxel of a sagittal T2-weighted stack, and pathology, version, flexion, "
    "diameters and thicknesses are read from its label map; generated images are judged with it."
)
_LIMITS = (
    "- Trained on images of a digital phantom alone, of seeds that no generator was trained on. It has never seen a "
    "patient and must not be used for diagnosis.\n"
    "- Its figures are those of images that look like the phantom's. On other images nothing is known of it."
)


def judge_card(
    name: str, version: str, accuracy: Adherence | None, training: dict[str, float] | None, ledger: Ledger
) -> str:
    """Markdown: what it is, how well it reads unseen phantoms, what it was trained on."""
    facts = [f"- {key.replace('_', ' ')}: {value:g}" for key, value in (training or {}).items()]
    data = ["| data set | source | licence | cases |", "|---|---|---|---|"]
    data += [f"| {e.name} | {e.source} | {e.licence} | {e.cases} |" for e in ledger.entries]
    parts = [
        f"# {name} {version}",
        _ABOUT,
        "## Its own accuracy on unseen phantoms",
        "Not measured yet." if accuracy is None else adherence_table({"unseen phantoms": accuracy}),
        "## Training",
        "\n".join(facts) or "Nothing is written down.",
        "## Training data",
        "\n".join([*data, "", f"The weights are given under {ledger.weights_licence}."]),
        "## Limits",
        _LIMITS,
    ]
    return "\n\n".join(parts)
