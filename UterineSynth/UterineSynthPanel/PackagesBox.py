"""Asks, in the panel, whether packages may be installed; nothing is installed without the click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthLib.errors import MissingPackageError
from UterineSynthPanel import Packages


class PackagesBox:
    """Shown when something is missing; calls ``onInstalled`` when all is there."""

    def __init__(self, ui: Any, onInstalled: Callable[[], None]) -> None:
        self._ui, self._onInstalled = ui, onInstalled
        ui.packagesBox.setVisible(False)
        ui.installPackages.connect("clicked()", self._install)
        ui.installWheels.connect("clicked()", self._installFromFolder)

    def isComplete(self) -> bool:
        """Whether all packages are there; if not, the box says which are missing and asks."""
        missing = Packages.missingPackages()
        self._ui.packagesBox.setVisible(bool(missing))
        words = _(
            "Images need Python packages that Slicer does not bring: <b>{names}</b>. Install them into this Slicer?"
        )
        self._tell(words.format(names=", ".join(missing)))
        return not missing

    def _install(self) -> None:
        self._run(None)

    def _installFromFolder(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self._ui.packagesBox, _("Folder of wheels (.whl)"))
        if folder:
            self._run(Path(folder))

    def _run(self, wheels: Path | None) -> None:
        self._tell(_("Installing … this can take some minutes."))
        self._enable(False)
        slicer.app.processEvents()
        try:
            Packages.installPackages(Packages.missingPackages(), wheels)
        except MissingPackageError as error:
            self._tell(str(error))
            return
        finally:
            self._enable(True)
        if self.isComplete():
            self._onInstalled()

    def _enable(self, isEnabled: bool) -> None:
        self._ui.installPackages.setEnabled(isEnabled)
        self._ui.installWheels.setEnabled(isEnabled)

    def _tell(self, words: str) -> None:
        self._ui.packagesNote.setText(words)
