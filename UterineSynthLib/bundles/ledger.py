"""The ledger of a bundle: every data set that shaped the weights, and the licence it came under."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.records import record


@dataclass(frozen=True)
class TrainingData:
    """One data set.

    Attributes:
        name: of the data set; source: where it comes from (address or command that makes it).
        licence: SPDX identifier or the licence's name; terms: what it asks of users of the weights.
        cases: how many volumes were used; is_phantom: made by the digital phantom, no patient in it.
    """

    name: str
    source: str
    licence: str
    terms: str
    cases: int
    is_phantom: bool


@record("uterinesynth.ledger")
@dataclass(frozen=True)
class Ledger:
    """Training data and the licence that the weights may be given on under because of them."""

    weights_licence: str
    entries: tuple[TrainingData, ...]

    @property
    def phantom_trained(self) -> bool:
        """Whether no patient's scan shaped the weights."""
        return all(entry.is_phantom for entry in self.entries)
