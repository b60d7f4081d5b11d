"""Laws of the JSON records and of the error tree."""

from __future__ import annotations

import dataclasses
import errno
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from UterineSynthLib import errors
from UterineSynthLib.errors import InputError, OutputError, RecordError, UterineSynthError
from UterineSynthLib.records import digest, from_json, from_plain, record, to_json, to_plain, write_text_whole


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Part:
    name: str
    weight: float | None = None


@record("test.thing", version=2)
@dataclass(frozen=True)
class Thing:
    count: int
    size: float
    on: bool
    colour: Colour
    way: Literal["up", "down"] = "up"
    parts: tuple[Part, ...] = ()
    pair: tuple[int, str] = (0, "")
    table: dict[str, float] = dataclasses.field(default_factory=dict)
    remark: str | None = None


THINGS = st.builds(
    Thing,
    count=st.integers(),
    size=st.floats(allow_nan=False, allow_infinity=False),
    on=st.booleans(),
    colour=st.sampled_from(Colour),
    way=st.sampled_from(["up", "down"]),
    parts=st.lists(st.builds(Part, st.text(), st.none() | st.floats(0, 1)), max_size=3).map(tuple),
    pair=st.tuples(st.integers(), st.text()),
    table=st.dictionaries(st.text(), st.floats(0, 1), max_size=3),
    remark=st.none() | st.text(),
)
THING = {"count": 1, "size": 2.0, "on": True, "colour": "red"}


@given(THINGS)
def test_a_record_survives_json(thing: Thing) -> None:
    assert from_json(Thing, to_json(thing)) == thing


@given(THINGS)
def test_a_record_is_one_line_and_carries_its_schema(thing: Thing) -> None:
    text = to_json(thing)
    assert "\n" not in text
    assert json.loads(text)["schema"] == "test.thing"
    assert json.loads(text)["version"] == 2


@given(THINGS, THINGS)
def test_digests_are_equal_exactly_when_records_are(one: Thing, other: Thing) -> None:
    assert (digest(one) == digest(other)) == (to_plain(one) == to_plain(other))


def test_a_digest_does_not_depend_on_how_a_whole_number_is_typed() -> None:
    thing = from_plain(Thing, THING)
    assert digest(dataclasses.replace(thing, size=30)) == digest(dataclasses.replace(thing, size=30.0))


def test_open_fields_are_left_out() -> None:
    assert "remark" not in to_plain(from_plain(Thing, THING))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 1.5}, r"^count: expected a whole number, got 1\.5$"),
        ({"count": True}, "^count: expected a whole number, got true"),
        ({"size": "2"}, '^size: expected a number, got "2"'),
        ({"size": float("inf")}, "^size: expected a finite number"),
        ({"on": 1}, "^on: expected true or false"),
        ({"colour": "green"}, '^colour: got "green", expected one of red, blue'),
        ({"way": "left"}, "^way: got .* expected one of up, down"),
        ({"parts": {}}, "^parts: expected a list"),
        ({"parts": [{"name": "a"}, {"name": 3}]}, r"^parts\[1\]\.name: expected text, got 3"),
        ({"parts": [{}]}, r"^parts\[0\]\.name: missing"),
        ({"pair": [1]}, "^pair: expected 2 values, got 1"),
        ({"table": {"a": "x"}}, r"^table\.a: expected a number"),
        ({"extra": 1}, "^extra: unknown field; known are count, size"),
        ({"schema": "test.other"}, "this is a .* record, expected 'test.thing'"),
        ({"version": 3}, "version 3 is newer than this program reads"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(change: dict[str, object], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        from_plain(Thing, {**THING, **change})


@pytest.mark.parametrize("name", THING)
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(RecordError, match=f"^{name}: missing$"):
        from_plain(Thing, {key: value for key, value in THING.items() if key != name})


def test_text_that_is_not_json_is_refused_with_its_place() -> None:
    with pytest.raises(RecordError, match=r"^file\.json: not JSON: .* at line 2, column 2"):
        from_json(Thing, "{\n}}", "file.json")


def test_an_infinite_number_has_no_place_in_a_record() -> None:
    with pytest.raises(RecordError, match="leave the field open"):
        to_json(Part("a", float("nan")))


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "folder" / "record.json"
    write_text_whole(target, "first")

    def full(self: Path, *_: object, **__: object) -> int:
        with self.open("w", encoding="utf-8") as half:
            half.write("sec")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_text_whole(target, "second")
    assert target.read_text(encoding="utf-8") == "first"
    assert list(target.parent.iterdir()) == [target]


def test_every_error_of_the_tree_has_an_exit_code_and_bad_input_is_two() -> None:
    tree = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, UterineSynthError)]
    assert len(tree) > 5
    assert all(error.exit_code == 2 for error in tree if issubclass(error, InputError))
    assert UterineSynthError.exit_code == 1


def test_a_file_in_the_place_of_a_folder_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot write"):
        write_text_whole(tmp_path / "file" / "record.json", "{}")
