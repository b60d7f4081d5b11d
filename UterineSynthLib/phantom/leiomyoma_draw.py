"""Leiomyomas as they occur: number, type, size, place and signal where a description leaves them open."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
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
_CAVITY_TYPES = (Figo.TYPE_0, Figo.TYPE_1)


def draw_leiomyoma_count(rng: np.random.Generator) -> tuple[Leiomyoma, ...]:
    """One to five open leiomyomas: single in a third, as in UMD (97 single of 217 with a clear count)."""
    return (Leiomyoma(),) * int(rng.choice([1, 2, 3, 4, 5], p=[0.44, 0.26, 0.16, 0.09, 0.05]))


def complete_leiomyoma(asked: Leiomyoma, uterus: UterusDescription, rng: np.random.Generator) -> Leiomyoma:
    """``asked`` with its open fields filled so that they go together."""
    figo = asked.figo or _draw_figo(asked, rng)
    level = asked.level
    if level is None:
        level = (
            Level.CERVIX
            if figo is Figo.TYPE_8
            else _choose(rng, (Level.CORPUS, Level.FUNDUS, Level.ISTHMUS), (6, 3, 1))
        )
    wall = asked.wall or _choose(rng, tuple(Wall), (4, 4, 1, 1))
    diameter = asked.diameter_mm or _draw_diameter(figo, len(uterus.leiomyomas), rng)
    signal = asked.t2_signal or _choose(rng, tuple(_SIGNAL_SHARES), tuple(_SIGNAL_SHARES.values()))
    return replace(asked, figo=figo, level=level, wall=wall, diameter_mm=round(diameter, 1), t2_signal=signal)


def _draw_figo(asked: Leiomyoma, rng: np.random.Generator) -> Figo:
    if asked.level is Level.CERVIX:
        return Figo.TYPE_8
    shares = dict(_FIGO_SHARES)
    if asked.level is not None:
        del shares[Figo.TYPE_8]
    if asked.diameter_mm is not None:
        shares = {
            figo: share
            for figo, share in shares.items()
            if not ("-" in figo and asked.diameter_mm < _LEAST_TRANSMURAL_MM)
            and not (figo in _CAVITY_TYPES and asked.diameter_mm > _LARGEST_IN_CAVITY_MM)
            and not (figo is Figo.TYPE_8 and asked.diameter_mm > _LARGEST_IN_CERVIX_MM)
        }
    return _choose(rng, tuple(shares), tuple(shares.values()))


def _draw_diameter(figo: Figo, count: int, rng: np.random.Generator) -> float:
    median_mm = 36.0 if count == 1 else 26.0
    low, high = 7.0, 110.0 / np.sqrt(count)
    if figo in _CAVITY_TYPES:
        median_mm, high = 20.0, _LARGEST_IN_CAVITY_MM
    elif figo is Figo.TYPE_8:
        median_mm, high = 18.0, _LARGEST_IN_CERVIX_MM
    elif "-" in figo:
        low, median_mm = _LEAST_TRANSMURAL_MM, 48.0
    return float(np.clip(rng.lognormal(np.log(median_mm), 0.55), low, max(high, low + 6)))


def _choose(rng: np.random.Generator, options: tuple[T, ...], shares: tuple[float, ...]) -> T:
    weights = np.array(shares, dtype=float)
    return options[int(rng.choice(len(options), p=weights / weights.sum()))]
