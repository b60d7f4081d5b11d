"""Talks to the worker process: JSON lines both ways, nothing ever waits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

PROTOCOL = 1
Message = dict[str, Any]


class WorkerClient:
    """One worker at a time. ``onMessage`` gets every message of the worker as a dict, and a ``failed`` one of our own
    making when the process ends in the middle of a request. The next request then starts a new worker.
    """

    def __init__(self, command: list[str], onMessage: Callable[[Message], None]) -> None:
        self._command, self._onMessage = command, onMessage
        # Owns the processes, so that none is deleted with its last Python reference inside one of its own signals.
        self._owner = qt.QObject()
        self._process: Any = None
        self._requestId: str | None = None
        self._unread, self._lastWords = b"", ""
        self._loaded: Message | None = None

    @property
    def isBusy(self) -> bool:
        """Whether a request is under way."""
        return self._requestId is not None

    @property
    def processId(self) -> int:
        """Process id of the worker, 0 when there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def ask(self, kind: str, requestId: str, request: Message, **further: Any) -> None:
        """Send a request of a kind (``generate`` or ``anatomy``) with the further fields of its message."""
        assert not self.isBusy
        self._requestId = requestId
        if self._process is None:
            self._start()
        self._send({"type": kind, "id": requestId, "request": request, **further})

    def load(self, request: Message) -> None:
        """Have the model of a request loaded ahead; how it went is told when the model is used."""
        if self._process is None:
            self._start()
        if request != self._loaded:
            self._loaded = request
            self._send({"type": "load", "id": "load", **request})

    def cancel(self) -> None:
        """Ask the worker to stop the request under way; it answers ``stopped`` within one step."""
        if self._requestId is not None:
            self._send({"type": "cancel", "id": self._requestId})

    def quit(self) -> None:
        """End the worker, whatever it does."""
        process, self._process, self._requestId = self._process, None, None
        if process is None:
            return
        self._letGoOf(process)
        process.write((json.dumps({"protocol": PROTOCOL, "type": "quit"}) + "\n").encode())
        if not process.waitForFinished(300):
            process.kill()
            process.waitForFinished(1000)
        process.deleteLater()

    def _letGoOf(self, process: Any) -> None:
        process.disconnect("finished(int,QProcess::ExitStatus)", self._finished)
        process.disconnect("errorOccurred(QProcess::ProcessError)", self._errorOccurred)

    def _abandon(self) -> None:
        """End a worker that cannot be understood, without waiting for it."""
        process, self._process = self._process, None
        self._letGoOf(process)
        process.kill()
        process.deleteLater()

    def _start(self) -> None:
        self._unread, self._lastWords, self._loaded = b"", "", None
        process = qt.QProcess(self._owner)
        environment = qt.QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        process.setProcessEnvironment(environment)
        process.connect("readyReadStandardOutput()", self._readOutput)
        process.connect("readyReadStandardError()", self._readError)
        process.connect("finished(int,QProcess::ExitStatus)", self._finished)
        process.connect("errorOccurred(QProcess::ProcessError)", self._errorOccurred)
        self._process = process
        process.start(self._command[0], self._command[1:])

    def _send(self, message: Message) -> None:
        self._process.write((json.dumps({"protocol": PROTOCOL, **message}) + "\n").encode())

    def _readOutput(self) -> None:
        if self._process is None:
            return
        self._unread += self._process.readAllStandardOutput().data()
        *lines, self._unread = self._unread.split(b"\n")
        for line in filter(None, (line.strip() for line in lines)):
            if self._process is not None:
                self._receive(line.decode("utf-8", "replace"))

    def _receive(self, line: str) -> None:
        try:
            message = json.loads(line)
        except json.JSONDecodeError:
            message = None
        if not isinstance(message, dict) or message.get("protocol") != PROTOCOL:
            self._abandon()
            self._fail(
                _("The background process speaks another protocol."),
                _("Reinstall the extension so that panel and library are of one version."),
                line,
            )
            return
        if message.get("id") not in (None, self._requestId):
            return
        if message.get("type") in ("done", "stopped", "failed"):
            self._requestId = None
        self._onMessage(message)

    def _readError(self) -> None:
        if self._process is not None:
            words = self._process.readAllStandardError().data().decode("utf-8", "replace")
            self._lastWords = (self._lastWords + words)[-4000:]

    def _finished(self, exitCode: int, exitStatus: Any) -> None:  # noqa: ARG002
        self._readOutput()
        self._readError()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        if self.isBusy:
            self._fail(*explainEnd(exitCode, self._lastWords), self._lastWords)

    def _errorOccurred(self, error: Any) -> None:
        if error == qt.QProcess.FailedToStart and self.isBusy:
            self._process.deleteLater()
            self._process = None
            self._fail(
                _("The background process could not be started."),
                _("{program} was not found or may not be run.").format(program=self._command[0]),
                "",
            )

    def _fail(self, message: str, advice: str, details: str) -> None:
        requestId, self._requestId = self._requestId, None
        parts = {"message": message, "advice": advice, "details": details}
        self._onMessage({"protocol": PROTOCOL, "type": "failed", "id": requestId, **parts})


def explainEnd(exitCode: int, lastWords: str) -> tuple[str, str]:
    """What happened and what to do, for a worker that ended in the middle of its work."""
    if "out of memory" in lastWords.lower():
        return _("The memory of the device was not enough."), _("Choose 2D, or one volume at a time in draft quality.")
    if "No module named" in lastWords:
        package = lastWords.rpartition("No module named")[2].strip().strip("'\"\n")
        return _("The Python package {package} is missing.").format(package=package), _("Install it and try again.")
    return (
        _("The background process ended unexpectedly (code {code}).").format(code=exitCode),
        _("Finished volumes are kept; Generate starts it anew."),
    )
