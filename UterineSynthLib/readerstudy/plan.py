"""What each reader reads in which order and session, by the opaque names of the items."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.readerstudy.order import Place, ReadCase, own_cases, reading_order, repeated_cases


@dataclass(frozen=True)
class SessionPlan:
    """One sitting.

    Attributes:
        number: from 1; training: items shown first, with feedback; items: to read, in this order.
    """

    number: int
    training: tuple[str, ...]
    items: tuple[str, ...]

    def after(self, item: str) -> str | None:
        """The item shown after another one of this sitting; None after the last."""
        shown = (*self.training, *self.items)
        place = shown.index(item) + 1
        return shown[place] if place < len(shown) else None


@dataclass(frozen=True)
class ReaderPlan:
    """All sittings of one reader."""

    reader: str
    sessions: tuple[SessionPlan, ...]


@dataclass(frozen=True)
class PlannedCases:
    """The cases of a study as plans need them.

    Attributes:
        cases: to read; training: names of training items.
        twin: by the name of a case, the second name under which it is shown again.
    """

    cases: tuple[ReadCase, ...]
    training: tuple[str, ...]
    twin: Mapping[str, str]


def reader_plans(design: StudyDesign, planned: PlannedCases) -> tuple[ReaderPlan, ...]:
    """The plans of all readers; each depends on the seed and the reader's place in the list alone.

    Raises:
        InputError: no order keeps the cases of one subject apart.
    """
    rank = np.random.default_rng([design.seed, 2]).permutation(len(planned.cases))
    ranks = {case.case: int(place) for case, place in zip(planned.cases, rank, strict=True)}
    return tuple(_plan_of(index, design, planned, ranks) for index in range(len(design.readers)))


def twins_needed(plans: Sequence[ReaderPlan], twin: Mapping[str, str]) -> set[str]:
    """The cases that at least one reader meets a second time."""
    shown = {item for plan in plans for session in plan.sessions for item in session.items}
    return {case for case, second in twin.items() if second in shown}


def _plan_of(index: int, design: StudyDesign, planned: PlannedCases, rank: dict[str, int]) -> ReaderPlan:
    rng = np.random.default_rng([design.seed, 3, index])
    schedule = design.schedule
    window = np.random.default_rng([design.seed, 4])
    cases = own_cases(planned.cases, index, schedule.cases_per_reader, window)
    repeated = repeated_cases(cases, schedule.repeat_share, rank)
    first_is_twin = {case.case: bool(rng.integers(2)) for case in repeated}
    names = _Names(planned.twin, first_is_twin)
    if schedule.reread:
        sittings = [reading_order(cases, repeated, schedule.block, rng) for _ in range(schedule.sessions)]
    else:
        sittings = _shared_out(reading_order(cases, repeated, schedule.block, rng), schedule.sessions)
    training = tuple(planned.training[int(i)] for i in rng.permutation(len(planned.training)))
    sessions = tuple(
        SessionPlan(number, training if number == 1 else (), tuple(names.of(place) for place in places))
        for number, places in enumerate(sittings, start=1)
    )
    return ReaderPlan(design.readers[index], sessions)


def _shared_out(places: list[Place], sessions: int) -> list[list[Place]]:
    cuts = [round(len(places) * i / sessions) for i in range(sessions + 1)]
    return [places[start:end] for start, end in itertools.pairwise(cuts)]


@dataclass(frozen=True)
class _Names:
    """Which of its two names a repeated case has when; drawn for each reader, so that no name means "again"."""

    twin: Mapping[str, str]
    first_is_twin: Mapping[str, bool]

    def of(self, place: Place) -> str:
        case = place.case.case
        return self.twin[case] if self.first_is_twin.get(case, False) is not place.is_repeat else case
