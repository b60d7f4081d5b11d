"""The human views of a description."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.description.summary import MAX_SUMMARY_CHARACTERS, summarise
from UterineSynthLib.description.table import OPEN, table_rows
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.records import to_plain


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_field_that_is_set_has_a_row_with_a_value(any_description: Any, data: st.DataObject) -> None:
    description = data.draw(any_description)
    filled = {row.field for row in table_rows(description) if not row.is_open}
    plain = to_plain(description)
    scan = {f"acquisition.{name}" for name in plain.pop("acquisition")}
    lesions = {f"leiomyomas[{i}]" for i, lesion in enumerate(plain.pop("leiomyomas")) if lesion}
    single = {name for name, value in plain.items() if name not in ("schema", "version") and value != []}
    assert filled == scan | lesions | single


def test_a_table_of_every_field_of_an_open_description_is_open_throughout() -> None:
    rows = table_rows(UterusDescription(), every_field=True)
    assert {row.value for row in rows} == {OPEN}
    assert len({row.field for row in rows}) == len(rows) == 27


def test_values_carry_their_units() -> None:
    rows = {
        row.label: row.value
        for row in table_rows(interpret("a 3 cm FIGO 2-5 fibroid, uterine volume 90 ml").description)
    }
    assert rows["Leiomyoma 1"] == "FIGO 2-5, 30 mm"
    assert rows["Uterine volume"] == "90 ml"


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_summary_is_one_line_that_fits_a_caption(any_description: Any, data: st.DataObject) -> None:
    line = summarise(data.draw(any_description))
    assert 0 < len(line) <= MAX_SUMMARY_CHARACTERS
    assert "\n" not in line


def test_a_summary_begins_with_the_pathology() -> None:
    description = interpret("3T, a 3 cm FIGO 4 fibroid in the posterior wall, endometrium 8 mm").description
    assert summarise(description) == "leiomyoma FIGO 4 30 mm posterior; endometrium 8 mm; 3 T"


def test_an_open_description_says_so() -> None:
    assert summarise(UterusDescription()) == "everything open"
