"""One leiomyoma as it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.description.limits import check_limits
from UterineSynthLib.description.vocabulary import Figo, Level, MyomaSignal, Wall
from UterineSynthLib.errors import ContradictionError


@dataclass(frozen=True)
class Leiomyoma:
    """A leiomyoma; every field may be left open (None).

    Attributes:
        figo: FIGO type 0-8 or hybrid.
        diameter_mm: largest diameter in mm.
        wall: part of the circumference; level: height along the uterine axis.
        t2_signal: appearance on T2.
    """

    figo: Figo | None = None
    diameter_mm: float | None = None
    wall: Wall | None = None
    level: Level | None = None
    t2_signal: MyomaSignal | None = None

    def __post_init__(self) -> None:
        check_limits(self, "leiomyoma.")
        if self.figo is Figo.TYPE_8 and self.level not in (None, Level.CERVIX):
            raise ContradictionError("FIGO 8", str(self.level), "type 8 lies in the cervix, outside the corpus wall")
        if self.level is Level.CERVIX and self.figo not in (None, Figo.TYPE_8):
            raise ContradictionError(f"FIGO {self.figo}", "cervix", "a cervical leiomyoma is FIGO 8")
