"""What lies in the middle of a model's grid, and what told us where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import SimpleITK as sitk

from UterineSynthLib.errors import InputError, VolumeError
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.roi import uterine_region


class Centre(StrEnum):
    """What is to lie in the middle of the model's grid.

    ``uterus``: the uterus of the label map, which must be there. ``study``: the middle of the study. ``found``: the
    uterus of the label map; where there is none, as the localiser sees it; where the localiser is unsure or not
    installed, the middle of the study. :class:`CentredOn` says which it was.
    """

    UTERUS = "uterus"
    STUDY = "study"
    FOUND = "found"


class CentredOn(StrEnum):
    """What the middle of a case's grid was taken from."""

    LABELS = "labels"
    LOCALISER = "localiser"
    STUDY = "study"


_NAMES = {
    CentredOn.LABELS: "the labelled uterus",
    CentredOn.LOCALISER: "what the localiser sees",
    CentredOn.STUDY: "the middle of the study",
}


@dataclass(frozen=True)
class Middle:
    """The middle of a model's grid.

    Attributes:
        place_mm: LPS position.
        taken_from: what told it.
        said: the same in words, with the figures behind it.
    """

    place_mm: tuple[float, float, float]
    taken_from: CentredOn
    said: str


def middle_of(study: sitk.Image, labels: sitk.Image | None, centre: Centre) -> Middle:
    """The middle for a study in the sagittal frame.

    Raises:
        VolumeError: ``centre`` is the uterus and no label map shows one.
    """
    if centre is Centre.STUDY:
        return Middle(Geometry.of_image(study).centre_mm, CentredOn.STUDY, "centred on the study, as set")
    if labels is None and centre is Centre.UTERUS:
        raise VolumeError("study", "has no label map to find the uterus in; centre on the study instead")
    try:
        if labels is not None:
            place_mm = uterine_region(labels, margin_mm=0.0).centre_mm(Geometry.of_image(labels))
            return Middle(place_mm, CentredOn.LABELS, "centred on the labelled uterus")
    except VolumeError:
        if centre is Centre.UTERUS:
            raise
    return _seen(study)


def said_of(centred: Mapping[CentredOn, int]) -> str:
    """How many cases were centred on what, with the localiser's measured error where it was used."""
    counts = ", ".join(f"{count} on {_NAMES[source]}" for source, count in centred.items() if count)
    if not centred.get(CentredOn.LOCALISER):
        return counts
    from UterineSynthLib.dataset.localiser import localiser_facts

    return f"{counts} ({localiser_facts()})"


def _seen(study: sitk.Image) -> Middle:
    from UterineSynthLib.dataset.localiser import find_uterus, localiser_facts

    middle_mm = Geometry.of_image(study).centre_mm
    try:
        facts = localiser_facts()
    except InputError as error:
        return Middle(middle_mm, CentredOn.STUDY, f"centred on the study: {error}")
    place = find_uterus(study)
    if place.is_sure:
        said = f"centred where the localiser sees the uterus ({facts})"
        return Middle(place.centre_mm, CentredOn.LOCALISER, said)
    said = f"centred on the study: the localiser is unsure (its heat map is {place.spread_mm:.0f} mm wide)"
    return Middle(middle_mm, CentredOn.STUDY, said)
