"""The uterus without lesions: its form from a description, and its zones as solids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import AdenomyosisExtent, Figo, Pathology, Wall
from UterineSynthLib.errors import InputError
from UterineSynthLib.phantom.centre_line import centre_line
from UterineSynthLib.phantom.implicit import Box, Described, Solid, as_box
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.shape import Field
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.uterine_fields import UterineFields, ZoneFields
from UterineSynthLib.phantom.uterine_form import FocalWidening, UterineForm
from UterineSynthLib.phantom.uterine_size import cervix_share, least_half_thickness_mm
from UterineSynthLib.volumes.structures import Structure

_WIDTH_OVER_THICKNESS = 1.18
_VOLUME_STEP_MM = 4.0
_SAMPLING_MM = 1.0
_MUCUS_MM, _MUCOSA_MM, _STROMA_MM = 0.8, 2.3, 6.5
"""Outer borders of the canal's mucus, its mucosa and the dark stroma, from the axis of the canal."""


def uterine_form(description: UterusDescription, landmarks: Landmarks, rng: np.random.Generator) -> UterineForm:
    """The form that a complete description asks for; the radii are solved from the volume.

    Raises:
        InputError: length, volume and thicknesses exclude each other.
    """
    assert description.uterine_length_mm and description.uterine_volume_ml
    assert description.version_deg is not None and description.flexion_deg is not None
    assert description.endometrium_mm and description.junctional_zone_mm
    cervix_mm = float(np.clip(cervix_share(description) * description.uterine_length_mm, 16.0, 36.0))
    line = centre_line(
        landmarks,
        description.version_deg,
        description.flexion_deg,
        cervix_mm,
        description.uterine_length_mm - cervix_mm,
        float(np.clip(rng.normal(0, 4), -9, 9)),
    )
    across = 0.27 * description.uterine_length_mm
    form = UterineForm(
        line,
        corpus_lateral_mm=_WIDTH_OVER_THICKNESS * across,
        corpus_across_mm=across,
        cervix_lateral_mm=0.6 * across,
        cervix_across_mm=0.52 * across,
        endometrium_mm=description.endometrium_mm,
        junctional_zone_mm=description.junctional_zone_mm,
        fundal_wall_mm=min(
            max(0.62 * across, least_half_thickness_mm(description) - description.endometrium_mm / 2), 40.0
        ),
        seed=int(rng.integers(2**31)),
    )
    if description.adenomyosis_extent is AdenomyosisExtent.FOCAL and description.shows(Pathology.ADENOMYOSIS):
        form = replace(form, focal=_focal_widening(form, _freer_wall(description, rng), rng))
    return _with_volume(form, description)


def uterine_solids(fields: UterineFields) -> list[Solid]:
    """The zones in painting order, as changed by the lesions that ``fields`` knows."""
    box = uterine_box(fields)
    inner = fields.form.line.internal_os_s

    def zone(structure: Structure, tissue: Tissue, formula: Callable[[ZoneFields], Field]) -> Solid:
        def distance(x: Field, y: Field, z: Field) -> Field:
            return np.asarray(formula(fields.at(x, y, z)), dtype=np.float32)

        return Solid(Described(distance, box), structure, tissue, _SAMPLING_MM)

    def within(f: ZoneFields, wall_mm: float) -> Field:
        return f.serosa + np.float32(wall_mm)

    def cervical(f: ZoneFields, distance: Field, above_mm: float = 0.0) -> Field:
        return np.asarray(np.maximum(distance, f.s - np.float32(inner + above_mm)), dtype=np.float32)

    wall, cavity = Structure.UTERINE_WALL, Structure.UTERINE_CAVITY
    stroma, canal = Structure.CERVICAL_STROMA, Structure.CERVICAL_CANAL
    return [
        zone(Structure.SEROSA, Tissue.SEROSA, lambda f: f.serosa),
        zone(wall, Tissue.OUTER_MYOMETRIUM, lambda f: within(f, 0.6)),
        zone(Structure.OUTER_CERVIX, Tissue.CERVICAL_OUTER, lambda f: cervical(f, within(f, 0.6))),
        zone(stroma, Tissue.CERVICAL_STROMA, lambda f: cervical(f, np.maximum(f.canal - _STROMA_MM, within(f, 1.2)))),
        zone(
            Structure.JUNCTIONAL_ZONE,
            Tissue.JUNCTIONAL_ZONE,
            lambda f: np.maximum(np.maximum(f.junction, within(f, 1.5)), np.float32(inner) - f.s),
        ),
        zone(cavity, Tissue.ENDOMETRIUM, lambda f: np.maximum(f.endometrium, within(f, 2.0))),
        zone(canal, Tissue.CERVICAL_MUCOSA, lambda f: cervical(f, f.canal - _MUCOSA_MM, 1.0)),
        zone(Structure.CERVICAL_MUCUS, Tissue.CERVICAL_MUCUS, lambda f: cervical(f, f.canal - _MUCUS_MM, 1.0)),
        zone(cavity, Tissue.CAVITY_LINE, lambda f: f.cavity_line),
    ]


def uterine_box(fields: UterineFields, margin_mm: float = 2.0) -> Box:
    """A close box around the uterus with its lesions' covers, found on a coarse lattice."""
    low, high = _generous_box(fields.form)
    for cover, _ in fields.covers:
        low = np.minimum(low, cover.bounds_mm[0])
        high = np.maximum(high, cover.bounds_mm[1])
    x, y, z = lattice(low - 6, high + 6, 6.0)
    inside = np.argwhere(fields.at(x, y, z).serosa < 6.0)
    corner, stop = inside.min(axis=0), inside.max(axis=0)
    at = [axis[tuple(np.stack([corner, stop], axis=1))] for axis in (x, y, z)]
    near = np.stack(at, axis=1)
    return as_box(near[0] - margin_mm, near[1] + margin_mm)


def lattice(low: npt.ArrayLike, high: npt.ArrayLike, step_mm: float) -> tuple[Field, Field, Field]:
    """LPS coordinates of a lattice with axes (x, y, z) between two corners."""
    corners = zip(np.asarray(low, dtype=float).tolist(), np.asarray(high, dtype=float).tolist(), strict=True)
    axes = [np.arange(a, b + step_mm, step_mm, dtype=np.float32) for a, b in corners]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    return x, y, z


def _generous_box(form: UterineForm) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    reach = max(form.corpus_lateral_mm, least_reach_mm(form)) * 1.2 + 4
    points = form.line.points(np.linspace(0, form.line.length_mm, 12))
    return points.min(axis=0) - reach, points.max(axis=0) + reach


def least_reach_mm(form: UterineForm) -> float:
    """How far the zones reach from the axis across the organ."""
    return form.endometrium_mm / 2 + form.junctional_zone_mm + 6.0


def uterine_volume_ml(fields: UterineFields) -> float:
    """Volume inside the serosa, from a lattice of 4 mm with partial cells."""
    x, y, z = lattice(*_generous_box(fields.form), _VOLUME_STEP_MM)
    share = np.clip(0.5 - fields.at(x, y, z).serosa / _VOLUME_STEP_MM, 0, 1)
    return float(share.sum() * _VOLUME_STEP_MM**3 / 1000)


def _with_volume(form: UterineForm, description: UterusDescription) -> UterineForm:
    target = description.uterine_volume_ml
    assert target
    for _ in range(4):
        volume = uterine_volume_ml(UterineFields(form))
        scale = float(np.clip((target / volume) ** 0.6, 0.5, 2.0))
        form = replace(
            form,
            corpus_lateral_mm=form.corpus_lateral_mm * scale,
            corpus_across_mm=form.corpus_across_mm * scale,
            cervix_lateral_mm=float(np.clip(form.cervix_lateral_mm * scale, 9.0, 22.0)),
            cervix_across_mm=float(np.clip(form.cervix_across_mm * scale, 8.0, 19.0)),
        )
    volume = uterine_volume_ml(UterineFields(form))
    if abs(volume / target - 1) > 0.15 or form.corpus_across_mm > 0.75 * form.line.corpus_mm:
        msg = (
            f"a uterus {description.uterine_length_mm:g} mm long with an endometrium of "
            f"{description.endometrium_mm:g} mm and a junctional zone of {description.junctional_zone_mm:g} mm "
            f"cannot have {target:g} ml; the nearest that can be built has about {volume:.0f} ml: "
            "change the volume or the length, or leave one open"
        )
        raise InputError(msg)
    return form


def _freer_wall(description: UterusDescription, rng: np.random.Generator) -> float:
    """The wall with less leiomyoma in it: 1 anterior, -1 posterior; the posterior more often where both are free."""
    burden = {wall: 0.0 for wall in Wall}
    for item in description.leiomyomas:
        if item.figo is not Figo.TYPE_7:
            burden[item.wall or Wall.ANTERIOR] += item.diameter_mm or 0.0
    if burden[Wall.ANTERIOR] != burden[Wall.POSTERIOR]:
        return 1.0 if burden[Wall.ANTERIOR] < burden[Wall.POSTERIOR] else -1.0
    return 1.0 if rng.random() < 0.35 else -1.0


def _focal_widening(form: UterineForm, front: float, rng: np.random.Generator) -> FocalWidening:
    line = form.line
    base = float(rng.uniform(3.5, 6.0))
    offset = front * (form.endometrium_mm / 2 + 0.5 * form.junctional_zone_mm)
    s = line.internal_os_s + float(rng.uniform(0.5, 0.68)) * line.corpus_mm
    return FocalWidening(s, offset, 0.0, max(14.0, 1.1 * form.junctional_zone_mm), base)
