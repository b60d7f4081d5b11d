"""Keys of reading: everything can be done without the mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

ANSWER_KEYS = (*"1234567890", *"ABCDEFGHILOPQSTUVWXYZ")
"""Keys that answers may have, in the order in which they are given out."""
_MOVES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Return", "Enter"), "confirm"),
    (("Left",), "questionBefore"),
    (("Right",), "questionAfter"),
    (("Up",), "sliceBefore"),
    (("Down",), "sliceAfter"),
    (("PgUp",), "slicesBefore"),
    (("PgDown",), "slicesAfter"),
    (("+", "="), "zoomIn"),
    (("-",), "zoomOut"),
    (("K",), "moreContrast"),
    (("J",), "lessContrast"),
    (("M",), "brighter"),
    (("N",), "darker"),
    (("R",), "resetView"),
    (("Space",), "pause"),
    (("Backspace",), "caseBefore"),
    (("Escape",), "leaveText"),
)
"""Keys and the name of what they do."""


def keyWords(canGoBack: bool) -> str:
    """What is shown about the keys."""
    back = _(" · Backspace: case before") if canGoBack else ""
    return (
        _("1 2 3 …: answer · Enter: confirm · ← →: question · ↑ ↓: slice (Page ↑ ↓: five) · + −: zoom · J K: contrast")
        + _(" · N M: darker, brighter · R: reset view · Space: pause · Esc: out of a text")
        + back
    )


class ReaderKeys:
    """Shortcuts of the window while someone reads; ``actions`` maps names to functions, ``answer`` gets a key."""

    def __init__(self, actions: dict[str, Callable[[], None]], answer: Callable[[str], None]) -> None:
        self._shortcuts: list[Any] = []
        for keys, name in _MOVES:
            for key in keys:
                self._add(key, actions[name])
        for key in ANSWER_KEYS:
            self._add(key, lambda key=key: answer(key))

    def remove(self) -> None:
        """Let go of the keys."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = []

    def _add(self, key: str, action: Callable[[], None]) -> None:
        shortcut = qt.QShortcut(qt.QKeySequence(key), slicer.util.mainWindow())
        shortcut.setObjectName(f"UterineSynthReading-{key}")
        shortcut.connect("activated()", action)
        self._shortcuts.append(shortcut)
