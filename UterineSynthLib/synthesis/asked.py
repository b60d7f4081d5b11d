"""What a request asks for, as one description on the model's grid, and which of its words were not understood."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.description.merging import merged
from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.errors import DescriptionError
from UterineSynthLib.synthesis.request import GenerationRequest

_SPACING_TOLERANCE = 0.02
"""Relative: spacings are written to two digits in reports."""


@dataclass(frozen=True)
class Asked:
    """The whole description of a request, and the words of its text that had no meaning here."""

    description: UterusDescription
    not_understood: tuple[str, ...]


def asked_of(request: GenerationRequest, grid: ModelGrid) -> Asked:
    """Join text and description of a request and lay them on the model's grid.

    Raises:
        ContradictionError: text and description exclude each other.
        DescriptionError: the model cannot make what the acquisition asks for.
    """
    if request.text is None:
        return Asked(on_grid(request.description, grid), ())
    interpretation = interpret(request.text)
    described = interpretation.description
    if request.description.leiomyomas:
        # The two lists speak of the same lesions; merging would count each twice.
        described = dataclasses.replace(described, leiomyomas=())
    description = merged(described, request.description)
    return Asked(on_grid(description, grid), tuple(word.text for word in interpretation.not_understood))


def on_grid(description: UterusDescription, grid: ModelGrid) -> UterusDescription:
    """The description with its acquisition filled in from the grid of the model.

    Raises:
        DescriptionError: names the field that the model cannot honour, and what it can.
    """
    asked = description.acquisition
    slices, matrix, _ = grid.shape
    made: dict[str, Plane | float] = {
        "plane": Plane.SAGITTAL,
        "slice_count": slices,
        "matrix": matrix,
        "slice_spacing_mm": grid.spacing_mm[0],
        "in_plane_spacing_mm": grid.spacing_mm[1],
    }
    for name, value in made.items():
        _check_honoured(name, getattr(asked, name), value)
    if asked.slice_thickness_mm is not None and asked.slice_thickness_mm > grid.spacing_mm[0]:
        raise DescriptionError(
            "acquisition.slice_thickness_mm",
            asked.slice_thickness_mm,
            f"this model's slices lie {grid.spacing_mm[0]:g} mm apart and cannot be thicker than that",
        )
    acquisition = dataclasses.replace(
        asked,
        plane=Plane.SAGITTAL,
        slice_count=slices,
        matrix=matrix,
        slice_spacing_mm=grid.spacing_mm[0],
        in_plane_spacing_mm=grid.spacing_mm[1],
    )
    return dataclasses.replace(description, acquisition=acquisition)


def _check_honoured(name: str, asked: object, made: Plane | float) -> None:
    if asked is None or asked == made:
        return
    if (
        isinstance(asked, (int, float))
        and isinstance(made, float)
        and math.isclose(asked, made, rel_tol=_SPACING_TOLERANCE)
    ):
        return
    shown = made if isinstance(made, Plane) else f"{made:g}"
    raise DescriptionError(
        f"acquisition.{name}", asked, f"this model makes {shown} only; leave it open, or resample the result"
    )
