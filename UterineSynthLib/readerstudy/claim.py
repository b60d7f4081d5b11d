"""What a study sets out to show, declared before the first read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from UterineSynthLib.errors import RecordError


class Aim(StrEnum):
    """Direction of the claim.

    ``EQUIVALENCE``: readers do no better than chance, to within the margin. ``DIFFERENCE``: readers can tell, by at
    least the margin over chance.
    """

    EQUIVALENCE = "equivalence"
    DIFFERENCE = "difference"


class Measure(StrEnum):
    """What is compared with chance."""

    ACCURACY = "accuracy"
    AUC = "auc"


@dataclass(frozen=True)
class Claim:
    """The claim with its margin.

    Attributes:
        margin: distance from chance, in the unit of the measure (0.10 is ten percentage points); for equivalence the
            half width of the band around chance, for a difference the smallest one worth finding.
        alpha: error rate of each one-sided test of equivalence, or of the two-sided test of a difference.
        power: wanted probability to show a true claim.
        random_readers: whether the claim is meant for readers in general, not only for those who took part.
    """

    aim: Aim = Aim.EQUIVALENCE
    measure: Measure = Measure.ACCURACY
    margin: float = 0.10
    alpha: float = 0.05
    power: float = 0.80
    random_readers: bool = True

    def __post_init__(self) -> None:
        for name, low, high in (("margin", 0.0, 0.5), ("alpha", 0.0, 0.5), ("power", 0.5, 1.0)):
            value = getattr(self, name)
            if not low < value < high:
                raise RecordError(f"claim.{name}", f"{value:g} must lie between {low:g} and {high:g}")
