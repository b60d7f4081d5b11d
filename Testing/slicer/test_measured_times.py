"""Each quality says how long a volume took on this computer, and nothing where that was not measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

UNKNOWN = "not measured yet"


def texts(panel: Any) -> list[str]:
    return [panel.ui.quality.itemText(index) for index in range(3)]


def test_nothing_is_claimed_before_the_first_volume(panel: Any) -> None:
    assert texts(panel) == [f"{name}  ·  {UNKNOWN}" for name in ("draft", "standard", "best")]


def test_a_volume_gives_its_quality_the_time_that_the_worker_measured(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    panel = with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    # The scripted worker says 2 seconds, in the way anatomy first.
    assert texts(panel) == [f"draft  ·  {UNKNOWN}", "standard  ·  2.0 s a volume", f"best  ·  {UNKNOWN}"]
    panel.ui.way.setCurrentIndex(1)
    assert texts(panel)[1] == f"standard  ·  {UNKNOWN}"
    assert panel.ui.quality.currentIndex == 1


def test_a_time_is_known_in_the_next_session_but_not_for_another_version_of_the_model(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    from UterineSynthPanel.MeasuredTimes import MeasuredTimes

    panel = with_worker("good")
    panel.ui.generate.click()
    theatre.finish(panel)
    found = MeasuredTimes().find("pelvis-3d", "1.0.0", "anatomy_first", "standard")
    assert (found.seconds, found.device) == (2.0, "CPU, 1 threads")
    assert MeasuredTimes().find("pelvis-3d", "1.0.1", "anatomy_first", "standard") is None


@pytest.mark.parametrize("stored", ["{", "[]", '{"seconds": "long"}', "null"])
def test_a_setting_that_cannot_be_read_counts_as_not_measured(panel: Any, stored: str) -> None:
    import slicer

    key = "UterineSynth/MeasuredTimes/pelvis-3d 1.0.0/anatomy_first/standard"
    slicer.app.userSettings().setValue(key, stored)
    panel.enter()
    assert texts(panel)[1] == f"standard  ·  {UNKNOWN}"


@pytest.mark.parametrize(("seconds", "text"), [(0.149, "0.1 s"), (1.74, "1.7 s"), (9.94, "9.9 s"), (75.2, "75 s")])
def test_tenths_are_shown_where_they_count(panel: Any, seconds: float, text: str) -> None:  # noqa: ARG001
    from UterineSynthPanel.MeasuredTimes import secondsText

    assert secondsText(seconds) == text
