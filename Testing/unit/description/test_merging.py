"""Merging a refinement into a description."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from UterineSynthLib.description.merging import merged
from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import ContradictionError


def said(text: str) -> UterusDescription:
    return interpret(text).description


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_an_open_description_changes_nothing(any_description: Any, data: st.DataObject) -> None:
    description = data.draw(any_description)
    assert merged(description, UterusDescription()) == description
    assert merged(UterusDescription(), description) == description


def test_open_fields_are_filled_and_pathologies_added() -> None:
    both = merged(said("a 3 cm fibroid, 3T"), said("8 mm polyp, full bladder, sagittal"))
    assert both == said("a 3 cm fibroid, 3T, 8 mm polyp, full bladder, sagittal")


def test_a_described_leiomyoma_takes_the_place_of_an_open_one() -> None:
    assert merged(said("two fibroids"), said("a 3 cm fibroid")) == said("a 3 cm fibroid and a fibroid")


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        ("full bladder", "empty bladder", "bladder_filling"),
        ("3T", "1.5T", "acquisition.field_strength_t"),
        ("normal uterus", "a polyp", "pathologies"),
        ("no polyp", "a polyp", "no endometrial_polyp"),
    ],
)
def test_a_refinement_may_not_gainsay(first: str, second: str, named: str) -> None:
    with pytest.raises(ContradictionError, match=named):
        merged(said(first), said(second))
