"""The order of one reader's cases: random, balanced in blocks, no neighbours from one subject, repeats far apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.errors import InputError

_ATTEMPTS = 200
_SWAPS_PER_PLACE = 30


@dataclass(frozen=True)
class ReadCase:
    """A case as far as its place in the order depends on it."""

    case: str
    subjects: frozenset[str]
    is_synthetic: bool


@dataclass(frozen=True)
class Place:
    """One place in a reader's order."""

    case: ReadCase
    is_repeat: bool = False


def own_cases(
    cases: Sequence[ReadCase], reader_index: int, cases_per_reader: int | None, rng: np.random.Generator
) -> list[ReadCase]:
    """The cases of one reader: all, or a window of the shuffled list, real and synthetic in the study's proportion.

    ``rng`` must start alike for every reader of a study; then each case is read by as many readers as any other, or
    by one more or less.
    """
    if cases_per_reader is None or cases_per_reader >= len(cases):
        return list(cases)
    chosen = []
    synthetic = [c for c in cases if c.is_synthetic]
    real = [c for c in cases if not c.is_synthetic]
    count_synthetic = round(cases_per_reader * len(synthetic) / len(cases))
    for group, count in ((real, cases_per_reader - count_synthetic), (synthetic, count_synthetic)):
        shuffled = [group[int(i)] for i in rng.permutation(len(group))]
        chosen += [shuffled[(reader_index * count + step) % len(shuffled)] for step in range(count)]
    return chosen


def repeated_cases(cases: Sequence[ReadCase], share: float, rank: dict[str, int]) -> list[ReadCase]:
    """The cases shown twice: the first by ``rank``, real and synthetic in the proportion of ``cases``."""
    count = round(share * len(cases))
    synthetic = sorted((c for c in cases if c.is_synthetic), key=lambda c: rank[c.case])
    real = sorted((c for c in cases if not c.is_synthetic), key=lambda c: rank[c.case])
    count_synthetic = round(count * len(synthetic) / len(cases)) if cases else 0
    return real[: count - count_synthetic] + synthetic[:count_synthetic]


def reading_order(
    cases: Sequence[ReadCase], repeated: Sequence[ReadCase], block: int, rng: np.random.Generator
) -> list[Place]:
    """All cases once and the repeated ones a second time.

    In every block the number of real and synthetic cases is that of the whole, to within one. A repeated case comes
    first in the first half and again in the second, never beside itself; no two neighbours share a subject.

    Raises:
        InputError: too many cases are of one subject for any order.
    """
    for _ in range(_ATTEMPTS):
        places = _drawn(cases, repeated, block, rng)
        if places is not None and _separated(places, rng):
            return places
    raise InputError(
        f"no order of {len(cases)} cases keeps those of one subject apart; draw fewer cases of the same subject"
    )


def _drawn(
    cases: Sequence[ReadCase], repeated: Sequence[ReadCase], block: int, rng: np.random.Generator
) -> list[Place] | None:
    """A balanced order with each repeat in the second half; None where the halves of this draw cannot hold them."""
    kinds = _kinds(cases, repeated, block, rng)
    half = (len(kinds) + 1) // 2
    places: list[Place | None] = [None] * len(kinds)
    for kind in (False, True):
        twice = [c for c in repeated if c.is_synthetic is kind]
        early = [i for i in range(half) if kinds[i] is kind]
        late = [i for i in range(half, len(kinds)) if kinds[i] is kind]
        if len(early) < len(twice) or len(late) < len(twice):
            return None
        for spots, again in ((early, False), (late, True)):
            for case, spot in zip(twice, rng.permutation(spots)[: len(twice)], strict=True):
                places[int(spot)] = Place(case, again)
        once = [c for c in cases if c.is_synthetic is kind and c not in twice]
        free = [i for i in range(len(kinds)) if kinds[i] is kind and places[i] is None]
        for case, spot in zip(once, rng.permutation(free), strict=True):
            places[int(spot)] = Place(case)
    return [place for place in places if place is not None]


def _kinds(cases: Sequence[ReadCase], repeated: Sequence[ReadCase], block: int, rng: np.random.Generator) -> list[bool]:
    """Whether each place holds a synthetic case: cumulative shares rounded at block ends, shuffled inside blocks."""
    total = len(cases) + len(repeated)
    synthetic = sum(c.is_synthetic for c in (*cases, *repeated))
    kinds: list[bool] = []
    for start in range(0, total, block):
        end = min(start + block, total)
        count = _cumulative(end, synthetic, total) - sum(kinds)
        part = np.array([True] * count + [False] * (end - start - count))
        kinds += [bool(kind) for kind in rng.permutation(part)]
    return kinds


def _cumulative(end: int, synthetic: int, total: int) -> int:
    return int(np.floor(end * synthetic / total + 0.5))


def _separated(places: list[Place], rng: np.random.Generator) -> bool:
    """Swap places of one kind until no neighbours share a subject; False where that did not succeed."""
    for _ in range(_SWAPS_PER_PLACE * len(places)):
        touching = [i for i in range(len(places) - 1) if _touch(places, i)]
        if not touching:
            return True
        first = touching[int(rng.integers(len(touching)))] + int(rng.integers(2))
        partners = [j for j in range(len(places)) if _may_swap(places, first, j)]
        second = partners[int(rng.integers(len(partners)))]
        places[first], places[second] = places[second], places[first]
    return not any(_touch(places, i) for i in range(len(places) - 1))


def _touch(places: list[Place], index: int) -> bool:
    return bool(places[index].case.subjects & places[index + 1].case.subjects)


def _may_swap(places: list[Place], first: int, second: int) -> bool:
    """Same kind, and the same half, so that balance and the distance of repeats stay."""
    half = (len(places) + 1) // 2
    same_kind = places[first].case.is_synthetic is places[second].case.is_synthetic
    return same_kind and (first < half) == (second < half)
