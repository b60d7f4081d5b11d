"""``uterinesynth describe`` and the flags that commands share for a description."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from UterineSynthLib.cli.description_flags import add_description_flags, description_from_args
from UterineSynthLib.cli.main import main
from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.description.table import table_rows
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import ContradictionError, InputError
from UterineSynthLib.records import from_json, to_json


def described(*argv: str) -> UterusDescription:
    parser = argparse.ArgumentParser()
    add_description_flags(parser)
    return description_from_args(parser.parse_args(argv))


ALL_FLAGS = {
    "--pathology": "adenomyosis",
    "--exclude": "nabothian_cysts",
    "--myoma": "figo=4,diameter=30,wall=anterior,level=fundus,signal=typical",
    "--adenomyosis-extent": "diffuse",
    "--junctional-zone": "14",
    "--endometrium": "8",
    "--polyp-diameter": "9",
    "--carcinoma-diameter": "20",
    "--invasion": "less-than-half",
    "--niche-depth": "5",
    "--niche-residual": "3",
    "--position": "av/rf",
    "--version-angle": "45",
    "--flexion-angle": "-30",
    "--uterine-length": "80",
    "--uterine-volume": "90",
    "--menopausal-status": "premenopausal",
    "--bladder": "full",
    "--field-strength": "3",
    "--slice-thickness": "4",
    "--slice-spacing": "4.4",
    "--slice-count": "24",
    "--in-plane-spacing": "0.8",
    "--matrix": "256",
    "--plane": "sagittal",
}


def test_there_is_a_flag_for_every_field() -> None:
    flags = [part for pair in ALL_FLAGS.items() for part in pair]
    first = described(*(f"{name}={value}" for name, value in ALL_FLAGS.items()))
    assert len(flags) == 2 * len(ALL_FLAGS)
    second = described("--cyst-count", "3", "--cyst-diameter", "6")
    open_fields = {row.field for row in table_rows(first, every_field=True) if row.is_open}
    assert open_fields == {"nabothian_cyst_count", "nabothian_cyst_diameter_mm"}
    assert second == interpret("three Nabothian cysts of 6 mm").description


def test_flags_and_text_say_the_same_thing() -> None:
    by_flags = described("--myoma", "figo=4,diameter=30,wall=posterior", "--bladder", "full", "--field-strength", "3")
    assert by_flags == described("--text", "a 3 cm FIGO 4 fibroid in the posterior wall, full bladder, 3T")


def test_flags_refine_a_text_and_a_record(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(to_json(described("--text", "two fibroids")), encoding="utf-8")
    refined = described("--json", str(path), "--text", "full bladder", "--myoma", "diameter=30")
    assert refined == interpret("a 3 cm fibroid and a fibroid, full bladder").description


def test_a_flag_that_gainsays_the_text_is_refused_by_both_words() -> None:
    with pytest.raises(ContradictionError, match="'full' contradicts '--bladder empty'"):
        described("--text", "full bladder", "--bladder", "empty")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--myoma", "figo=9"], "leiomyoma.figo = 9: must be one of 0, 1"),
        (["--myoma", "size=3"], "with a key of figo, diameter, wall, level, signal"),
        (["--myoma", "figo=3,figo=4"], "gives figo twice"),
        (["--junctional-zone", "thick"], "junctional_zone_mm = thick: must be a number"),
        (["--junctional-zone", "nan"], "between 1.5 and 35 mm"),
        (["--slice-count", "2.5"], "acquisition.slice_count = 2.5: must be a whole number"),
        (["--position", "sideways"], "must be one of AV/AF"),
        (["--pathology", "cold"], "pathologies = cold: must be one of normal"),
        (["--json", "absent.json"], "absent.json: No such file"),
        (["--json", "{"], "not JSON"),
        (["--json", '{"uterus": 1}'], "unknown field"),
        (["--text", "a frobnicated uterus", "--strict"], "not understood: 'frobnicated'"),
    ],
)
def test_bad_flags_are_refused_with_what_would_be_right(flags: list[str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        described(*flags)


def test_words_not_understood_are_warned_of_and_the_rest_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    description = described("--text", "a frobnicated 3 cm fibroid")
    assert description == interpret("a 3 cm fibroid").description
    assert capsys.readouterr().err == "warning: not understood and left out: 'frobnicated'\n"


def test_describe_prints_the_record_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "a 3-4 cm frobnicated fibroid", "--json"]) == 0
    out = capsys.readouterr().out
    assert from_json(UterusDescription, out) == interpret("a 35 mm fibroid").description
    assert json.loads(out)["schema"] == "uterinesynth.description"


def test_describe_shows_a_table_and_names_what_it_did_not_understand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "a", "frobnicated", "3-4 cm", "fibroid"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["Leiomyoma", "1", "35", "mm"] for line in lines)
    assert "not understood: frobnicated" in lines
    assert "note: range 3-4 cm read as its middle, 35 mm" in lines


@pytest.mark.parametrize("argv", [["describe"], ["describe", "AV/AF, RV/RF"], ["describe", "hello", "--strict"]])
def test_describe_refuses_in_one_line_with_exit_code_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1


def test_help_of_describe_loads_neither_torch_nor_monai_nor_rich() -> None:
    script = (
        "import sys\nfrom UterineSynthLib.cli import cmd_describe\nimport argparse\n"
        "parser = argparse.ArgumentParser()\ncmd_describe.configure(parser)\nparser.format_help()\n"
        "print([name for name in ('torch', 'monai', 'rich', 'numpy') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
