"""The whole pelvis of one description as shapes in painting order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import MenopausalStatus, Pathology
from UterineSynthLib.phantom.growth import GrownUterus, grow_uterus
from UterineSynthLib.phantom.implicit import as_point
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.lesions import Lesion
from UterineSynthLib.phantom.ovaries import build_ovaries
from UterineSynthLib.phantom.pose import Mass, UterusPose
from UterineSynthLib.phantom.shape import Shape
from UterineSynthLib.phantom.surroundings import build_surroundings
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.phantom.uterus import uterine_solids
from UterineSynthLib.phantom.vagina import build_vagina

_POSE_POINTS = 14
_LARGE_LESION_MM = 15.0


@dataclass(frozen=True)
class Anatomy:
    """A pelvis as shapes.

    Attributes:
        landmarks: its fixed points; fields: the zones of its uterus; pose: where the uterus lies.
        surroundings: shapes painted before the uterus; uterus: uterus and lesions; over: shapes painted last.
        lesions: what was grown, in the order of the description.
    """

    landmarks: Landmarks
    fields: UterineFields
    pose: UterusPose
    surroundings: tuple[Shape, ...]
    uterus: tuple[Shape, ...]
    over: tuple[Shape, ...]
    lesions: tuple[Lesion, ...]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Everything in painting order."""
        return (*self.surroundings, *self.uterus, *self.over)


def build_anatomy(description: UterusDescription, seed: int, grown: GrownUterus | None = None) -> Anatomy:
    """The pelvis of a complete description around its uterus, which is grown here if it is not given.

    Raises:
        InputError: what is asked for cannot be built; the message says why.
    """
    grown = grown or grow_uterus(description, seed)
    fields = grown.fields
    ovary_rng, vagina_rng, surroundings_rng = np.random.default_rng([seed, 4]).spawn(3)
    status = description.menopausal_status or MenopausalStatus.PREMENOPAUSAL
    ovaries, ovary_masses = build_ovaries(fields, status, ovary_rng)
    pose = _pose(fields, grown.lesions, ovary_masses)
    before, after = build_surroundings(grown.landmarks, description, surroundings_rng, pose)
    vagina = build_vagina(grown.landmarks, pose, vagina_rng)
    uterus = (*vagina, *uterine_solids(fields), *grown.lesion_solids)
    return Anatomy(grown.landmarks, fields, pose, (*before, *ovaries), uterus, tuple(after), grown.lesions)


def _pose(fields: UterineFields, lesions: tuple[Lesion, ...], ovaries: list[Mass]) -> UterusPose:
    form, line = fields.form, fields.form.line
    stations = np.linspace(0, line.length_mm, _POSE_POINTS)
    middle = (line.internal_os_s + line.length_mm) / 2
    corpus_axis, cervix_axis = (0.0, *line.corpus_axis), (0.0, *line.cervix_axis)
    masses = [
        Mass(item.centre, item.diameter_mm / 2)
        for item in lesions
        if item.pathology is Pathology.LEIOMYOMA and item.diameter_mm >= _LARGE_LESION_MM
    ]
    return UterusPose(
        external_os=line.point(0.0),
        internal_os=line.point(line.internal_os_s),
        fundus=line.point(line.length_mm),
        corpus_centre=line.point(middle),
        corpus_radii_mm=(line.corpus_mm / 2, form.corpus_lateral_mm, form.corpus_across_mm),
        cervix_radius_mm=form.cervix_across_mm,
        cervix_axis=cervix_axis,
        corpus_axis=corpus_axis,
        corpus_front=as_point([0.0, -line.corpus_axis[1], line.corpus_axis[0]]),
        centre_line=tuple(line.point(float(s)) for s in stations),
        line_radii_mm=tuple(_radius_across(fields, float(s)) for s in stations),
        masses=(*masses, *ovaries),
    )


def _radius_across(fields: UterineFields, s: float) -> float:
    """Largest distance from the centre line to the serosa, to the front or the back, at ``s``."""
    offsets = np.arange(-60.0, 60.5, 1.0)
    points = fields.form.line.points(s, offsets).astype(np.float32)
    inside = fields.at(points[:, 0], points[:, 1], points[:, 2]).serosa < 0
    return float(np.abs(offsets[inside]).max()) if inside.any() else 1.0
