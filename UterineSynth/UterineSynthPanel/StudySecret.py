"""A passphrase on its way to the background process: in a file that only the user can read, for as long as needed."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp

import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import OutputError


class StudySecret:
    """At most one file at a time."""

    def __init__(self) -> None:
        self._path: Path | None = None

    def arguments(self, passphrase: str) -> list[str]:
        """Arguments that hand it to a command; none where it is empty.

        Raises:
            OutputError: the file could not be written.
        """
        self.forget()
        if not passphrase:
            return []
        try:
            # Made for this user alone; never an argument or an environment, which others can list.
            handle, name = mkstemp(prefix="UterineSynth-", dir=slicer.app.temporaryPath)
            self._path = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(passphrase + "\n")
        except OSError as error:
            self.forget()
            raise OutputError(_("into Slicer's temporary folder"), error.strerror or str(error)) from error
        return ["--passphrase-file", str(self._path)]

    def forget(self) -> None:
        """Delete the file."""
        path, self._path = self._path, None
        if path is not None:
            path.unlink(missing_ok=True)
