"""The tab *Reader study*: a page for those who read and one for the one who coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from UterineSynthPanel.ReaderBlind import bringBackAfterCrash
from UterineSynthPanel.ReaderPage import ReaderPage
from UterineSynthPanel.StudyPage import StudyPage


class ReaderStudyTab:
    """Adds itself to the panel's tabs; ``resources`` is the folder of the .ui files."""

    def __init__(self, tabs: Any, resources: Path) -> None:
        bringBackAfterCrash()
        widget = slicer.util.loadUI(str(resources / "ReaderStudy.ui"))
        self.ui = slicer.util.childWidgetVariables(widget)
        tabs.addTab(widget, _("Reader study"))
        self.reader = ReaderPage(self.ui, resources / "ReaderStudyReading.ui")
        self.coordinator = StudyPage(self.ui)

    def sceneCloses(self) -> None:
        """Nobody can go on reading."""
        self.reader.sceneCloses()

    def close(self) -> None:
        """Bring back what reading hid, and end what runs in the background."""
        self.reader.close()
        self.coordinator.close()
