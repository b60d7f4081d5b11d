"""The list of leiomyomas and the fields of the one that is selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import MAX_LEIOMYOMAS
from UterineSynthPanel.DescriptionField import fieldsOf
from UterineSynthPanel.FieldWidgets import bindFields

Plain = dict[str, Any]


class MyomaList:
    """Edits a list of leiomyomas in plain form; ``onEdited`` receives the whole list."""

    def __init__(self, ui: Any, onEdited: Callable[[list[Plain]], None]) -> None:
        self._ui, self._onEdited = ui, onEdited
        self._myomas: list[Plain] = []
        self._fields = bindFields(ui, fieldsOf(Leiomyoma), self._fieldEdited)
        ui.myomaList.connect("currentRowChanged(int)", self._selected)
        ui.addMyoma.connect("clicked()", self._add)
        ui.removeMyoma.connect("clicked()", self._remove)

    def show(self, myomas: list[Plain]) -> None:
        """Show a list without telling anyone; the selected row stays where it can."""
        row = min(max(self._ui.myomaList.currentRow, 0), len(myomas) - 1)
        self._myomas = [dict(myoma) for myoma in myomas]
        self._list(row)

    def _list(self, row: int) -> None:
        widget = self._ui.myomaList
        widget.blockSignals(True)
        widget.clear()
        for number, myoma in enumerate(self._myomas, start=1):
            widget.addItem(f"{number}   {myomaText(myoma)}")
        widget.setCurrentRow(row)
        widget.blockSignals(False)
        widget.setVisible(bool(self._myomas))
        widget.setFixedHeight(max(widget.sizeHintForRow(0), 14) * min(max(len(self._myomas), 1), 5) + 6)
        self._ui.addMyoma.setEnabled(len(self._myomas) < MAX_LEIOMYOMAS)
        self._selected(row)

    def _selected(self, row: int) -> None:
        isAny = 0 <= row < len(self._myomas)
        self._ui.myomaFields.setVisible(isAny)
        self._ui.removeMyoma.setEnabled(isAny)
        self._ui.myomaHint.setVisible(not self._myomas)
        if isAny:
            for field in self._fields:
                value = self._myomas[row].get(field.field.name)
                field.show(value)

    def _fieldEdited(self, name: str, value: Any) -> None:
        row = self._ui.myomaList.currentRow
        self._myomas[row].pop(name, None)
        if value is not None:
            self._myomas[row][name] = value
        self._list(row)
        self._onEdited(self._myomas)

    def _add(self) -> None:
        self._myomas.append({})
        self._list(len(self._myomas) - 1)
        self._onEdited(self._myomas)

    def _remove(self) -> None:
        row = self._ui.myomaList.currentRow
        del self._myomas[row]
        self._list(min(row, len(self._myomas) - 1))
        self._onEdited(self._myomas)


def myomaText(myoma: Plain) -> str:
    """One line for one leiomyoma: what is said of it, or that all is open."""
    parts = [f"FIGO {myoma['figo']}"] if "figo" in myoma else []
    parts += [f"{myoma['diameter_mm']:g} mm"] if "diameter_mm" in myoma else []
    parts += [str(myoma[name]) for name in ("wall", "level", "t2_signal") if name in myoma]
    return ", ".join(parts) or _("all left open")
