"""Reading: images and questions and nothing else, from *Start reading* until the reader leaves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.question import Answer
from UterineSynthLib.readerstudy.responses import open_responses
from UterineSynthLib.readerstudy.step import StepKind
from UterineSynthPanel.ReaderBlind import ReaderBlind
from UterineSynthPanel.ReaderCases import ReaderCases
from UterineSynthPanel.ReaderDock import ReaderDock
from UterineSynthPanel.ReaderKeys import ReaderKeys, keyWords
from UterineSynthPanel.ReaderLog import ReaderLog
from UterineSynthPanel.ReaderSession import Feedback, ReaderSession
from UterineSynthPanel.ReaderViews import ReaderViews
from UterineSynthPanel.ReaderWords import feedbackWords, progressWords, restWords

_PAGE = 5
_PREPARE_MS = 50
_SETTLE_MS = 200
"""By then a window that fills the screen has told its views how large they are."""


class ReaderMode:
    """One reader reading. ``onLeft(words)`` is called when everything is back."""

    def __init__(self, uiPath: Path, onLeft: Callable[[str], None]) -> None:
        self._uiPath, self._onLeft = uiPath, onLeft
        self._open = ExitStack()
        self._blind = ReaderBlind()
        self.session: ReaderSession | None = None
        self.dock: ReaderDock | None = None
        self._keys: ReaderKeys | None = None
        self._onNote: Callable[[], None] | None = None
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PREPARE_MS)
        self._timer.connect("timeout()", self._prepare)

    @property
    def isOn(self) -> bool:
        """Whether someone reads."""
        return self.session is not None

    def start(self, folder: ReaderFolder, reader: str, isWholeScreen: bool) -> None:
        """Open the answers, hide everything, show the next case.

        Raises:
            StudyError, OutputError: nothing was hidden.
        """
        assert not self.isOn
        with ExitStack() as stack:
            self._responses = stack.enter_context(open_responses(folder, reader))
            self._open = stack.pop_all()
        self.session = ReaderSession(self._responses)
        self._cases = ReaderCases(folder)
        self._log = ReaderLog(lambda: self.session.watch.seconds if self.session else 0.0)
        self.views = ReaderViews(self._log)
        try:
            self._arrange(folder, isWholeScreen)
        except BaseException:
            self.leave()
            raise
        self._next()
        qt.QTimer.singleShot(_SETTLE_MS, self._settle)

    def leave(self, words: str = "", isLast: bool = True) -> None:
        """Bring everything back; what is confirmed is stored.

        Args:
            isLast: False while Slicer itself ends.
        """
        if not self.isOn:
            return
        self._timer.stop()
        self.session, self._onNote = None, None
        keys, self._keys = self._keys, None
        dock, self.dock = self.dock, None
        if keys is not None:
            keys.remove()
        if dock is not None:
            dock.close()
        self.views.close()
        if self._blind.isDown:
            self._blind.lift(isLast)
        self._open.close()
        self._onLeft(words)

    def _arrange(self, folder: ReaderFolder, isWholeScreen: bool) -> None:
        self._blind.letDown(isWholeScreen)
        self.views.prepare(max((len(images) for images in folder.study.items.values()), default=1))
        self.dock = ReaderDock(self._uiPath, self._answered)
        self._keys = ReaderKeys(self._actions(), self._chooseByKey)
        ui = self.dock.ui
        ui.confirmAnswer.connect("clicked()", self.confirm)
        ui.pauseReading.connect("clicked()", self.pause)
        ui.resetView.connect("clicked()", self.views.reset)
        ui.earlierCase.connect("clicked()", self.goBack)
        ui.leaveReading.connect("clicked()", self._leaveByHand)
        ui.earlierCase.setVisible(folder.study.allow_back)
        ui.readingKeys.setText(keyWords(folder.study.allow_back))

    def _actions(self) -> dict[str, Callable[[], None]]:
        views = self.views
        return {
            "confirm": self.confirm,
            "questionBefore": lambda: self._go(-1),
            "questionAfter": lambda: self._go(1),
            "sliceBefore": lambda: self._look(lambda: views.step(-1)),
            "sliceAfter": lambda: self._look(lambda: views.step(1)),
            "slicesBefore": lambda: self._look(lambda: views.step(-_PAGE)),
            "slicesAfter": lambda: self._look(lambda: views.step(_PAGE)),
            "zoomIn": lambda: self._look(lambda: views.zoom(True)),
            "zoomOut": lambda: self._look(lambda: views.zoom(False)),
            "moreContrast": lambda: self._look(lambda: views.changeContrast(True)),
            "lessContrast": lambda: self._look(lambda: views.changeContrast(False)),
            "brighter": lambda: self._look(lambda: views.changeBrightness(True)),
            "darker": lambda: self._look(lambda: views.changeBrightness(False)),
            "resetView": lambda: self._look(views.reset),
            "pause": self.pause,
            "caseBefore": self.goBack,
            "leaveText": self.dock.leaveText,
        }

    def confirm(self) -> None:
        """Enter: go on to the next question, store the case, or go on after a note."""
        if self._onNote is not None:
            self._onNote()
            return
        if not self._isAsking():
            return
        session = self.session
        if self.dock.place + 1 < len(session.questions) and self._isAnswered(self.dock.place):
            self._ask(self.dock.place + 1)
            return
        missing = session.firstOpen()
        if missing is not None:
            self._ask(missing)
            self.dock.say(session.complaint(missing))
            return
        self._store()

    def pause(self) -> None:
        """Hide the images and stop the clock, or go on; noted with the answers."""
        session = self.session
        if not self._isAsking() and not session.isPaused:
            return
        try:
            if session.isPaused:
                session.resume()
            else:
                session.pause()
        except UterineSynthError as error:
            self.dock.say(str(error))
        self.dock.ui.pauseReading.setText(_("Go on") if session.isPaused else _("Pause"))
        if session.isPaused:
            self.views.cover()
            self._note(_("Paused. The images are hidden and the clock stands still."), _("Go on"), self.pause)
        else:
            self.views.uncover()
            self._onNote = None
            self._ask(self.dock.place)

    def goBack(self) -> None:
        """Change the answers to the case before, where the design allows it."""
        if self._isAsking() and self.session.canGoBack:
            self.session.goBack()
            self._show()

    def _store(self) -> None:
        try:
            feedback = self.session.submit(self._log.record())
        except UterineSynthError as error:
            self.dock.say(str(error))
            return
        self.dock.say("")
        if feedback is None:
            self._next()
        else:
            self._tell(feedback)

    def _tell(self, feedback: Feedback) -> None:
        question = self.session.questions[-1]
        self._note(feedbackWords(question, feedback), _("Go on"), self._next)

    def _next(self) -> None:
        """Show the case that is on now, or say why there is none."""
        self._onNote = None
        step = self.session.step
        if step.kind in (StepKind.WAIT, StepKind.DONE):
            self.views.cover()
            self._showProgress()
            self._note(restWords(step), _("Leave"), self._leaveByHand)
        else:
            self._show()

    def _show(self) -> None:
        try:
            images = self._cases.take(self.session.images)
        except UterineSynthError as error:
            self.views.cover()
            self._note(_("This case cannot be shown."), _("Leave"), self._leaveByHand)
            self.dock.say(str(error))
            return
        self.views.show(images)
        self.session.watch.restart()
        self._log.restart()
        self._showProgress()
        self._ask(0)
        self._timer.start()

    def _ask(self, place: int) -> None:
        session = self.session
        self.dock.say("")
        self.dock.ask(session.questions, place, session.answers)
        self._labelConfirm()

    def _labelConfirm(self) -> None:
        isLast = self.dock.place + 1 == len(self.session.questions)
        self.dock.labelConfirm(_("Confirm and next case") if isLast else _("Confirm"))

    def _go(self, by: int) -> None:
        place = self.dock.place + by
        if self._isAsking() and 0 <= place < len(self.session.questions):
            self._ask(place)

    def _look(self, move: Callable[[], None]) -> None:
        """Moves in the images; none while nothing is shown."""
        if self.views.isShown:
            move()

    def _settle(self) -> None:
        if self.isOn and self.views.isShown and self._log.isEmpty:
            self.views.fit()

    def _chooseByKey(self, key: str) -> None:
        if self._isAsking():
            self.dock.choose(key)

    def _answered(self, question: str, answer: Answer) -> None:
        self.session.answers[question] = answer
        self.dock.markSteps(self.session.answers)
        self.dock.say("")

    def _isAnswered(self, place: int) -> bool:
        missing = self.session.firstOpen()
        return missing is None or missing > place

    def _isAsking(self) -> bool:
        return self._onNote is None

    def _note(self, words: str, confirm: str, onConfirm: Callable[[], None]) -> None:
        self._onNote = onConfirm
        self.dock.tell(words, confirm)

    def _showProgress(self) -> None:
        step = self.session.step
        beside = _("changing an earlier answer") if self.session.isEditing else ""
        words = progressWords(step, self.session.sessions, self.session.practice)
        self.dock.showProgress(words, step.done, step.total, beside)
        self.dock.ui.earlierCase.setEnabled(self.session.canGoBack)

    def _prepare(self) -> None:
        """Read the next case while this one is looked at; one image a turn, so that no key waits."""
        if self.isOn and self._cases.prepare(self.session.nextImages):
            self._timer.start()

    def _leaveByHand(self) -> None:
        # Not from inside the button's own signal: leaving deletes the button.
        qt.QTimer.singleShot(0, self._leaveNow)

    def _leaveNow(self) -> None:
        if self.isOn:
            step = self.session.step
            done = step.kind is StepKind.DONE
            self.leave(
                _("All cases are read. Please give the folder back to the coordinator.")
                if done
                else _("Everything that you confirmed is stored. Start reading again whenever you like.")
            )


def sceneIsEmpty() -> bool:
    """Whether nothing is loaded that would show in the views of reading, or be named somewhere."""
    scene: Any = slicer.mrmlScene
    kinds = ("vtkMRMLVolumeNode", "vtkMRMLSegmentationNode", "vtkMRMLModelNode", "vtkMRMLMarkupsNode")
    nodes = [scene.GetNthNodeByClass(i, kind) for kind in kinds for i in range(scene.GetNumberOfNodesByClass(kind))]
    return all(node.GetHideFromEditors() for node in nodes)
