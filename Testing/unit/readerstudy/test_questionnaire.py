"""Questions, forms and their answers."""

from __future__ import annotations

import pytest

from UterineSynthLib.errors import InputError, RecordError
from UterineSynthLib.readerstudy.forms import FORMS, questionnaire_of
from UterineSynthLib.readerstudy.question import Option, Question, QuestionKind, QuestionRole
from UterineSynthLib.readerstudy.questionnaire import Questionnaire
from UterineSynthLib.records import from_json, to_json

SCALE = Question("looks", "How?", QuestionKind.SCALE, anchors=("bad", "fair", "good"))
CHOICE = Question("finding", "What?", QuestionKind.CHOICE, options=(Option("a", "A"), Option("b", "B")))
NUMBER = Question("size", "Size?", QuestionKind.NUMBER, minimum=0.0, maximum=50.0, unit="mm", required=False)
TEXT = Question("note", "Note?", QuestionKind.TEXT, QuestionRole.COMMENT, required=False)


@pytest.mark.parametrize("names", [[name] for name in FORMS] + [list(FORMS)])
def test_authenticity_is_asked_last_in_every_form(names: list[str]) -> None:
    form = questionnaire_of(names)
    assert form.questions[-1] is form.authenticity
    assert form.authenticity.points == 6
    assert from_json(Questionnaire, to_json(form)) == form


def test_authenticity_before_another_question_is_refused() -> None:
    asked = questionnaire_of(["turing"]).questions[0]
    with pytest.raises(RecordError, match="must be asked once, as the last question"):
        Questionnaire("x", "", (asked, SCALE))


def test_two_forms_with_one_id_are_refused() -> None:
    with pytest.raises(RecordError, match="'looks' comes twice"):
        questionnaire_of(["turing"], [SCALE, SCALE])


def test_an_unknown_form_names_those_there_are() -> None:
    with pytest.raises(InputError, match="there are turing, anchored, likert, clinical"):
        questionnaire_of(["nosuch"])


def test_a_forced_choice_offers_one_letter_an_image() -> None:
    last = questionnaire_of(["turing"], images_per_item=4).authenticity
    assert [option.value for option in last.options] == ["A", "B", "C", "D"]


def test_answers_come_back_in_their_stored_form() -> None:
    form = Questionnaire("x", "", (SCALE, CHOICE, NUMBER, TEXT))
    assert form.check({"looks": 2, "finding": "b"}) == {"looks": 2.0, "finding": "b", "size": None, "note": None}
    assert form.check({"looks": 3, "finding": "a", "size": 12, "note": "n"})["size"] == 12.0


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"finding": "a"}, "answer looks: is missing"),
        ({"looks": 4, "finding": "a"}, "answer looks: got 4, expected 1 to 3"),
        ({"looks": 1.5, "finding": "a"}, "answer looks: got '1.5', expected a whole number"),
        ({"looks": True, "finding": "a"}, "answer looks: got 'True'"),
        ({"looks": 1, "finding": "c"}, "answer finding: got 'c', expected one of a, b"),
        ({"looks": 1, "finding": "a", "size": 51}, "answer size: got 51, expected 0 to 50"),
        ({"looks": 1, "finding": "a", "size": float("nan")}, "answer size: got 'nan'"),
        ({"looks": 1, "finding": "a", "note": "x" * 5000}, "answer note: expected text of at most"),
        ({"looks": 1, "finding": "a", "other": 1}, "answer other: is to no question of this form"),
    ],
)
def test_what_is_no_answer_is_refused_by_name(answers: dict[str, object], words: str) -> None:
    with pytest.raises(RecordError, match=words):
        Questionnaire("x", "", (SCALE, CHOICE, NUMBER, TEXT)).check(answers)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": QuestionKind.CHOICE}, "has 0 options"),
        ({"kind": QuestionKind.SCALE, "anchors": ("one",)}, "has 1 anchors"),
        ({"kind": QuestionKind.TEXT, "unit": "mm"}, "has a range or a unit"),
        ({"kind": QuestionKind.NUMBER, "minimum": 2.0, "maximum": 1.0}, "must ascend"),
        ({"kind": QuestionKind.TEXT, "role": QuestionRole.AUTHENTICITY}, "authenticity is a choice or a scale"),
        ({"kind": QuestionKind.TEXT, "role": QuestionRole.DESCRIPTOR}, "names its descriptor"),
        ({"kind": QuestionKind.TEXT, "id": "two words"}, "must be one word"),
    ],
)
def test_a_question_that_cannot_be_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RecordError, match=words):
        Question(**{"id": "q", "text": "Q?", **changes})


def test_only_a_scale_has_a_confidence() -> None:
    assert questionnaire_of(["turing"]).confidence_real({"authenticity": 5.0}) == 5.0
    assert questionnaire_of(["turing"], images_per_item=2).confidence_real({"real_image": "A"}) is None
