"""What the rest of the pelvis must know of the uterus: where it lies and how big it is."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.phantom.landmarks import Point


@dataclass(frozen=True)
class Mass:
    """A ball that holds a large lesion (or an ovary), LPS mm."""

    centre: Point
    radius_mm: float


@dataclass(frozen=True)
class UterusPose:
    """Place and size of the uterus; all points in LPS mm, all directions unit vectors in LPS.

    Attributes:
        external_os, internal_os, fundus: on the uterine axis; fundus is the middle of the fundal serosa.
        corpus_centre: middle of the corpus; corpus_radii_mm: its half extents along the corpus axis, to the side (x)
            and across (front to back of the organ).
        cervix_radius_mm: outer radius of the cervix.
        cervix_axis, corpus_axis: directed cranially, in the mid-sagittal plane.
        corpus_front: direction of the anterior wall of the corpus, at right angles to its axis.
        centre_line: points from the external os to the fundus; line_radii_mm: radius across at each of them.
        masses: lesions of 15 mm or more, with the ovaries last.
    """

    external_os: Point
    internal_os: Point
    fundus: Point
    corpus_centre: Point
    corpus_radii_mm: tuple[float, float, float]
    cervix_radius_mm: float
    cervix_axis: Point
    corpus_axis: Point
    corpus_front: Point
    centre_line: tuple[Point, ...]
    line_radii_mm: tuple[float, ...]
    masses: tuple[Mass, ...] = ()
