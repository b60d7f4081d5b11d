"""The readings for other programs: a tidy table, the iMRMC format, JSON lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.statistics.table import build_table, correctness_of, suspicion_of
from UterineSynthLib.records import to_json, write_text_whole

_MODALITY = 1
_TRUTH_READER, _TRUTH_MODALITY = -1, 0


def tidy_csv(readings: StudyReadings) -> str:
    """One row per reading, repeats included; an empty cell is an answer not given."""
    questions = [question.id for question in readings.design.questionnaire.questions]
    head = ["reader", "session", "order", "case", "subject", "is_synthetic", "model", "repeat_of", "seconds"]
    rows = [
        [
            *(getattr(r, name) for name in head),
            suspicion_of(r, readings.design),
            correctness_of(r, readings.design),
            *(r.answers.get(q) for q in questions),
        ]
        for r in readings.readings
    ]
    return _csv([*head, "suspicion", "correct", *(f"answer_{q}" for q in questions)], rows)


def imrmc_text(readings: StudyReadings) -> str:
    """The first readings in the format of iMRMC: a description, then ``reader,case,modality,score``.

    As the program's own description of its format asks (dataFormat.java, iMRMC 4): ids are whole numbers, which the
    free text of the description translates; truth is given by reader -1 and modality 0, 1 for synthetic and 0 for
    real. The score is the suspicion that the image is synthetic. Who did not read a case has no row for it.

    Raises:
        InputError: a forced choice, or a study without a question about authenticity, has no scores.
    """
    table = build_table(readings)
    if np.isnan(table.suspicion).all():
        raise InputError("the iMRMC format needs a score for every image; this study asked for none")
    rows: list[list[Any]] = [
        [_TRUTH_READER, case, _TRUTH_MODALITY, int(truth)] for case, truth in enumerate(table.is_synthetic, start=1)
    ]
    for (reader, case), score in np.ndenumerate(table.suspicion):
        if not np.isnan(score):
            rows.append([reader + 1, case + 1, _MODALITY, f"{score:g}"])
    synthetic = int(table.is_synthetic.sum())
    names = [f"reader {i} is {name}" for i, name in enumerate(table.readers, start=1)]
    names += [f"case {i} is {name}" for i, name in enumerate(table.cases, start=1)]
    title = f"study {' '.join(readings.design.title.split())}"
    sizes = f"N0: {len(table.cases) - synthetic}\nN1: {synthetic}\nNR: {len(table.readers)}\nNM: 1\n"
    return "\n".join([title, *names, f"{sizes}BEGIN DATA:", _csv(None, rows)])


def json_lines(readings: StudyReadings) -> str:
    """One reading per line."""
    return "".join(f"{to_json(reading)}\n" for reading in readings.readings)


def write_exports(readings: StudyReadings, folder: Path) -> tuple[Path, ...]:
    """Write every export the study allows into ``folder``; returns the paths.

    Raises:
        OutputError: the folder cannot be written to.
    """
    texts = {"readings.csv": tidy_csv(readings), "readings.jsonl": json_lines(readings)}
    if not np.isnan(build_table(readings).suspicion).all():
        texts["readings.imrmc"] = imrmc_text(readings)
    for name, text in texts.items():
        write_text_whole(folder / name, text)
    return tuple(folder / name for name in texts)


def _csv(head: list[str] | None, rows: Iterable[list[Any]]) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    if head is not None:
        writer.writerow(head)
    writer.writerows([["" if cell is None else _guarded(cell) for cell in row] for row in rows])
    return sheet.getvalue()


def _guarded(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "@", "+", "\t") else cell
