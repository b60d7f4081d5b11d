"""The questions beside the images: where the reader is, what is asked, what was answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthLib.readerstudy.question import Answer, Question, QuestionKind
from UterineSynthPanel.ReaderQuestion import ReaderQuestion

_QUESTIONS, _NOTE = 0, 1
_WIDTH_PX = 560


class ReaderDock:
    """A dock on the right of the window that cannot be closed or moved; ``onAnswered(question id, answer)``."""

    def __init__(self, uiPath: Path, onAnswered: Callable[[str, Answer], None]) -> None:
        self._onAnswered = onAnswered
        self._questions: tuple[Question, ...] = ()
        self._place = 0
        self.widget = slicer.util.loadUI(str(uiPath))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self._question = ReaderQuestion(self.ui.answerArea, self._answered)
        window = slicer.util.mainWindow()
        self._dock = qt.QDockWidget(window)
        self._dock.setObjectName("UterineSynthReadingDock")
        self._dock.setFeatures(qt.QDockWidget.NoDockWidgetFeatures)
        self._dock.setTitleBarWidget(qt.QWidget(self._dock))
        self._dock.setWidget(self.widget)
        self.widget.setFixedWidth(_WIDTH_PX)
        window.addDockWidget(qt.Qt.RightDockWidgetArea, self._dock)
        self._dock.show()
        self.say("")

    @property
    def place(self) -> int:
        """Place of the question that is shown."""
        return self._place

    def showProgress(self, words: str, done: int, total: int, beside: str = "") -> None:
        """Where the reader is: ``Case 12 of 60``."""
        self.ui.caseProgress.setText(words)
        self.ui.readingState.setText(beside)
        self.ui.caseBar.setRange(0, max(total, 1))
        self.ui.caseBar.setValue(done)

    def ask(self, questions: tuple[Question, ...], place: int, answers: dict[str, Answer]) -> None:
        """Show one of the questions and which of them are answered."""
        self._questions, self._place = questions, place
        question = questions[place]
        self.ui.readingPages.setCurrentIndex(_QUESTIONS)
        self.ui.questionText.setText(question.text)
        self._question.show(question, answers.get(question.id))
        self.markSteps(answers)
        if question.kind in (QuestionKind.TEXT, QuestionKind.NUMBER):
            self._question.focus()
        else:
            self.leaveText()

    def markSteps(self, answers: dict[str, Answer]) -> None:
        """Which questions are answered, and which one is shown; nothing for a single one."""
        several = len(self._questions) > 1
        dots = " ".join("●" if answers.get(q.id) is not None else "○" for q in self._questions)
        words = _("Question {place} of {count}   {dots}")
        self.ui.questionSteps.setText(
            words.format(place=self._place + 1, count=len(self._questions), dots=dots) if several else ""
        )
        self.ui.questionSteps.setVisible(several)

    def choose(self, key: str) -> None:
        """Take the answer of a key."""
        if self.ui.readingPages.currentIndex == _QUESTIONS:
            self._question.choose(key)

    def tell(self, words: str, confirm: str) -> None:
        """Show a note in the place of the questions; ``confirm`` is what Enter does, empty where there is nothing."""
        self.ui.readingPages.setCurrentIndex(_NOTE)
        self.leaveText()
        self.ui.noteText.setText(words)
        self.labelConfirm(confirm)

    def labelConfirm(self, words: str) -> None:
        """What Enter does now."""
        self.ui.confirmAnswer.setText(f"{words}   ⏎")
        self.ui.confirmAnswer.setVisible(bool(words))

    def say(self, words: str) -> None:
        """A line above the questions: what is missing, what went wrong; empty for nothing."""
        self.ui.readingMessage.setText(words)
        self.ui.readingMessage.setVisible(bool(words))

    def leaveText(self) -> None:
        """Give the keys back to the images."""
        self.widget.setFocus()

    def close(self) -> None:
        """Take it out of the window."""
        slicer.util.mainWindow().removeDockWidget(self._dock)
        self._dock.deleteLater()

    def _answered(self, answer: Answer) -> None:
        self._onAnswered(self._questions[self._place].id, answer)
