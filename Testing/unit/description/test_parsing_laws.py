"""Laws of the reader: nothing is dropped in silence, positions are true, contradictions name both sides."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.description.rendering import STYLES, render
from UterineSynthLib.errors import ContradictionError, DescriptionError, InputError


@given(data=st.data(), phrasing=st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_a_foreign_word_is_named_wherever_it_stands(any_description: Any, data: st.DataObject, phrasing: int) -> None:
    words = render(data.draw(any_description), phrasing).split(" ")
    words.insert(data.draw(st.integers(0, len(words))), "xyzzy")
    try:
        interpretation = interpret(" ".join(words))
    except InputError:
        return
    assert any("xyzzy" in word.text for word in interpretation.not_understood)


@given(data=st.data(), phrasing=st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_positions_point_at_the_words_they_name(any_description: Any, data: st.DataObject, phrasing: int) -> None:
    text = render(data.draw(any_description), phrasing) + " Xyzzy plugh."
    interpretation = interpret(text)
    for part in (*interpretation.understood, *interpretation.not_understood):
        assert text[part.start : part.end] == part.text
    assert [word.text for word in interpretation.not_understood] == ["Xyzzy plugh"]


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    try:
        interpret(text)
    except InputError as error:
        assert str(error)


@given(
    st.lists(
        st.sampled_from([f"word{i}" for i in range(9)])
        | st.sampled_from(["a", "the", "no", "3", "two", ",", ".", ";", "one", "FIGO"])
    )
)
@settings(max_examples=100, deadline=None)
def test_words_without_meaning_are_all_reported(words: list[str]) -> None:
    reported = " ".join(word.text for word in interpret(" ".join(words)).not_understood)
    assert [w for w in reported.split() if w.startswith("word")] == [w for w in words if w.startswith("word")]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("no fibroids, 2 cm fibroid", "no fibroids", "fibroid"),
        ("Normal uterus with a 3 cm myoma", "Normal", "myoma"),
        ("Anteverted. Retroverted.", "Anteverted", "Retroverted"),
        ("full bladder. Bladder is empty", "full", "empty"),
        ("premenopausal, post-menopausal", "premenopausal", "post-menopausal"),
        ("a 3 cm fibroid. The fibroid is 4 cm.", "3 cm", "4 cm"),
        ("FIGO 4 subserosal fibroid", "FIGO 4", "subserosal"),
        ("leiomyoma with JZ 14 mm", "leiomyoma", "14 mm"),
        ("adenomyosis, JZ 6 mm", "adenomyosis", "6 mm"),
        ("no adenomyosis, JZ 14 mm", "adenomyosis", "14 mm"),
        ("AV/AF, version -30 degrees", "AV/AF", "-30 degrees"),
        ("retroverted, AV/AF", "retroverted", "AV/AF"),
        ("slice thickness 4 mm, slice spacing 3 mm", "3 mm", "4 mm"),
        ("sagittal and coronal", "sagittal", "coronal"),
        ("3 T, 1.5 T", "3 T", "1.5 T"),
        ("two fibroids: a 1 cm, a 2 cm and a 3 cm one", "two", "3 cm"),
        ("endometrium 8 mm, endometrial thickness 9 mm", "8 mm", "9 mm"),
    ],
)
def test_a_contradiction_names_both_words_as_they_stand(text: str, first: str, second: str) -> None:
    with pytest.raises(ContradictionError, match="contradicts") as caught:
        interpret(text)
    said = {caught.value.first, caught.value.second}
    assert any(first in words for words in said)
    assert any(second in words for words in said)


def test_a_size_out_of_range_is_refused_with_its_limit() -> None:
    with pytest.raises(DescriptionError, match=re.escape("diameter_mm = 300.0: must lie between 5 and 150 mm")):
        interpret("a 30 cm fibroid")


@pytest.mark.parametrize("phrasing", range(2 * len(STYLES)))
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_reading_a_rendered_description_gives_it_back(any_description: Any, data: st.DataObject, phrasing: int) -> None:
    description = data.draw(any_description)
    interpretation = interpret(render(description, phrasing))
    assert interpretation.not_understood == ()
    assert interpretation.description == description


def test_every_style_words_the_same_description_its_own_way() -> None:
    description = interpret("two 3 cm fibroids, JZ 6 mm, AV/AF, postmenopausal, 3T").description
    assert len({render(description, phrasing) for phrasing in range(len(STYLES))}) == len(STYLES) >= 6


def test_the_same_phrasing_gives_the_same_words() -> None:
    description = interpret("a 3 cm fibroid, full bladder").description
    assert render(description, 11) == render(description, 11)
