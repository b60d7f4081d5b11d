"""How long and how large a uterus is where the description leaves it open, and what its zones need at least."""

from __future__ import annotations

import numpy as np

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import MenopausalStatus
from UterineSynthLib.phantom.uterine_form import (
    CERVIX_SHARE_POSTMENOPAUSAL,
    CERVIX_SHARE_PREMENOPAUSAL,
    LEAST_OUTER_MYOMETRIUM_MM,
)

_LENGTH_MM = {MenopausalStatus.PREMENOPAUSAL: (76.0, 8.0), MenopausalStatus.POSTMENOPAUSAL: (58.0, 7.0)}
"""Mean and spread. Reproductive 60 to 90 mm and 50 to 90 ml, after menopause 30 to 60 mm in lay sources."""
_ACROSS_SHARE = {MenopausalStatus.PREMENOPAUSAL: 0.60, MenopausalStatus.POSTMENOPAUSAL: 0.50}
"""Thickness of the corpus as a share of the length of the uterus, before any widening of its zones."""
_ELLIPSOID = 0.523
"""Volume = 0.523 x length x width x thickness, as in the sonographic rule."""


def complete_size(full: UterusDescription, rng: np.random.Generator) -> tuple[float, float]:
    """``uterine_length_mm`` and ``uterine_volume_ml`` that suit each other and the thickness of the zones."""
    status = full.menopausal_status or MenopausalStatus.PREMENOPAUSAL
    zones = least_half_thickness_mm(full)
    length, volume = full.uterine_length_mm, full.uterine_volume_ml
    if length is None:
        mean, sd = _LENGTH_MM[status]
        length = mean + sd * float(np.clip(rng.standard_normal(), -1.8, 1.8)) + 1.1 * max(0.0, zones - 14.0)
        if volume is not None:
            length = (volume * 1000 / (_ELLIPSOID * 1.15 * _ACROSS_SHARE[status] ** 2)) ** (1 / 3)
            length = max(length, 3.0 * zones)
        length = float(np.clip(length, 36.0, 118.0))
    if volume is None:
        across = max(_ACROSS_SHARE[status] * length * float(rng.uniform(0.9, 1.1)), 2 * zones + 4.0)
        volume = float(np.clip(_ELLIPSOID * 0.8 * length * across * 1.15 * across / 1000, 10.5, 300.0))
    return round(length, 1), round(volume, 1)


def least_half_thickness_mm(full: UterusDescription) -> float:
    """Half thickness of the corpus that holds endometrium, junctional zone and a little outer myometrium."""
    return (full.endometrium_mm or 0.0) / 2 + (full.junctional_zone_mm or 0.0) + LEAST_OUTER_MYOMETRIUM_MM


def cervix_share(full: UterusDescription) -> float:
    """Share of the cervix in the length of the uterus."""
    post = full.menopausal_status is MenopausalStatus.POSTMENOPAUSAL
    return CERVIX_SHARE_POSTMENOPAUSAL if post else CERVIX_SHARE_PREMENOPAUSAL
