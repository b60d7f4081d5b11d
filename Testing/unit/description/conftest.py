"""Random valid descriptions for property tests of anything that takes one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.limits import LIMITS
from UterineSynthLib.description.position import DEAD_BAND_DEG, signs_of
from UterineSynthLib.description.uterus import ADENOMYOSIS_JUNCTIONAL_ZONE_MM, UterusDescription
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    Figo,
    Level,
    MenopausalStatus,
    MyomaSignal,
    MyometrialInvasion,
    Pathology,
    Plane,
    UterinePosition,
    Wall,
)

PATHOLOGICAL = tuple(p for p in Pathology if p is not Pathology.NORMAL)


def maybe(strategy: Any) -> Any:
    return st.none() | strategy


def within(name: str, low: float | None = None, high: float | None = None) -> Any:
    """A number inside the limit of a field, whole, with one decimal or with all digits."""
    low = LIMITS[name].low if low is None else low
    high = LIMITS[name].high if high is None else high
    exact = st.floats(low, high, allow_nan=False)
    return (
        exact
        | exact.map(lambda x: min(max(round(x, 1), low), high))
        | exact.map(lambda x: float(int(x)) if int(x) >= low else low)
    )


def whole(name: str) -> Any:
    return st.integers(int(LIMITS[name].low), int(LIMITS[name].high))


@st.composite
def leiomyomas(draw: Any) -> Leiomyoma:
    figo, level = draw(maybe(st.sampled_from(Figo))), draw(maybe(st.sampled_from(Level)))
    if figo is Figo.TYPE_8:
        level = draw(st.sampled_from([None, Level.CERVIX]))
    elif figo is not None and level is Level.CERVIX:
        level = Level.ISTHMUS
    return Leiomyoma(
        figo=figo,
        diameter_mm=draw(maybe(within("diameter_mm"))),
        wall=draw(maybe(st.sampled_from(Wall))),
        level=level,
        t2_signal=draw(maybe(st.sampled_from(MyomaSignal))),
    )


@st.composite
def acquisitions(draw: Any) -> Acquisition:
    thickness = draw(maybe(within("slice_thickness_mm")))
    return Acquisition(
        field_strength_t=draw(st.sampled_from([None, 1.5, 3.0])),
        slice_thickness_mm=thickness,
        slice_spacing_mm=draw(maybe(within("slice_spacing_mm", low=thickness))),
        slice_count=draw(maybe(whole("slice_count"))),
        in_plane_spacing_mm=draw(maybe(within("in_plane_spacing_mm"))),
        matrix=draw(maybe(whole("matrix"))),
        plane=draw(maybe(st.sampled_from(Plane))),
    )


def _angle(draw: Any, name: str, sign: int) -> Any:
    if sign == 0:
        return draw(maybe(within(name)))
    return draw(maybe(within(name, low=DEAD_BAND_DEG) if sign > 0 else within(name, high=-DEAD_BAND_DEG)))


def _pathology_fields(draw: Any, named: tuple[Pathology, ...]) -> dict[str, Any]:
    fields = {}
    if Pathology.LEIOMYOMA in named:
        fields["leiomyomas"] = tuple(draw(st.lists(leiomyomas(), max_size=4)))
    if Pathology.ADENOMYOSIS in named:
        fields["adenomyosis_extent"] = draw(maybe(st.sampled_from(AdenomyosisExtent)))
    if Pathology.ENDOMETRIAL_POLYP in named:
        fields["polyp_diameter_mm"] = draw(maybe(within("polyp_diameter_mm")))
    if Pathology.ENDOMETRIAL_CARCINOMA in named:
        fields["carcinoma_diameter_mm"] = draw(maybe(within("carcinoma_diameter_mm")))
        fields["carcinoma_invasion"] = draw(maybe(st.sampled_from(MyometrialInvasion)))
    if Pathology.NABOTHIAN_CYSTS in named:
        fields["nabothian_cyst_count"] = draw(maybe(whole("nabothian_cyst_count")))
        fields["nabothian_cyst_diameter_mm"] = draw(maybe(within("nabothian_cyst_diameter_mm")))
    if Pathology.CAESAREAN_NICHE in named:
        fields["niche_depth_mm"] = draw(maybe(within("niche_depth_mm")))
        fields["niche_residual_mm"] = draw(maybe(within("niche_residual_mm")))
    return fields


def _junctional_zone(draw: Any, pathologies: Any, excluded: Any) -> Any:
    edge = ADENOMYOSIS_JUNCTIONAL_ZONE_MM
    thin, thick = within("junctional_zone_mm", high=edge - 0.1), within("junctional_zone_mm", low=edge)
    if pathologies is None:
        return draw(maybe(thin if Pathology.ADENOMYOSIS in excluded else thin | thick))
    return draw(maybe(thick if Pathology.ADENOMYOSIS in pathologies else thin))


@st.composite
def descriptions(draw: Any) -> UterusDescription:
    """Any valid description, every field open or set."""
    some = st.lists(st.sampled_from(PATHOLOGICAL), unique=True, min_size=1, max_size=4).map(tuple)
    pathologies = draw(st.none() | st.just((Pathology.NORMAL,)) | some)
    others = [p for p in PATHOLOGICAL if p not in (pathologies or ())]
    excluded = draw(st.lists(st.sampled_from(others), unique=True, max_size=3).map(tuple)) if others else ()
    position = draw(maybe(st.sampled_from(UterinePosition)))
    version_sign, flexion_sign = (0, 0) if position is None else signs_of(position)
    return UterusDescription(
        pathologies=pathologies,
        excluded=excluded,
        **_pathology_fields(draw, pathologies or ()),
        junctional_zone_mm=_junctional_zone(draw, pathologies, excluded),
        endometrium_mm=draw(maybe(within("endometrium_mm"))),
        position=position,
        version_deg=_angle(draw, "version_deg", version_sign),
        flexion_deg=_angle(draw, "flexion_deg", flexion_sign),
        uterine_length_mm=draw(maybe(within("uterine_length_mm"))),
        uterine_volume_ml=draw(maybe(within("uterine_volume_ml"))),
        menopausal_status=draw(maybe(st.sampled_from(MenopausalStatus))),
        bladder_filling=draw(maybe(st.sampled_from(BladderFilling))),
        acquisition=draw(acquisitions()),
    )


@pytest.fixture(scope="session")
def any_description() -> Any:
    """Strategy of valid descriptions, to draw from."""
    return descriptions()
