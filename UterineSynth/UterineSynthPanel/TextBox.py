"""Free text with its interpretation below: what was understood, what was not."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, Protocol

import qt
from slicer.i18n import tr as _

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError

_PAUSE_MS = 300
_UNITS = ("_mm", "_deg", "_ml", "_t", "_count")
_LINE = "margin:2px 0 4px 0; line-height:135%"
_ONE_LINE = 40
"""Letters that fit beside each other in a panel of 400 pixels."""
_UNDERSTOOD, _NOT_UNDERSTOOD, _WRONG = "#2f6f4f", "#9a5b13", "#a33030"


class Interpretation(Protocol):
    """What the library makes of a sentence."""

    description: UterusDescription
    understood: tuple[Any, ...]
    not_understood: tuple[Any, ...]
    notes: tuple[str, ...]


class TextBox:
    """Calls ``onInterpreted(description)`` a moment after the user stops typing something that makes sense."""

    def __init__(
        self,
        ui: Any,
        interpret: Callable[[str], Interpretation],
        onInterpreted: Callable[[UterusDescription], None],
    ) -> None:
        self._edit, self._label = ui.freeText, ui.interpretation
        self._interpret, self._onInterpreted = interpret, onInterpreted
        self._timer = qt.QTimer(ui.freeText)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.connect("timeout()", self.interpretNow)
        self._edit.connect("textChanged()", self._changed)
        self._label.setVisible(False)

    @property
    def text(self) -> str:
        """What stands in the box."""
        return self._edit.plainText.strip()

    def show(self, text: str) -> None:
        """Show a sentence that says what the fields say already."""
        if text == self.text:
            return
        self._edit.blockSignals(True)
        self._edit.setPlainText(text)
        self._edit.blockSignals(False)
        self._timer.stop()
        self._label.setVisible(False)

    def interpretNow(self) -> None:
        """Interpret what stands there, without waiting for a pause in the typing."""
        self._timer.stop()
        if not self.text:
            self._label.setVisible(False)
            return
        try:
            interpretation = self._interpret(self.text)
        except InputError as error:
            self._tell(chip(str(error), _WRONG))
            return
        self._tell(chips(interpretation))
        self._onInterpreted(interpretation.description)

    def _changed(self) -> None:
        self._timer.start()

    def _tell(self, rich: str) -> None:
        self._label.setText(rich)
        self._label.setVisible(bool(rich))


def chips(interpretation: Interpretation) -> str:
    """Rich text: one chip per understood part, then the words that were not, then the notes."""
    lines = [[chip(understoodText(part.field, part.text), _UNDERSTOOD) for part in interpretation.understood]]
    unknown = [chip(word.text, _NOT_UNDERSTOOD) for word in interpretation.not_understood]
    lines += [[_("not understood:"), *unknown]] if unknown else []
    lines += [[f"<i>{html.escape(note)}</i>"] for note in interpretation.notes]
    return "".join(f'<p style="{_LINE}">{"  ".join(line)}</p>' for line in filter(None, lines))


def understoodText(field: str, text: str) -> str:
    """The user's words, with the measure they were taken for: ``junctional zone 15 mm``, ``no polyp``."""
    name = field.rpartition(".")[2]
    if name == "excluded":
        return _("no {text}").format(text=text)
    return f"{name.rpartition('_')[0].replace('_', ' ')} {text}" if name.endswith(_UNITS) else text


def chip(text: str, colour: str) -> str:
    """One coloured chip, readable on a light and on a dark panel; a short one stays on one line."""
    words = html.escape(text)
    words = words.replace(" ", "&nbsp;") if len(text) <= _ONE_LINE else words
    return f'<span style="background-color:{colour}; color:#ffffff">&nbsp;{words}&nbsp;</span>'
