"""The table of results: a view of what is in the scene, so that a saved scene brings it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import qt
from slicer.i18n import tr as _

from UterineSynthLib.errors import InputError
from UterineSynthPanel import ResultScene
from UterineSynthPanel.MeasuredTimes import secondsText
from UterineSynthPanel.ResultFiles import saveResult
from UterineSynthPanel.Thumbnail import writePicture
from UterineSynthPanel.Views import Views

PICTURE_PX = 48
Provenance = dict[str, Any]


class ResultsTable:
    """Lists the results and acts on the selected one; ``summarise`` words a provenance in one line,
    ``tell`` shows the user a sentence."""

    def __init__(
        self,
        ui: Any,
        views: Views,
        summarise: Callable[[Provenance], str],
        onRepeat: Callable[[Provenance, bool], None],
        tell: Callable[[str], None],
    ) -> None:
        self._ui, self._views = ui, views
        self._summarise, self._onRepeat, self._tell = summarise, onRepeat, tell
        self._listed: list[str] = []
        table = ui.results
        table.setColumnCount(4)
        table.setHorizontalHeaderLabels(["", _("Description"), _("Seed"), _("Time")])
        table.setIconSize(qt.QSize(PICTURE_PX, PICTURE_PX))
        table.horizontalHeader().setSectionResizeMode(1, qt.QHeaderView.Stretch)
        table.verticalHeader().setDefaultSectionSize(PICTURE_PX + 4)
        table.verticalHeader().setVisible(False)
        for column, width in ((0, PICTURE_PX + 8), (2, 84), (3, 48)):
            table.setColumnWidth(column, width)
        table.connect("itemSelectionChanged()", self._selectionChanged)
        ui.compare.connect("clicked()", self._compare)
        ui.arrangeViews.connect("clicked()", self._arrange)
        ui.deleteResult.connect("clicked()", self._delete)
        ui.saveResult.connect("clicked()", self._save)
        ui.sameAgain.connect("clicked()", self._sameAgain)
        ui.variation.connect("clicked()", self._variation)
        self.refresh()

    @property
    def selected(self) -> Any:
        """Volume node of the first selected row, or None."""
        return next(iter(self.marked), None)

    @property
    def marked(self) -> list[Any]:
        """Volume nodes of all rows that are selected, from top to bottom."""
        table = self._ui.results
        rows = [row for row in range(table.rowCount) if table.item(row, 1) and table.item(row, 1).isSelected()]
        volumes = ResultScene.results()
        return [volumes[row] for row in rows if row < len(volumes)]

    def refresh(self) -> None:
        """List what is in the scene now."""
        table, volumes = self._ui.results, ResultScene.results()
        table.blockSignals(True)
        self._list(volumes)
        table.setCurrentCell(-1, -1)
        table.blockSignals(False)
        self._ui.resultsSection.setVisible(bool(volumes))
        table.setFixedHeight(min(max(len(volumes), 1), 5) * (PICTURE_PX + 4) + 28)
        self._selectionChanged()

    def _list(self, volumes: list[Any]) -> None:
        """Rows that are there already stay: drawing all thumbnails for each new one would take ever longer."""
        table, ids = self._ui.results, [volume.GetID() for volume in volumes]
        for row in reversed(range(len(self._listed))):
            if self._listed[row] not in ids:
                table.removeRow(row)
        kept = [listed for listed in self._listed if listed in ids]
        table.setRowCount(len(ids))
        for row, volume in enumerate(volumes):
            if kept[row : row + 1] != [ids[row]]:
                self._fillRow(row, volume)
        self._listed = ids

    def select(self, volume: Any) -> None:
        """Select the row of a result, which shows it."""
        for row, other in enumerate(ResultScene.results()):
            if other.GetID() == volume.GetID():
                self._ui.results.setCurrentCell(row, 1)

    def _fillRow(self, row: int, volume: Any) -> None:
        provenance = ResultScene.provenanceOf(volume)
        seconds = provenance.get("seconds")
        words = [
            "",
            self._summarise(provenance),
            seedText(provenance),
            secondsText(seconds) if seconds else "",
        ]
        for column, text in enumerate(words):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text or volume.GetName())
            self._ui.results.setItem(row, column, item)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "slice.png"
            if writePicture(volume, path):
                self._ui.results.item(row, 0).setIcon(_untinted(qt.QPixmap(str(path))))

    def _selectionChanged(self) -> None:
        marked = self.marked
        for name in ("saveResult", "sameAgain", "variation", "useAsMask", "arrangeViews"):
            getattr(self._ui, name).setEnabled(len(marked) == 1)
        self._ui.compare.setEnabled(len(marked) == 2)
        self._ui.deleteResult.setEnabled(bool(marked))
        if len(marked) == 1:
            self._views.show(marked[0])

    def _compare(self) -> None:
        self._views.compare(*self.marked)

    def _arrange(self) -> None:
        self._views.arrange()
        self._views.show(self.selected)

    def _delete(self) -> None:
        for volume in self.marked:
            ResultScene.remove(volume)
        self.refresh()

    def _save(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self._ui.results, _("Save the result to a folder"))
        if not folder:
            return
        try:
            saved = saveResult(self.selected, Path(folder))
        except InputError as error:
            self._tell(str(error))
            return
        self._tell(_("Saved {names}").format(names=", ".join(path.name for path in saved)))

    def _sameAgain(self) -> None:
        self._onRepeat(ResultScene.provenanceOf(self.selected), True)

    def _variation(self) -> None:
        self._onRepeat(ResultScene.provenanceOf(self.selected), False)


def _untinted(picture: Any) -> Any:
    """An icon that keeps its greys in the selected row, where Qt would tint it."""
    icon = qt.QIcon(picture)
    icon.addPixmap(picture, qt.QIcon.Selected)
    return icon


def seedText(provenance: Provenance) -> str:
    """Seed of the request, and which of its volumes this is where it had several."""
    request = provenance.get("request", {})
    seed = str(request.get("seed", ""))
    return f"{seed} · {provenance.get('index', 0) + 1}" if request.get("count", 1) > 1 else seed
