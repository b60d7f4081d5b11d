"""Thickness of endometrium and junctional zone, from a label map.

The definitions are those of :class:`UterineSynthLib.phantom.measurement.MeasuredTruth`, taken in the sagittal slices
near the middle, where pixels are small: slices lie too far apart for distances across them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, distance_transform_edt

from UterineSynthLib.evaluation.midline import (
    CAVITY,
    CERVIX,
    Labels,
    Mask,
    Points,
    Spacing,
    long_axis,
    near_middle,
    points_in,
    points_of,
)
from UterineSynthLib.volumes.structures import Structure

_UNDISTURBED_MM = 8.0
_CAVITY_RANGE = (0.45, 0.95)
"""Middle and upper cavity, as shares of its length from the cervix."""
_ZONE_FROM = 0.3
_LEAST_PIXELS = 12
_LEAST_PLACES = 3
_LESIONS = (
    Structure.MYOMA,
    Structure.POLYP,
    Structure.CARCINOMA,
    Structure.NABOTHIAN_CYST,
    Structure.NICHE,
)
Values = npt.NDArray[np.float64]


def endometrium_mm(labels: Labels, spacing_mm: Spacing) -> float | None:
    """Double layer across the middle and upper cavity, where no lesion lies (median); None where there is none."""
    cavity = near_middle(np.isin(labels, CAVITY), spacing_mm[0])
    cervix = points_of(labels, CERVIX, spacing_mm)
    found = [
        _across(labels[number], cavity[number], cervix, spacing_mm)
        for number in np.flatnonzero(cavity.sum(axis=(1, 2)) >= _LEAST_PIXELS)
    ]
    thickness = np.concatenate(found) if found else np.empty(0)
    return round(float(np.median(thickness)), 1) if len(thickness) >= _LEAST_PLACES else None


def _across(labels: Labels, cavity: Mask, cervix: Points, spacing_mm: Spacing) -> Values:
    """Thickness along the cavity of one slice ``[H, W]``, away from lesions.

    The area of each pixel's length of cavity over that length: finer than counting along a ray.
    """
    points = points_in(cavity[None], spacing_mm)
    share, length_mm = _share_along(points, points, cervix)
    bins = max(int(length_mm / spacing_mm[1]), 1)
    place = np.minimum((share * bins).astype(int), bins - 1)
    pixels = np.bincount(place, minlength=bins)
    thickness = pixels * spacing_mm[1] * spacing_mm[2] * bins / length_mm
    near = np.bincount(place, near_lesions(labels, spacing_mm)[cavity], minlength=bins) > 0
    middle = (np.arange(bins) + 0.5) / bins
    inside = (middle > _CAVITY_RANGE[0]) & (middle < _CAVITY_RANGE[1])
    return np.asarray(thickness[inside & (pixels > 0) & ~near])


def junctional_zone_mm(labels: Labels, spacing_mm: Spacing) -> float | None:
    """Mean distance from the cavity to the outer border of the junctional zone in the corpus, away from lesions."""
    zone = labels == Structure.JUNCTIONAL_ZONE
    cavity = np.isin(labels, CAVITY)
    cervix = points_of(labels, CERVIX, spacing_mm)
    shown = near_middle(zone | cavity, spacing_mm[0]).any(axis=(1, 2))
    found = [
        _zone_of_slice(labels[number], zone[number], cavity[number], cervix, spacing_mm)
        for number in np.flatnonzero(shown & (cavity.sum(axis=(1, 2)) >= _LEAST_PIXELS))
    ]
    values = np.concatenate(found) if found else np.empty(0)
    return round(float(values.mean()), 1) if len(values) else None


def _zone_of_slice(labels: Labels, zone: Mask, cavity: Mask, cervix: Points, spacing_mm: Spacing) -> Values:
    outer = zone & binary_dilation(labels == Structure.UTERINE_WALL) & ~near_lesions(labels, spacing_mm)
    if not outer.any():
        return np.empty(0)
    distance_mm = distance_transform_edt(~cavity, sampling=spacing_mm[1:])
    whole, border = points_in((zone | cavity)[None], spacing_mm), points_in(outer[None], spacing_mm)
    share, _ = _share_along(border, whole, cervix)
    return np.asarray(distance_mm[outer][share > _ZONE_FROM])


def near_lesions(labels: Labels, spacing_mm: Spacing) -> Mask:
    """Pixels of a slice ``[H, W]`` within 8 mm of a lesion."""
    lesions = np.isin(labels, _LESIONS)
    if not lesions.any():
        return lesions
    return np.asarray(distance_transform_edt(~lesions, sampling=spacing_mm[1:]) < _UNDISTURBED_MM)


def _share_along(points: Points, body: Points, cervix: Points) -> tuple[Values, float]:
    """Where ``points`` lie along the long axis of ``body``, from 0 at the cervix to 1, and its length in mm."""
    centre, axis = body.mean(axis=0), long_axis(body)
    if len(cervix) and (cervix.mean(axis=0) - centre) @ axis > 0:
        axis = -axis
    along = (body - centre) @ axis
    length_mm = max(float(along.max() - along.min()), 1e-3)
    return np.clip(((points - centre) @ axis - along.min()) / length_mm, 0.0, 1.0), length_mm
