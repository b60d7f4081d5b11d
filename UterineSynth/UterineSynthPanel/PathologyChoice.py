"""What the uterus shows: open, normal, chosen pathologies, or anything but some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthPanel.DescriptionField import camelCase

OPEN, NORMAL, CHOSEN, EXCLUDING = range(4)
_ABNORMAL = tuple(pathology for pathology in Pathology if pathology is not Pathology.NORMAL)


class PathologyChoice:
    """The combo box and the check boxes; the group of each pathology shows while it is asked for."""

    def __init__(self, ui: Any, onEdited: Callable[[], None]) -> None:
        self._ui, self._onEdited = ui, onEdited
        self._boxes = {pathology: getattr(ui, camelCase(pathology.value)) for pathology in _ABNORMAL}
        ui.pathologyMode.connect("currentIndexChanged(int)", self._edited)
        for box in self._boxes.values():
            box.connect("toggled(bool)", self._edited)

    def show(self, description: UterusDescription) -> None:
        """Show what a description says without telling anyone."""
        shown = description.pathologies
        mode = CHOSEN if shown else EXCLUDING if description.excluded else OPEN
        mode = NORMAL if description.shows(Pathology.NORMAL) else mode
        ticked = description.excluded if mode == EXCLUDING else shown or ()
        for widget in (self._ui.pathologyMode, *self._boxes.values()):
            widget.blockSignals(True)
        self._ui.pathologyMode.setCurrentIndex(mode)
        for pathology, box in self._boxes.items():
            box.setChecked(pathology in ticked)
        for widget in (self._ui.pathologyMode, *self._boxes.values()):
            widget.blockSignals(False)
        self._arrange()

    @property
    def pathologies(self) -> tuple[Pathology, ...] | None:
        """What is asked for; an empty choice is left to the description to refuse."""
        mode = self._ui.pathologyMode.currentIndex
        if mode in (OPEN, EXCLUDING):
            return None
        return (Pathology.NORMAL,) if mode == NORMAL else self._ticked()

    @property
    def excluded(self) -> tuple[Pathology, ...]:
        """What must not be shown, while the rest is open."""
        return self._ticked() if self._ui.pathologyMode.currentIndex == EXCLUDING else ()

    def _ticked(self) -> tuple[Pathology, ...]:
        return tuple(pathology for pathology, box in self._boxes.items() if box.checked)

    def _edited(self) -> None:
        self._arrange()
        self._onEdited()

    def _arrange(self) -> None:
        self._ui.pathologyBoxes.setVisible(self._ui.pathologyMode.currentIndex in (CHOSEN, EXCLUDING))
        for pathology in self._boxes:
            isAskedFor = pathology in (self.pathologies or ())
            getattr(self._ui, f"{camelCase(pathology.value)}Group").setVisible(isAskedFor)
