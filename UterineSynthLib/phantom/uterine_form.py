"""Size and shape of one uterus without its lesions: the numbers that its zones are computed from."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.phantom.centre_line import CentreLine

CERVIX_SHARE_PREMENOPAUSAL = 0.37
CERVIX_SHARE_POSTMENOPAUSAL = 0.46
"""Share of the cervix in the length: the corpus shrinks after menopause, the cervix less."""

LEAST_OUTER_MYOMETRIUM_MM = 4.0
ISTHMIC_JUNCTIONAL_ZONE_MM = 4.5


@dataclass(frozen=True)
class FocalWidening:
    """Focal adenomyosis: the junctional zone swells around a point of the corpus, in coordinates ``s, u, w``."""

    s: float
    u: float
    w: float
    reach_mm: float
    base_mm: float


@dataclass(frozen=True)
class UterineForm:
    """A uterus without lesions, in millimetres.

    Attributes:
        line: its axis.
        corpus_lateral_mm, corpus_across_mm: greatest half width (x) and half thickness (front to back) of the corpus.
        cervix_lateral_mm, cervix_across_mm: the same of the cervix.
        endometrium_mm: double layer; junctional_zone_mm: mean, or greatest with a ``focal`` widening.
        fundal_wall_mm: from the top of the cavity to the fundal serosa.
        seed: of the irregularity of all surfaces.
    """

    line: CentreLine
    corpus_lateral_mm: float
    corpus_across_mm: float
    cervix_lateral_mm: float
    cervix_across_mm: float
    endometrium_mm: float
    junctional_zone_mm: float
    fundal_wall_mm: float
    seed: int
    focal: FocalWidening | None = None

    @property
    def cavity_apex_s(self) -> float:
        """``s`` of the lower end of the cavity."""
        return self.line.internal_os_s + 2.0

    @property
    def cavity_top_s(self) -> float:
        """``s`` of the flat top of the cavity's core, half an endometrium below the top of the endometrium."""
        return max(self.line.length_mm - self.fundal_wall_mm - self.endometrium_mm / 2, self.cavity_apex_s + 6.0)

    @property
    def cavity_half_width_mm(self) -> float:
        """Half width of the cavity's core at its top; the endometrium adds half its thickness.

        Cavities are 27 to 32 mm wide at the fundus, growing with parity (PubMed 20664389).
        """
        room = self.corpus_lateral_mm - self.endometrium_mm / 2 - self.base_junctional_zone_mm - 6.0
        return max(3.0, min(0.52 * self.corpus_lateral_mm, room, 16.0))

    @property
    def base_junctional_zone_mm(self) -> float:
        """Thickness of the junctional zone away from a focal widening."""
        return self.junctional_zone_mm if self.focal is None else self.focal.base_mm
