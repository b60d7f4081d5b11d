"""Plots of what was asked for against what was read, from records alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from UterineSynthLib.evaluation.adherence import pairs_of, sizes
from UterineSynthLib.evaluation.adherence_figures import NAMES
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.judged_image import Origin
from UterineSynthLib.optional import require
from UterineSynthLib.records import partial_of

_SHOWN = {
    "myoma_diameter_mm": "largest myoma (mm)",
    "endometrium_mm": "endometrium (mm)",
    "junctional_zone_mm": "junctional zone (mm)",
    "version_deg": "version (degrees)",
    "flexion_deg": "flexion (degrees)",
}
_COLOURS = {
    Origin.PHANTOM: "#8a8a8a",
    Origin.ANATOMY_FIRST: "#0072b2",
    Origin.TEXT: "#009e73",
    Origin.DIRECT: "#d55e00",
}
"""Colours that readers with any colour vision tell apart (Okabe & Ito 2008)."""
_SETTINGS = {"font.size": 8.0, "axes.spines.top": False, "axes.spines.right": False, "text.parse_math": False}


def write_plots(evidence: Evidence, folder: Path) -> list[tuple[str, str]]:
    """Draw ``asked-and-read.png``; returns (file name, caption), or nothing where no image was made.

    Raises:
        MissingPackageError: the plotting library is not installed.
    """
    shown = [origin for origin in _COLOURS if evidence.images(origin)]
    if not shown:
        return []
    name = "asked-and-read.png"
    with require("matplotlib").rc_context(_SETTINGS):
        figure = require("matplotlib.figure").Figure(figsize=(2.4 * len(_SHOWN), 2.7), layout="constrained")
        for place, (field, words) in enumerate(_SHOWN.items(), start=1):
            _scatter(figure.add_subplot(1, len(_SHOWN), place), evidence, shown, field, words)
        labels = [NAMES[origin] for origin in shown]
        handles = figure.axes[0].collections[: len(shown)]
        figure.legend(handles, labels, loc="outside lower center", ncols=len(shown), frameon=False)
        partial = partial_of(folder / name)
        folder.mkdir(parents=True, exist_ok=True)
        figure.savefig(partial, format="png", dpi=130, metadata={"Software": "UterineSynth"})
        partial.replace(folder / name)
    return [(name, "Asked for against read by the judge; on the line both agree")]


def _scatter(axes: Any, evidence: Evidence, shown: list[Origin], field: str, words: str) -> None:
    ends: list[float] = []
    for origin in shown:
        asked, read = sizes(pairs_of(evidence.images(origin)), field)
        axes.scatter(asked, read, s=9, color=_COLOURS[origin], alpha=0.75, linewidths=0)
        ends += [*asked, *read]
    span = (float(np.min(ends)), float(np.max(ends))) if ends else (0.0, 1.0)
    axes.plot(span, span, color="#222222", linewidth=0.6)
    axes.set_title(words, fontsize=8)
    axes.set_xlabel("asked for")
    axes.set_ylabel("read")
