"""The files of one run, below Slicer's temporary folder; they go when the run is over."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import OutputError


class RunFolder:
    """A new folder: ``mask`` is the file the run reads, ``out`` is where the worker writes.

    Raises:
        OutputError: there is no room, or the folder cannot be written to.
    """

    def __init__(self) -> None:
        try:
            self.path = Path(mkdtemp(prefix="UterineSynth-", dir=slicer.app.temporaryPath))
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(
                _("into Slicer's temporary folder {path}").format(path=slicer.app.temporaryPath), reason
            ) from error
        self.mask, self.out = self.path / "mask.nii.gz", self.path / "out"

    def remove(self) -> None:
        """Delete all of it."""
        shutil.rmtree(self.path, ignore_errors=True)
