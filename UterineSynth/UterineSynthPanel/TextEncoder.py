"""The folder of an external text encoder, for the rare model that was trained with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from UterineSynthPanel.ModelChooser import ModelChooser

_KEY = "UterineSynth/TextEncoder"


class TextEncoder:
    """One folder on this computer, kept in the user's settings; the button shows only for a model that needs it."""

    def __init__(self, ui: Any, models: ModelChooser) -> None:
        self._ui, self._models = ui, models
        ui.textEncoder.connect("clicked()", self._choose)
        ui.model.connect("currentIndexChanged(int)", self.show)
        self.show()

    @property
    def folder(self) -> str | None:
        """The folder to send along; None where the model reads text by itself or none was chosen."""
        isNeeded = self._models.current is not None and self._models.current.needsTextEncoder
        return (slicer.app.userSettings().value(_KEY) or None) if isNeeded else None

    def show(self) -> None:
        """Show the button where the chosen model needs a folder."""
        model = self._models.current
        self._ui.textEncoder.setVisible(model is not None and model.needsTextEncoder)
        name = Path(self.folder).name if self.folder else _("choose a folder …")
        self._ui.textEncoder.setText(_("Text encoder: {name}").format(name=name))

    def _choose(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self._ui.textEncoder, _("Folder of the text encoder"))
        if folder:
            slicer.app.userSettings().setValue(_KEY, folder)
            self.show()
