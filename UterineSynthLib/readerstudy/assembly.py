"""A study before its images are written: who sees what, in which order, under which name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.readerstudy.design import Candidate, StudyDesign
from UterineSynthLib.readerstudy.draw import Draw
from UterineSynthLib.readerstudy.items import Item, arranged_items, opaque_id, rearranged
from UterineSynthLib.readerstudy.order import ReadCase
from UterineSynthLib.readerstudy.plan import PlannedCases, ReaderPlan, reader_plans, twins_needed


@dataclass(frozen=True)
class NamedItem:
    """An item under its opaque name, with the opaque names of its images.

    ``case`` is the name of the first showing; a hidden repeat has a name of its own.
    """

    name: str
    case: str
    item: Item
    images: tuple[str, ...]
    is_training: bool = False


@dataclass(frozen=True)
class Assembly:
    """Items to train on, to read and to repeat, and the plans of the readers."""

    items: tuple[NamedItem, ...]
    plans: tuple[ReaderPlan, ...]

    @property
    def images(self) -> dict[str, Candidate]:
        """Every image file to write, by opaque name, in the order of the names."""
        named = {n: c for item in self.items for n, c in zip(item.images, item.item.images, strict=True)}
        return dict(sorted(named.items()))


def assemble(design: StudyDesign, draw: Draw, salt: str) -> Assembly:
    """Name the items, plan every reader's order and add the second names of the cases that are repeated.

    Raises:
        InputError: no order keeps the cases of one subject apart.
    """
    rng = np.random.default_rng([design.seed, 5])
    to_read, to_train = arranged_items(design, draw, rng)
    names = _Names(salt)
    read = [names.named(item) for item in to_read]
    training = [names.named(item, is_training=True) for item in to_train]
    twins = {item.name: names.named(rearranged(item.item, rng), case=item.name) for item in read}
    planned = PlannedCases(
        tuple(ReadCase(item.name, item.item.subjects, item.item.is_synthetic) for item in read),
        tuple(item.name for item in training),
        {case: twin.name for case, twin in twins.items()},
    )
    plans = reader_plans(design, planned)
    needed = twins_needed(plans, planned.twin)
    return Assembly((*training, *read, *(twins[case] for case in sorted(needed))), plans)


class _Names:
    """Hands out opaque names, never one twice."""

    def __init__(self, salt: str) -> None:
        self._salt = salt
        self._used: set[str] = set()
        self._count = 0

    def named(self, item: Item, case: str | None = None, is_training: bool = False) -> NamedItem:
        name = self._next("item")
        images = tuple(self._next("image") for _ in item.images)
        return NamedItem(name, case or name, item, images, is_training)

    def _next(self, kind: str) -> str:
        while True:
            self._count += 1
            name = opaque_id(self._salt, kind, self._count)
            if name not in self._used:
                self._used.add(name)
                return name
