"""The contact sheet of a synthetic case: its slices, and below them what it shows and where it comes from."""

from __future__ import annotations

from PIL import Image

from UterineSynthLib.description.rendering import render
from UterineSynthLib.synthesis.case import SyntheticCase
from UterineSynthLib.volumes.contact_sheet import contact_sheet

_WAYS = {"shape model": "anatomy first", "mask": "from a given mask", "none": "direct"}


def case_sheet(case: SyntheticCase) -> Image.Image:
    """One page of a case; the contours are those of its label map."""
    provenance = case.provenance
    settings = provenance.settings
    number = f"volume {provenance.index + 1} of {provenance.request.count}"
    return contact_sheet(
        case.image,
        title=f"{provenance.bundle}, seed {provenance.request.seed}, {number}",
        lines=(
            render(provenance.description, 0) or "Everything was left open.",
            f"{_WAYS[provenance.label_source].capitalize()}; {settings.sampler} sampler, steps: {settings.steps}, "
            f"guidance {settings.guidance_scale:g}; model {provenance.bundle} {provenance.bundle_version} "
            f"({provenance.bundle_digest[:12]}).",
            provenance.statement,
        ),
    )
