"""The label map that a description leads to, by itself: to be edited before an image is painted from it.

Needs numpy, scipy and SimpleITK only, so that it also works where no network can run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.bundles.catalogue import model_grid
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.synthesis.anatomy import anatomy_of
from UterineSynthLib.synthesis.asked import asked_of
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.volumes.files import SYNTHETIC_MARK, write_image


@dataclass(frozen=True)
class AnatomyDraft:
    """A written label map; ``description`` is what it shows, with nothing left open."""

    labels: Path
    description: UterusDescription


def write_anatomy_draft(request: GenerationRequest, folder: Path) -> AnatomyDraft:
    """Write the label map that :class:`Synthesizer` would paint volume 1 of a request from.

    Raises:
        InputError: the shape model cannot build what is asked for, or the model named is not there.
        OutputError: the file cannot be written.
    """
    grid = model_grid(request.model, request.dimension)
    labels, _, description = anatomy_of(asked_of(request, grid).description, grid, request.seed, 0)
    path = folder / f"anatomy_seed{request.seed}.nii.gz"
    write_image(labels, path, f"{SYNTHETIC_MARK} anatomy seed {request.seed} labels")
    return AnatomyDraft(path, description)
