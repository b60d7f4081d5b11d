"""Everything around the uterus, in painting order."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import BladderFilling
from UterineSynthLib.phantom.bladder import build_bladder
from UterineSynthLib.phantom.bladder_space import bladder_space
from UterineSynthLib.phantom.body_wall import Habitus, build_body
from UterineSynthLib.phantom.bowel import build_bowel
from UterineSynthLib.phantom.free_fluid import build_free_fluid
from UterineSynthLib.phantom.implicit import Ellipsoid, Intersection, Region, Union
from UterineSynthLib.phantom.landmarks import Landmarks
from UterineSynthLib.phantom.muscles import build_muscles
from UterineSynthLib.phantom.pelvic_bones import build_pelvic_bones
from UterineSynthLib.phantom.polyline import Tube
from UterineSynthLib.phantom.pose import UterusPose
from UterineSynthLib.phantom.rectum import build_rectum
from UterineSynthLib.phantom.shape import Shape
from UterineSynthLib.phantom.spine import build_spine, place_spine
from UterineSynthLib.phantom.tissue_kind import Tissue
from UterineSynthLib.phantom.vessels import build_ligaments, build_vessels


def build_surroundings(
    landmarks: Landmarks, description: UterusDescription, rng: np.random.Generator, uterus: UterusPose
) -> tuple[list[Shape], list[Shape]]:
    """The pelvis around a uterus.

    Returns:
        Shapes to be painted before the uterus and shapes to be painted after it.
    """
    space = uterine_space(uterus)
    spine = place_spine(landmarks)
    body, cavity = build_body(landmarks, Habitus.draw(rng), uterus.masses, rng)
    muscles = build_muscles(landmarks, spine, rng)
    bones = [*build_spine(spine, rng), *build_pelvic_bones(landmarks, rng)]
    rectum = build_rectum(landmarks, spine, space, rng)
    filling = description.bladder_filling or BladderFilling.MODERATE
    room = Intersection(cavity, bladder_space(landmarks, uterus))
    bladder = build_bladder(landmarks, filling, room, space, rng)
    solid = [s.region for s in (*muscles, *bones, rectum[0], bladder[2]) if s.tissue is not Tissue.MARROW]
    bowel = build_bowel(landmarks, cavity, solid, space, rng)
    vessels = [*build_vessels(landmarks, uterus, rng), *build_ligaments(landmarks, uterus)]
    fluid = build_free_fluid(uterus, space, rectum[0].region, rng)
    before: list[Shape] = [*body, *bowel, *muscles, *bones, *rectum, *vessels, *bladder, *fluid]
    return before, []


def uterine_space(pose: UterusPose) -> Region:
    """The room the uterus takes with its masses: other organs yield to it.

    The centre line's radii reach around lesions on one side; here the lesions come as balls of their own.
    """
    radii = np.minimum(pose.line_radii_mm, 1.15 * max(pose.corpus_radii_mm[2], pose.cervix_radius_mm))
    line = np.array(pose.centre_line)
    corpus = Ellipsoid(
        pose.corpus_centre,
        (pose.corpus_radii_mm[1], pose.corpus_radii_mm[2], pose.corpus_radii_mm[0]),
        ((1.0, 0.0, 0.0), pose.corpus_front, pose.corpus_axis),
    )
    masses: list[Region] = [Ellipsoid(mass.centre, (mass.radius_mm,) * 3) for mass in pose.masses]
    return Union((Tube.along(line, radii), corpus, *masses))
