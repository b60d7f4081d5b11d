"""The FIGO type of a leiomyoma by its definition: what its surface faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from UterineSynthLib.description.vocabulary import Figo

TOUCHES = 0.004
"""Share of the surface that faces the endometrium from which on a leiomyoma touches it."""
BULGES = 0.10
"""Share of the surface from which on contact with the endometrium is a bulge into the cavity."""
REACHES_SEROSA = 0.03
HANGS_ON_STALK = 0.15
"""A leiomyoma with no more of its surface in the wall than this hangs on a stalk."""


@dataclass(frozen=True)
class Surroundings:
    """Shares of a leiomyoma's surface that face cavity, wall and the outside; other lesions do not count.

    For a ball cut by a flat wall the share of its surface, of its diameter and of its volume beyond the wall reach one
    half together, so the half that the definition speaks of is the half of the surface.
    """

    cavity: float
    wall: float
    outside: float
    in_cervix: bool = False

    @classmethod
    def of_counts(
        cls, cavity: npt.ArrayLike, wall: npt.ArrayLike, outside: npt.ArrayLike, in_cervix: bool = False
    ) -> Surroundings:
        """Shares from counts of surface elements."""
        counts = np.array([np.sum(cavity), np.sum(wall), np.sum(outside)], dtype=float)
        shares = counts / max(counts.sum(), 1.0)
        return cls(float(shares[0]), float(shares[1]), float(shares[2]), in_cervix)


def figo_of(faces: Surroundings) -> Figo:
    """The FIGO type that the definition gives (see :class:`Figo`).

    Hybrids reach both cavity and serosa; type 8 lies mostly in the wall of the cervix and touches no endometrium.
    """
    if faces.in_cervix and faces.cavity < TOUCHES:
        return Figo.TYPE_8
    if faces.wall <= HANGS_ON_STALK:
        return Figo.TYPE_0 if faces.cavity > faces.outside else Figo.TYPE_7
    serosal = faces.outside > REACHES_SEROSA
    mostly_out = faces.outside > 0.5
    if faces.cavity < TOUCHES:
        return Figo.TYPE_4 if not serosal else Figo.TYPE_6 if mostly_out else Figo.TYPE_5
    bulges = faces.cavity > BULGES
    if serosal:
        return Figo(f"{2 if bulges else 3}-{6 if faces.outside > 0.5 else 5}")
    if not bulges:
        return Figo.TYPE_3
    return Figo.TYPE_1 if faces.cavity > 0.5 else Figo.TYPE_2
