"""The table of readers: how far each is, from the answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from UterineSynthLib.readerstudy.folder import ANSWERS, ReaderFolder
from UterineSynthLib.readerstudy.status import ReaderStatus, study_status

_ROW_PX, _MOST_ROWS = 26, 8


class StudyReaders:
    """Shows progress; still blind."""

    def __init__(self, table: Any) -> None:
        self._table = table
        table.setColumnCount(4)
        table.setHorizontalHeaderLabels([_("Reader"), _("Read"), _("s a case"), _("Remark")])
        table.horizontalHeader().setSectionResizeMode(3, qt.QHeaderView.Stretch)
        for column, width in ((0, 62), (1, 78), (2, 62)):
            table.setColumnWidth(column, width)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)

    def show(self, folder: ReaderFolder | None, returned: Sequence[Path] = ()) -> None:
        """Read the answers in the study's own folder and in those that came back, and show them."""
        found = furthest(folder, returned) if folder is not None else ()
        self._table.setRowCount(len(found))
        for row, status in enumerate(found):
            for column, text in enumerate(_cells(status)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(status.remark or text)
                self._table.setItem(row, column, item)
        self._table.setFixedHeight(min(max(len(found), 1), _MOST_ROWS) * _ROW_PX + 30)
        self._table.setVisible(bool(found))


def furthest(folder: ReaderFolder, returned: Sequence[Path]) -> tuple[ReaderStatus, ...]:
    """The progress of each reader where it is furthest."""
    now = datetime.now(UTC)
    places = [inner if (inner := path / ANSWERS).is_dir() else path for path in returned]
    copies = [study_status(folder, now, place) for place in (None, *places)]
    return tuple(max(statuses, key=lambda status: status.done) for statuses in zip(*copies, strict=True))


def _cells(status: ReaderStatus) -> tuple[str, ...]:
    pace = "" if status.median_seconds is None else f"{status.median_seconds:.0f}"
    return status.reader, _("{done} of {total}").format(done=status.done, total=status.total), pace, status.remark
