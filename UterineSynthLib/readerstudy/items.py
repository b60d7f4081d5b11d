"""What a reader is shown: one image or, in a forced choice, a set with one real image; under names that say nothing."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.readerstudy.design import Candidate, StudyDesign
from UterineSynthLib.readerstudy.draw import Draw

_ID_LENGTH = 10
REAL, SYNTHETIC = "real", "synthetic"


@dataclass(frozen=True)
class Item:
    """One thing to judge.

    Attributes:
        images: in the order shown; one unless readers choose among several.
        real_place: place of the real image in a set, from 0; None for a single image.
    """

    images: tuple[Candidate, ...]
    real_place: int | None = None

    @property
    def subjects(self) -> frozenset[str]:
        """Whom the images show."""
        return frozenset(image.subject for image in self.images)

    @property
    def is_synthetic(self) -> bool:
        """Whether a single image is synthetic; a set, which holds a real one, is not."""
        return self.real_place is None and self.images[0].is_synthetic

    @property
    def right_answer(self) -> str:
        """The truth in words: real or synthetic, or the letter of the real image."""
        if self.real_place is not None:
            return string.ascii_uppercase[self.real_place]
        return SYNTHETIC if self.is_synthetic else REAL


def arranged_items(design: StudyDesign, draw: Draw, rng: np.random.Generator) -> tuple[list[Item], list[Item]]:
    """Items to read and items to train on."""
    if not design.is_forced_choice:
        return [Item((c,)) for c in draw.cases], [Item((c,)) for c in draw.training]
    per_set = design.schedule.images_per_item
    return _sets(draw.cases, per_set, rng), _sets(draw.training, per_set, rng)


def rearranged(item: Item, rng: np.random.Generator) -> Item:
    """The same images in a new order, so that a repeated set is not known by its places."""
    if item.real_place is None:
        return item
    order = rng.permutation(len(item.images))
    images = tuple(item.images[int(i)] for i in order)
    return Item(images, next(i for i, image in enumerate(images) if not image.is_synthetic))


def opaque_id(salt: str, kind: str, number: int) -> str:
    """A name that tells nothing to who does not know ``salt``; the order of names is random, too."""
    return hashlib.sha256(f"{salt}/{kind}/{number}".encode()).hexdigest()[:_ID_LENGTH]


def _sets(images: Sequence[Candidate], per_set: int, rng: np.random.Generator) -> list[Item]:
    """Each real image among synthetic ones; every place holds the real one equally often, to within one."""
    real = [c for c in images if not c.is_synthetic]
    synthetic = [c for c in images if c.is_synthetic]
    count = min(len(real), len(synthetic) // (per_set - 1))
    places = rng.permutation(np.arange(count) % per_set)
    sets = []
    for index in range(count):
        others = synthetic[index * (per_set - 1) : (index + 1) * (per_set - 1)]
        place = int(places[index])
        sets.append(Item((*others[:place], real[index], *others[place:]), place))
    return sets
