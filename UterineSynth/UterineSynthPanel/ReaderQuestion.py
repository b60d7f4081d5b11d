"""One question on the screen: large buttons with their keys, a number, or a text."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from UterineSynthLib.readerstudy.question import Answer, Question, QuestionKind
from UterineSynthPanel.ReaderKeys import ANSWER_KEYS

_LINE_LENGTH, _HALF_LINE_LENGTH = 46, 20
_POINTS, _POINTS_OF_MANY = 14, 12
_HEIGHT_PX, _HEIGHT_PX_OF_MANY = 58, 44
_NUMBERED = re.compile(r"\D+ (\d)")
_MANY = 8
"""From this number of answers on, buttons are smaller and stand in two columns."""


class ReaderQuestion:
    """Shows a question in ``area`` and tells ``onAnswered(answer)`` each change by the reader."""

    def __init__(self, area: Any, onAnswered: Callable[[Answer], None]) -> None:
        self._area, self._onAnswered = area, onAnswered
        self._buttons: dict[str, tuple[Any, str, Answer]] = {}
        self._edit: Any = None
        self._question: Question | None = None
        self._holder: Any = None

    def show(self, question: Question, answer: Answer) -> None:
        """Show a question and what was answered so far."""
        self._clear()
        self._question = question
        self._holder = qt.QWidget()
        choices = choicesOf(question)
        if choices:
            self._addButtons(choices)
        else:
            self._addEdit(question)
        self._area.layout().addWidget(self._holder)
        self._area.layout().addStretch(1)
        self._render(answer)

    def choose(self, key: str) -> None:
        """Take the answer of a key."""
        if key in self._buttons:
            _button, _words, value = self._buttons[key]
            self._render(value)
            self._onAnswered(value)

    def focus(self) -> None:
        """Put the cursor into the text, if it is one."""
        if self._edit is not None:
            self._edit.setFocus()

    def _addButtons(self, choices: list[tuple[Answer, str]]) -> None:
        grid = qt.QGridLayout(self._holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        isMany = len(choices) >= _MANY
        rows = (len(choices) + 1) // 2 if isMany else len(choices)
        keys = answerKeys([words for _value, words in choices])
        for place, (key, (value, words)) in enumerate(zip(keys, choices, strict=True)):
            button = _answerButton(isMany)
            button.connect("clicked()", lambda key=key: self.choose(key))
            grid.addWidget(button, place % rows, place // rows)
            lines = textwrap.wrap(words, _HALF_LINE_LENGTH if isMany else _LINE_LENGTH)
            self._buttons[key] = (button, "\n        ".join(lines), value)

    def _addEdit(self, question: Question) -> None:
        row = qt.QHBoxLayout(self._holder)
        row.setContentsMargins(0, 0, 0, 0)
        self._edit = qt.QLineEdit()
        self._edit.setObjectName("answerText")
        self._edit.setFont(_fontOf(self._edit, _POINTS))
        self._edit.setMinimumHeight(_HEIGHT_PX)
        self._edit.setToolTip(_("Enter goes on, Esc leaves the text"))
        if not question.required:
            self._edit.setPlaceholderText(_("may stay empty"))
        self._edit.connect("textEdited(QString)", self._edited)
        row.addWidget(self._edit)
        if question.unit:
            row.addWidget(qt.QLabel(question.unit))

    def _edited(self, text: str) -> None:
        self._onAnswered(typedAnswer(self._question, text))

    def _render(self, answer: Answer) -> None:
        for key, (button, words, value) in self._buttons.items():
            isTaken = answer is not None and value == answer
            button.setChecked(isTaken)
            button.setText(f"{'●' if isTaken else '○'}  {key}  {words}")
            font = button.font
            font.setBold(isTaken)
            button.setFont(font)
        if self._edit is not None:
            self._edit.setText("" if answer is None else f"{answer:g}" if isinstance(answer, float) else str(answer))

    def _clear(self) -> None:
        self._buttons, self._edit = {}, None
        layout = self._area.layout()
        while layout.count():
            item = layout.takeAt(0)
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()


def choicesOf(question: Question) -> list[tuple[Answer, str]]:
    """Stored value and words of each answer to choose from; none for a number or a text."""
    if question.kind is QuestionKind.SCALE:
        return [(float(point), words) for point, words in enumerate(question.anchors, start=1)]
    return [(option.value, option.label) for option in question.options]


def answerKeys(words: list[str]) -> list[str]:
    """The key of each answer: its own number where it ends with one, the next free key where not.

    Who reads *type 3* presses 3, wherever it stands in the list. Answers beyond the last key need the mouse.
    """
    own = [match.group(1) if (match := _NUMBERED.fullmatch(text)) else None for text in words]
    free = itertools.chain((key for key in ANSWER_KEYS if key not in own), (f"({n})" for n in itertools.count(1)))
    return [key or next(free) for key in own]


def typedAnswer(question: Question | None, text: str) -> Answer:
    """What was typed, as the question takes it; text that is no number stays text, which the question refuses."""
    text = text.strip()
    if not text:
        return None
    if question is None or question.kind is not QuestionKind.NUMBER:
        return text
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def answerWords(question: Question, answer: Answer) -> str:
    """An answer as the reader knows it."""
    return next((words for value, words in choicesOf(question) if value == answer), str(answer))


def _answerButton(isMany: bool) -> Any:
    button = qt.QPushButton()
    button.setCheckable(True)
    button.setFocusPolicy(qt.Qt.NoFocus)
    button.setMinimumHeight(_HEIGHT_PX_OF_MANY if isMany else _HEIGHT_PX)
    button.setStyleSheet("text-align: left; padding: 6px 10px")
    button.setFont(_fontOf(button, _POINTS_OF_MANY if isMany else _POINTS))
    return button


def _fontOf(widget: Any, points: int) -> Any:
    font = widget.font
    font.setPointSize(points)
    return font
