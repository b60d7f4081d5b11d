"""Leaves this room out as a whole, in one line, on a machine that lacks what the stage stands on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTING = Path(__file__).resolve().parents[1]

# Only for this import: with Testing on the path, slicer-core would take the folder Testing/slicer for a part of itself.
sys.path.insert(0, str(TESTING))
from stage.needs import what_is_missing  # noqa: E402

sys.path.remove(str(TESTING))

MISSING = what_is_missing()
collect_ignore_glob = ["test_*.py"] if MISSING else []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MISSING:
        terminalreporter.write_line(MISSING, yellow=True)


@pytest.fixture(scope="session")
def theatre() -> Any:
    from stage.theatre import Theatre

    return Theatre()


@pytest.fixture
def panel(theatre: Any) -> Iterator[Any]:
    theatre.scene.Clear(False)
    panel = theatre.open(TESTING.parent / "UterineSynth" / "UterineSynth.py")
    yield panel
    theatre.close(panel)
