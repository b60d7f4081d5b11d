"""What a description refuses, and that each refusal names field, value and limit."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.limits import LIMITS, WHOLE_NUMBERS
from UterineSynthLib.description.uterus import BELONGS_TO, UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import ContradictionError, DescriptionError
from UterineSynthLib.records import digest, from_json, to_json

HOMES = {
    field.name: (cls, prefix)
    for cls, prefix in ((UterusDescription, ""), (Leiomyoma, "leiomyoma."), (Acquisition, "acquisition."))
    for field in dataclasses.fields(cls)
    if field.name in LIMITS
}


def test_every_limit_belongs_to_a_field() -> None:
    assert set(HOMES) == set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("side", ["below", "above", "not a number"])
def test_a_value_outside_its_limit_is_refused_by_field_value_and_limit(name: str, side: str) -> None:
    limit = LIMITS[name]
    value = {"below": limit.low - 1, "above": limit.high + 1, "not a number": float("nan")}[side]
    cls, prefix = HOMES[name]
    fields: dict[str, Any] = {name: value}
    if name in BELONGS_TO:
        fields["pathologies"] = (BELONGS_TO[name],)
    with pytest.raises(DescriptionError, match=f"{limit.low:g} and {limit.high:g}") as caught:
        cls(**fields)
    assert caught.value.field == prefix + name
    assert str(value) in str(caught.value)


@pytest.mark.parametrize("name", LIMITS)
def test_the_ends_of_a_limit_are_allowed(name: str) -> None:
    cls, _ = HOMES[name]
    fields: dict[str, Any] = {"pathologies": (BELONGS_TO[name],)} if name in BELONGS_TO else {}
    number = int if name in WHOLE_NUMBERS else float
    for value in map(number, (LIMITS[name].low, LIMITS[name].high)):
        assert getattr(cls(**fields, **{name: value}), name) == value


@pytest.mark.parametrize("name", sorted(WHOLE_NUMBERS))
def test_a_count_is_a_whole_number(name: str) -> None:
    cls, prefix = HOMES[name]
    fields: dict[str, Any] = {"pathologies": (BELONGS_TO[name],)} if name in BELONGS_TO else {}
    with pytest.raises(DescriptionError, match="must be a whole number") as caught:
        cls(**fields, **{name: LIMITS[name].low + 0.5})
    assert caught.value.field == prefix + name


@pytest.mark.parametrize("name", [n for n in BELONGS_TO if n in LIMITS])
def test_a_field_of_a_pathology_needs_that_pathology(name: str) -> None:
    with pytest.raises(ContradictionError, match=f"{name} needs '{BELONGS_TO[name]}'"):
        UterusDescription(**{name: LIMITS[name].low})


def test_naming_and_excluding_the_same_pathology_is_refused() -> None:
    with pytest.raises(ContradictionError, match="no leiomyoma"):
        UterusDescription(pathologies=(Pathology.LEIOMYOMA,), excluded=(Pathology.LEIOMYOMA,))


def test_excluding_adenomyosis_excludes_a_thick_junctional_zone() -> None:
    with pytest.raises(ContradictionError, match="no adenomyosis"):
        UterusDescription(excluded=(Pathology.ADENOMYOSIS,), junctional_zone_mm=12.0)


def test_excluding_everything_must_be_said_as_normal() -> None:
    everything = tuple(p for p in Pathology if p is not Pathology.NORMAL)
    with pytest.raises(DescriptionError, match="ask for 'normal'"):
        UterusDescription(excluded=everything)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_description_survives_json_with_its_digest(any_description: Any, data: st.DataObject) -> None:
    description = data.draw(any_description)
    again = from_json(UterusDescription, to_json(description))
    assert again == description
    assert digest(again) == digest(description)
