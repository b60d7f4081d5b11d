"""Relaxation times and proton density of every tissue, drawn once per study.

Sources, by letter as in the table below: (a) Takatsu et al., Acta Radiol 2015;56:997, 1.5 T; (b) T2 mapping at 1.5 and
3 T, BMC Med Imaging 2022, doi 10.1186/s12880-022-00960-w; (c) de Bazelaire et al., Radiology 2004;230:652, 3 T, where
T1 is 21 % longer; (d) Xu et al., Diagn Interv Radiol 2023;29:183. Values without a letter are assumptions, chosen so
that the tissue takes its usual place in a T2-weighted image.

T2 of one tissue differs by 1.7 to 1.9 times between methods (a) and (b), more than between persons. A study therefore
draws one method factor for all uterine tissues, and only a small spread for each of them: the order stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from UterineSynthLib.description.vocabulary import MenopausalStatus
from UterineSynthLib.phantom.texture import Texture
from UterineSynthLib.phantom.tissue_kind import Tissue

_METHOD_FACTOR = (1.0, 1.75)
_T1_SPREAD, _T2_SPREAD = 0.03, 0.03
_T1_3T_OVER_1_5T = 1.21
_FADED = 0.5


@dataclass(frozen=True)
class TissueValues:
    """What the sequence sees of one tissue: T1 and T2 (ms), proton density (water = 1) and its texture."""

    t1_ms: float
    t2_ms: float
    proton_density: float
    texture: Texture = Texture.PLAIN


@dataclass(frozen=True)
class _Nominal:
    """Values at both fields; ``method`` is the power of the study's method factor in T2 (1 = follows it wholly)."""

    t1_3t_ms: float
    t2_1_5t_ms: float
    t2_3t_ms: float
    proton_density: float
    texture: Texture = Texture.PLAIN
    method: float = 0.0


_NOMINAL: dict[Tissue, _Nominal] = {
    Tissue.AIR: _Nominal(1000.0, 1.0, 1.0, 0.0),
    Tissue.GAS: _Nominal(1000.0, 1.0, 1.0, 0.0),
    Tissue.SKIN: _Nominal(1000.0, 42.0, 38.0, 0.7, Texture.FINE),
    Tissue.SUBCUTANEOUS_FAT: _Nominal(382.0, 157.0, 134.0, 0.84, Texture.SEPTATE, 0.25),  # c; b, plus J-coupling in TSE
    Tissue.PELVIC_FAT: _Nominal(382.0, 152.0, 130.0, 0.82, Texture.STRANDED, 0.25),
    Tissue.MUSCLE: _Nominal(1150.0, 45.5, 40.0, 0.8, Texture.STRIATED, 0.3),  # between b and c
    Tissue.FASCIA: _Nominal(900.0, 28.0, 25.0, 0.55),
    Tissue.CORTICAL_BONE: _Nominal(500.0, 8.0, 7.0, 0.08),
    Tissue.MARROW: _Nominal(
        586.0, 88.0, 77.0, 0.66, Texture.PATCHY, 0.3
    ),  # c, T2 raised for the TSE brightness of its fat
    Tissue.DISC_NUCLEUS: _Nominal(1400.0, 105.0, 92.0, 0.8, Texture.FINE),
    Tissue.DISC_ANNULUS: _Nominal(1000.0, 36.0, 32.0, 0.6, Texture.FINE),
    Tissue.CEREBROSPINAL_FLUID: _Nominal(4000.0, 900.0, 800.0, 1.0),
    Tissue.NERVE_ROOT: _Nominal(1100.0, 75.0, 68.0, 0.75),
    Tissue.OUTER_MYOMETRIUM: _Nominal(1514.0, 79.3, 75.7, 0.88, Texture.MYOMETRIAL, 1.0),  # b, c
    Tissue.JUNCTIONAL_ZONE: _Nominal(1400.0, 50.0, 44.3, 0.84, Texture.FINE, 0.7),  # b, a
    Tissue.ENDOMETRIUM: _Nominal(1500.0, 111.0, 97.0, 0.92, Texture.FINE, 1.1),  # b, c; a
    Tissue.CAVITY_LINE: _Nominal(2000.0, 190.0, 175.0, 0.95),
    Tissue.SEROSA: _Nominal(1100.0, 48.0, 43.0, 0.8, Texture.PLAIN, 0.5),
    Tissue.CERVICAL_STROMA: _Nominal(1400.0, 49.0, 43.0, 0.82, Texture.FINE, 0.7),
    Tissue.CERVICAL_OUTER: _Nominal(1616.0, 78.0, 73.0, 0.86, Texture.MYOMETRIAL, 0.9),  # c
    Tissue.CERVICAL_MUCOSA: _Nominal(1600.0, 112.0, 100.0, 0.9, Texture.FINE, 0.9),
    Tissue.CERVICAL_MUCUS: _Nominal(2300.0, 330.0, 300.0, 0.96),
    Tissue.VAGINAL_WALL: _Nominal(1300.0, 56.0, 50.0, 0.82, Texture.FINE, 0.6),
    Tissue.VAGINAL_MUCOSA: _Nominal(1600.0, 135.0, 120.0, 0.9, Texture.FINE, 0.6),
    Tissue.URINE: _Nominal(3500.0, 900.0, 750.0, 1.0),
    Tissue.BLADDER_WALL: _Nominal(1200.0, 50.0, 44.0, 0.82, Texture.FINE, 0.4),
    Tissue.URETHRA: _Nominal(1400.0, 88.0, 78.0, 0.85, Texture.FINE, 0.4),
    Tissue.RECTAL_WALL: _Nominal(1200.0, 54.0, 48.0, 0.82, Texture.FINE, 0.4),
    Tissue.RECTAL_MUCOSA: _Nominal(1400.0, 98.0, 88.0, 0.86, Texture.FINE, 0.4),
    Tissue.STOOL: _Nominal(900.0, 78.0, 70.0, 0.62, Texture.CLUMPED),
    Tissue.BOWEL_WALL: _Nominal(1200.0, 62.0, 56.0, 0.82, Texture.FINE, 0.4),
    Tissue.BOWEL_FLUID: _Nominal(2200.0, 165.0, 150.0, 0.85, Texture.FEATHERED),
    Tissue.OVARIAN_STROMA: _Nominal(1600.0, 84.0, 76.0, 0.86, Texture.FINE, 0.9),  # a: 126 ms by method a
    Tissue.FOLLICULAR_FLUID: _Nominal(2700.0, 603.0, 520.0, 1.0),  # a
    Tissue.FLOWING_BLOOD: _Nominal(1700.0, 100.0, 90.0, 0.03),  # spins leave the slice between the pulses
    Tissue.SLOW_BLOOD: _Nominal(1700.0, 180.0, 135.0, 0.85),
    Tissue.FREE_FLUID: _Nominal(3500.0, 800.0, 700.0, 1.0),
    Tissue.CYST_FLUID: _Nominal(2800.0, 650.0, 560.0, 1.0),
    Tissue.MYOMA_TYPICAL: _Nominal(1300.0, 52.0, 47.0, 0.83, Texture.WHORLED, 0.6),
    Tissue.MYOMA_CELLULAR: _Nominal(1500.0, 84.0, 78.0, 0.9, Texture.FINE, 0.9),
    Tissue.MYOMA_HYALINE: _Nominal(1300.0, 50.0, 45.0, 0.8, Texture.BLOTCHED, 0.6),
    Tissue.MYOMA_CYSTIC: _Nominal(1400.0, 56.0, 50.0, 0.85, Texture.LACUNAR, 0.6),
    Tissue.MYOMA_CALCIFIED: _Nominal(1200.0, 48.0, 43.0, 0.78, Texture.CALCIFIED, 0.5),
    Tissue.MYOMA_RIM: _Nominal(1500.0, 92.0, 85.0, 0.88, Texture.PLAIN, 0.8),
    Tissue.POLYP: _Nominal(1500.0, 98.0, 87.0, 0.9, Texture.FINE, 1.0),  # d: below endometrium, above carcinoma
    Tissue.POLYP_CORE: _Nominal(1200.0, 52.0, 46.0, 0.82, Texture.PLAIN, 0.6),
    Tissue.POLYP_CYST: _Nominal(2500.0, 500.0, 450.0, 1.0),
    Tissue.CARCINOMA: _Nominal(1500.0, 84.0, 77.0, 0.9, Texture.BLOTCHED_FAINT, 0.95),  # d: 103 ms at 3 T
    Tissue.ECTOPIC_GLAND: _Nominal(1700.0, 190.0, 170.0, 0.94, Texture.PLAIN, 0.4),
    Tissue.ADENOMYOSIS: _Nominal(1400.0, 55.0, 49.0, 0.85, Texture.BLOTCHED_FAINT, 0.7),
    Tissue.SCAR: _Nominal(1100.0, 38.0, 34.0, 0.75),
    Tissue.NICHE_FLUID: _Nominal(2800.0, 600.0, 520.0, 1.0),
}


def tissue_table(
    field_strength_t: float,
    rng: np.random.Generator,
    menopausal_status: MenopausalStatus | None = None,
) -> dict[Tissue, TissueValues]:
    """Values of every tissue in one study.

    After the menopause zonal contrast fades: outer myometrium and junctional zone move towards each other.
    """
    method = float(rng.uniform(*_METHOD_FACTOR))
    table = {tissue: _draw(nominal, field_strength_t, method, rng) for tissue, nominal in _NOMINAL.items()}
    if menopausal_status is MenopausalStatus.POSTMENOPAUSAL:
        _fade(table)
    return table


def texture_of(tissue: Tissue) -> Texture:
    """What a tissue looks like in every study."""
    return _NOMINAL[tissue].texture


def _draw(nominal: _Nominal, field_strength_t: float, method: float, rng: np.random.Generator) -> TissueValues:
    t1, t2 = nominal.t1_3t_ms, nominal.t2_3t_ms
    if field_strength_t < 2:
        t1, t2 = t1 / _T1_3T_OVER_1_5T, nominal.t2_1_5t_ms
    spread = np.clip(rng.standard_normal(2), -1.5, 1.5) * (_T1_SPREAD, _T2_SPREAD)
    t2 *= method**nominal.method
    return TissueValues(
        float(t1 * np.exp(spread[0])), float(t2 * np.exp(spread[1])), nominal.proton_density, nominal.texture
    )


def _fade(table: dict[Tissue, TissueValues]) -> None:
    """Bring T2 of the two zones of the myometrium nearer to that of their geometric mean, the outer one more."""
    outer, inner = table[Tissue.OUTER_MYOMETRIUM], table[Tissue.JUNCTIONAL_ZONE]
    middle = float(np.sqrt(outer.t2_ms * inner.t2_ms))
    for tissue, values, share in (
        (Tissue.OUTER_MYOMETRIUM, outer, _FADED),
        (Tissue.JUNCTIONAL_ZONE, inner, _FADED / 2),
    ):
        t2 = values.t2_ms * (middle / values.t2_ms) ** share
        table[tissue] = TissueValues(values.t1_ms, t2, values.proton_density, values.texture)
