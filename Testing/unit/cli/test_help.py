"""``--help`` of every verb answers at once, without torch, MONAI or SimpleITK."""

from __future__ import annotations

import subprocess
import sys

import pytest

from UterineSynthLib.cli.main import VERBS

_HEAVY = ("torch", "monai", "SimpleITK", "scipy", "rich", "PIL", "tokenizers")
_CODE = """
import sys
from UterineSynthLib.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code == 0, end.code
heavy = [name for name in {heavy!r} if name in sys.modules]
print("HEAVY", *heavy)
"""


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_loads_nothing_heavy(verb: str) -> None:
    arguments = [verb, "--help"] if verb else ["--help"]
    ended = subprocess.run(
        [sys.executable, "-c", _CODE.format(heavy=_HEAVY), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *text, heavy = ended.stdout.splitlines()
    assert heavy == "HEAVY"
    assert text[0].startswith(f"usage: uterinesynth{' ' if verb else ''}{verb}")
    assert not verb or "example" in ended.stdout


def test_a_verb_nobody_knows_names_those_there_are() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "UterineSynthLib.cli.main", "sing"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert all(verb in ended.stderr for verb in VERBS)
