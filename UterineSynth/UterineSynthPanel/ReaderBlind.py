"""Hides everything that could tell or distract, and brings all of it back; also at the next start after a crash."""

from __future__ import annotations

import json
from typing import Any

import slicer

from UterineSynthPanel.ReaderSurfaces import Surface, surfaces

SETTING = "UterineSynth/HiddenForReading"
"""User setting that holds, while someone reads, how Slicer looked before."""


class ReaderBlind:
    """Down while someone reads."""

    def __init__(self) -> None:
        self._hidden: tuple[Surface, ...] = ()
        self._states: dict[str, Any] = {}

    @property
    def isDown(self) -> bool:
        """Whether things are hidden."""
        return bool(self._hidden)

    def letDown(self, isWholeScreen: bool) -> None:
        """Write down how everything is, then hide it."""
        assert not self._hidden
        self._hidden = surfaces(slicer.util.mainWindow(), isWholeScreen)
        self._states = {surface.name: surface.state() for surface in self._hidden}
        _write(self._states)
        for surface in self._hidden:
            surface.hide()

    def lift(self, isLast: bool = True) -> None:
        """Bring everything back.

        Args:
            isLast: False while Slicer itself ends: it has kept the look of this moment for its next start, which
                therefore needs what is written down.
        """
        hidden, self._hidden = self._hidden, ()
        _restore(hidden, self._states)
        if isLast:
            _forget()


def bringBackAfterCrash() -> bool:
    """At the start of Slicer: bring back what a reading left hidden that did not end well; whether there was one."""
    states = _read()
    window = slicer.util.mainWindow()
    if states is None or window is None:
        return False
    _restore(surfaces(window, "whole screen" in states), states)
    _forget()
    return True


def _restore(hidden: tuple[Surface, ...], states: dict[str, Any]) -> None:
    # The layout comes first: what is written into views needs the views of before.
    for surface in hidden:
        if surface.name in states:
            surface.restore(states[surface.name])


def _write(states: dict[str, Any]) -> None:
    settings = slicer.app.userSettings()
    settings.setValue(SETTING, json.dumps(states))
    # A crash leaves no time for it later.
    settings.sync()


def _forget() -> None:
    settings = slicer.app.userSettings()
    settings.remove(SETTING)
    settings.sync()


def _read() -> dict[str, Any] | None:
    text = slicer.app.userSettings().value(SETTING)
    if not text:
        return None
    try:
        states = json.loads(str(text))
    except ValueError:
        states = None
    if not isinstance(states, dict):
        _forget()
        return None
    return states
