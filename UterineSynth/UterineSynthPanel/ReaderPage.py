"""Where a reader begins: the folder, the reader code, *Start reading*."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.readerstudy.folder import ReaderFolder, open_reader_folder
from UterineSynthLib.readerstudy.responses import read_responses, responses_path
from UterineSynthPanel.ReaderKeys import keyWords
from UterineSynthPanel.ReaderMode import ReaderMode, sceneIsEmpty

FOLDER_SETTING = "UterineSynth/ReaderFolder"
"""User setting: the folder that was read last. The code is asked each time, since readers may share a machine."""


class ReaderPage:
    """Starts reading, or says in words what keeps the reader from it."""

    def __init__(self, ui: Any, readingUi: Path) -> None:
        self._ui, self._isStarting = ui, False
        self.mode = ReaderMode(readingUi, self._left)
        ui.chooseReaderFolder.connect("clicked()", self._chooseFolder)
        ui.readerFolder.connect("textChanged(QString)", self._changed)
        ui.readerCode.connect("textChanged(QString)", self._changed)
        ui.readerCode.connect("returnPressed()", self.start)
        ui.startReading.connect("clicked()", self.start)
        ui.closeSceneAndRead.connect("clicked()", self._closeSceneAndStart)
        ui.readerFolder.setText(str(slicer.app.userSettings().value(FOLDER_SETTING) or ""))
        ui.keysHelp.setText(keyWords(canGoBack=False))
        self._changed()

    def start(self) -> None:
        """Check the folder, then show the next case."""
        if self.mode.isOn or self._isStarting:
            return
        self._ui.closeSceneAndRead.setVisible(False)
        if slicer.util.mainWindow() is None or slicer.app.layoutManager() is None:
            self._tell(_("Reading needs Slicer's window; start Slicer without --no-main-window."))
        elif not sceneIsEmpty():
            self._tell(
                _("Something is loaded. It would show beside the cases: save what you need and close the scene.")
            )
            self._ui.closeSceneAndRead.setVisible(True)
        else:
            # Showing that the images are checked lets a second click through.
            self._isStarting = True
            try:
                self._start()
            finally:
                self._isStarting = False

    def close(self) -> None:
        """Slicer or the module ends, maybe while someone reads."""
        self.mode.leave(isLast=False)

    def sceneCloses(self) -> None:
        """The images go with the scene."""
        self.mode.leave(_("The scene was closed. Everything that you confirmed is stored."))

    def _start(self) -> None:
        self._tell(_("Checking the images …"))
        slicer.app.processEvents()
        try:
            folder = open_reader_folder(self._ui.readerFolder.text.strip())
            reader = self._ui.readerCode.text.strip()
            folder.plan_of(reader)
            folder.check_images()
            clock = clockWords(folder, reader)
            self.mode.start(folder, reader, bool(self._ui.wholeScreen.checked))
        except UterineSynthError as error:
            self._tell(str(error))
            return
        slicer.app.userSettings().setValue(FOLDER_SETTING, str(folder.path))
        self.mode.dock.say(clock)
        self._tell(_("Reading."))

    def _closeSceneAndStart(self) -> None:
        slicer.mrmlScene.Clear(False)
        self.start()

    def _left(self, words: str) -> None:
        self._tell(words)

    def _chooseFolder(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self._ui.readPage, _("Folder that the coordinator gave you"))
        if folder:
            self._ui.readerFolder.setText(folder)

    def _changed(self, text: str = "") -> None:  # noqa: ARG002
        isFilled = bool(self._ui.readerFolder.text.strip() and self._ui.readerCode.text.strip())
        self._ui.startReading.setEnabled(isFilled)
        self._ui.closeSceneAndRead.setVisible(False)
        self._tell("")

    def _tell(self, words: str) -> None:
        self._ui.readerStatus.setText(words)
        self._ui.readerStatus.setVisible(bool(words))


def clockWords(folder: ReaderFolder, reader: str) -> str:
    """A warning where this machine's clock is behind the last answer; empty otherwise.

    Raises:
        StudyError: the answers cannot be used.
    """
    path = responses_path(folder, reader)
    latest = read_responses(path, folder).latest_utc if path.is_file() else ""
    if latest and datetime.now(UTC) < datetime.fromisoformat(latest):
        return _("The clock of this computer is behind your last answer; that is noted. Please set it right.")
    return ""
