"""The whole pelvis of one description as shapes in painting order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import MenopausalStatus, Pathology
from UterineSynthLib.phantom.implicit import Solid, as_point
from UterineSynthLib.phantom.landmarks import Landmarks, draw_landmarks
from UterineSynthLib.phantom.lesions import Lesion, grow_lesions
from UterineSynthLib.phantom.ovaries import build_ovaries
from UterineSynthLib.phantom.pose import Mass, UterusPose
from UterineSynthLib.phantom.shape import Shape
from UterineSynthLib.phantom.surroundings import build_surroundings
from UterineSynthLib.phantom.uterine_fields import UterineFields
from UterineSynthLib.phantom.uterus import uterine_form, uterine_solids
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


def build_anatomy(description: UterusDescription, seed: int) -> Anatomy:
    """The pelvis of a complete description.

    Raises:
        InputError: what is asked for cannot be built; the message says why.
    """
    landmark_rng, form_rng, lesion_rng, ovary_rng, vagina_rng, surroundings_rng = np.random.default_rng(
        [seed, 2]
    ).spawn(6)
    status = description.menopausal_status or MenopausalStatus.PREMENOPAUSAL
    landmarks = draw_landmarks(landmark_rng)
    fields = UterineFields(uterine_form(description, landmarks, form_rng))
    lesions, lesion_solids = grow_lesions(description, fields, lesion_rng)
    ovaries, ovary_masses = build_ovaries(fields, status, ovary_rng)
    pose = _pose(fields, lesions, ovary_masses)
    before, after = build_surroundings(landmarks, description, surroundings_rng, pose)
    uterus: list[Solid] = [*build_vagina(landmarks, pose, vagina_rng), *uterine_solids(fields), *lesion_solids]
    return Anatomy(landmarks, fields, pose, (*before, *ovaries), tuple(uterus), tuple(after), tuple(lesions))


def _pose(fields: UterineFields, lesions: list[Lesion], ovaries: list[Mass]) -> UterusPose:
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
    points = np.array([fields.form.line.point(s, float(u)) for u in offsets], dtype=np.float32)
    inside = fields.at(points[:, 0], points[:, 1], points[:, 2]).serosa < 0
    return float(np.abs(offsets[inside]).max()) if inside.any() else 1.0
