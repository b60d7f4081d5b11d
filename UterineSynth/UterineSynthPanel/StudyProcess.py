"""Runs one ``uterinesynth study`` command after another in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from UterineSynthPanel.LibraryProcess import libraryEnvironment, pythonProgram

_KILLED = -1


class StudyProcess:
    """One command at a time. ``onLine(text)`` gets each line it prints, ``onEnd(isWell, last words)`` how it ended."""

    def __init__(self, onLine: Callable[[str], None], onEnd: Callable[[bool, str], None]) -> None:
        self._onLine, self._onEnd = onLine, onEnd
        # Owns the process, so that it is not deleted with its last Python reference inside one of its own signals.
        self._owner = qt.QObject()
        self._process: Any = None
        self._unread, self._errors = b"", ""

    @property
    def isBusy(self) -> bool:
        """Whether a command is under way."""
        return self._process is not None

    def start(self, arguments: list[str]) -> None:
        """Run ``uterinesynth study`` with these arguments."""
        assert not self.isBusy
        self._unread, self._errors = b"", ""
        process = qt.QProcess(self._owner)
        environment = qt.QProcessEnvironment.systemEnvironment()
        for name, value in libraryEnvironment().items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.connect("readyReadStandardOutput()", self._readOutput)
        process.connect("readyReadStandardError()", self._readError)
        process.connect("finished(int,QProcess::ExitStatus)", self._finished)
        process.connect("errorOccurred(QProcess::ProcessError)", self._errorOccurred)
        self._process = process
        process.start(pythonProgram(), ["-u", "-m", "UterineSynthLib.cli.main", "study", *arguments])

    def stop(self) -> None:
        """End the command under way; the library leaves nothing half made under a final name."""
        process, self._process = self._process, None
        if process is None:
            return
        process.disconnect("finished(int,QProcess::ExitStatus)", self._finished)
        process.disconnect("errorOccurred(QProcess::ProcessError)", self._errorOccurred)
        process.kill()
        process.waitForFinished(1000)
        process.deleteLater()

    def _readOutput(self) -> None:
        if self._process is None:
            return
        self._unread += self._process.readAllStandardOutput().data()
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            self._onLine(line.decode("utf-8", "replace").rstrip())

    def _readError(self) -> None:
        if self._process is not None:
            self._errors += self._process.readAllStandardError().data().decode("utf-8", "replace")

    def _finished(self, exitCode: int, exitStatus: Any) -> None:  # noqa: ARG002
        self._readOutput()
        self._readError()
        self._end(exitCode, self._errors)

    def _errorOccurred(self, error: Any) -> None:
        if error == qt.QProcess.FailedToStart and self._process is not None:
            self._end(_KILLED, _("{program} was not found or may not be run.").format(program=pythonProgram()))

    def _end(self, exitCode: int, words: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self._onEnd(exitCode == 0, words.strip())
