"""Leiomyomas as they occur: number, type, size, place and signal where a description leaves them open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.vocabulary import Figo, Level, MyomaSignal, Wall

T = TypeVar("T")

_FIGO_SHARES = {
    Figo.TYPE_0: 0.05,
    Figo.TYPE_1: 0.08,
    Figo.TYPE_2: 0.12,
    Figo.TYPE_3: 0.12,
    Figo.TYPE_4: 0.22,
    Figo.TYPE_5: 0.13,
    Figo.TYPE_6: 0.10,
    Figo.TYPE_7: 0.06,
    Figo.TYPE_8: 0.04,
    Figo.TYPE_2_5: 0.04,
    Figo.TYPE_2_6: 0.01,
    Figo.TYPE_3_5: 0.02,
    Figo.TYPE_3_6: 0.01,
}
_SIGNAL_SHARES = {
    MyomaSignal.TYPICAL: 0.55,
    MyomaSignal.CELLULAR: 0.12,
    MyomaSignal.HYALINE: 0.18,
    MyomaSignal.CYSTIC: 0.07,
    MyomaSignal.CALCIFIED: 0.08,
}
_LEAST_TRANSMURAL_MM = 34.0
_LARGEST_IN_CAVITY_MM = 45.0
_LARGEST_IN_CERVIX_MM = 40.0
_LEVEL_SHARES = {Level.CORPUS: 0.6, Level.FUNDUS: 0.3, Level.ISTHMUS: 0.1}
_WALL_SHARES = {Wall.ANTERIOR: 0.4, Wall.POSTERIOR: 0.4, Wall.LEFT: 0.1, Wall.RIGHT: 0.1}
_CROWDED = 0.08
_MOST_IN_CAVITY = 2
_REACH_CAVITY = tuple(figo for figo in Figo if figo.value[0] in "0123")
_CAVITY_TYPES = (Figo.TYPE_0, Figo.TYPE_1)


def draw_leiomyoma_count(rng: np.random.Generator) -> tuple[Leiomyoma, ...]:
    """One to five open leiomyomas: single in a third, as in UMD (97 single of 217 with a clear count)."""
    return (Leiomyoma(),) * int(rng.choice([1, 2, 3, 4, 5], p=[0.44, 0.26, 0.16, 0.09, 0.05]))


def complete_leiomyomas(
    asked: Sequence[Leiomyoma], size_factor: float, rng: np.random.Generator
) -> tuple[Leiomyoma, ...]:
    """``asked`` with open fields filled so that they go together and leave each other room.

    Args:
        asked: given fields stay as they are.
        size_factor: makes drawn diameters smaller where the usual ones found no room.
        rng: of all choices.
    """
    done: list[Leiomyoma] = []
    for item in asked:
        others = (*done, *asked[len(done) + 1 :])
        in_cavity = sum(other.figo in _REACH_CAVITY for other in others)
        figo = item.figo or _draw_figo(item, in_cavity < _MOST_IN_CAVITY, rng)
        level, wall = _place(replace(item, figo=figo), others, rng)
        diameter = item.diameter_mm or _draw_diameter(figo, len(asked), size_factor, rng)
        signal = item.t2_signal or _choose(rng, tuple(_SIGNAL_SHARES), tuple(_SIGNAL_SHARES.values()))
        done.append(Leiomyoma(figo, round(diameter, 1), wall, level, signal))
    return tuple(done)


def _place(asked: Leiomyoma, others: Sequence[Leiomyoma], rng: np.random.Generator) -> tuple[Level, Wall]:
    """Level and wall: usual places first, less likely where others lie already."""
    levels = dict(_LEVEL_SHARES) if asked.figo is not Figo.TYPE_8 else {Level.CERVIX: 1.0}
    if asked.level is not None:
        levels = {asked.level: 1.0}
    walls = _WALL_SHARES if asked.wall is None else {asked.wall: 1.0}
    places = {}
    for level, level_share in levels.items():
        for wall, wall_share in walls.items():
            taken = sum((other.level, other.wall) == (level, wall) for other in others)
            places[level, wall] = level_share * wall_share * _CROWDED**taken
    return _choose(rng, tuple(places), tuple(places.values()))


def _draw_figo(asked: Leiomyoma, may_reach_cavity: bool, rng: np.random.Generator) -> Figo:
    if asked.level is Level.CERVIX:
        return Figo.TYPE_8
    shares = dict(_FIGO_SHARES)
    if asked.level is not None:
        del shares[Figo.TYPE_8]
    if not may_reach_cavity:
        shares = {figo: share for figo, share in shares.items() if figo not in _REACH_CAVITY}
    if asked.diameter_mm is not None:
        shares = {
            figo: share
            for figo, share in shares.items()
            if not ("-" in figo and asked.diameter_mm < _LEAST_TRANSMURAL_MM)
            and not (figo in _CAVITY_TYPES and asked.diameter_mm > _LARGEST_IN_CAVITY_MM)
            and not (figo is Figo.TYPE_8 and asked.diameter_mm > _LARGEST_IN_CERVIX_MM)
        }
    return _choose(rng, tuple(shares), tuple(shares.values()))


def _draw_diameter(figo: Figo, count: int, size_factor: float, rng: np.random.Generator) -> float:
    median_mm = 36.0 if count == 1 else 26.0
    low, high = 7.0, 110.0 / np.sqrt(count)
    if figo in _CAVITY_TYPES:
        median_mm, high = 20.0, _LARGEST_IN_CAVITY_MM
    elif figo is Figo.TYPE_8:
        median_mm, high = 18.0, _LARGEST_IN_CERVIX_MM
    elif "-" in figo:
        low, median_mm = _LEAST_TRANSMURAL_MM, 48.0
    return float(np.clip(rng.lognormal(np.log(size_factor * median_mm), 0.55), low, max(high, low + 6)))


def _choose(rng: np.random.Generator, options: tuple[T, ...], shares: tuple[float, ...]) -> T:
    weights = np.array(shares, dtype=float)
    return options[int(rng.choice(len(options), p=weights / weights.sum()))]
