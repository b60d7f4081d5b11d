"""The list of a data set's cases: a JSON-lines or CSV file beside the volumes.

JSON lines hold one case per line; a CSV has one flat column per field (:mod:`UterineSynthLib.dataset.flat`). A
manifest that is read has been checked: its files exist, no case comes twice, no patient is in two splits.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from UterineSynthLib.dataset.case import Case, Split
from UterineSynthLib.dataset.flat import flatten, unflatten
from UterineSynthLib.errors import InputError, OutputError, RecordError
from UterineSynthLib.records import from_json, from_plain, to_json, to_plain, write_text_whole

SUFFIXES = (".jsonl", ".csv")
_REQUIRED = tuple(f.name for f in dataclasses.fields(Case) if f.default is dataclasses.MISSING)


@dataclass(frozen=True)
class Manifest:
    """Checked cases and the folder that their paths start from."""

    folder: Path
    cases: tuple[Case, ...]

    def image_path(self, case: Case) -> Path:
        """Where the volume of a case lies."""
        return self.folder / case.image

    def image_paths(self, case: Case) -> tuple[Path, ...]:
        """Where all volumes of a case lie, in the order of a model's channels."""
        return tuple(self.folder / name for name in (case.image, *case.further_images))

    def labels_path(self, case: Case) -> Path | None:
        """Where the label map of a case lies, if it has one."""
        return None if case.labels is None else self.folder / case.labels

    def partial_volume_paths(self, case: Case) -> tuple[Path, Path] | None:
        """Where the second label and its share of each voxel of a case lie, if it has them."""
        if case.second_labels is None or case.second_share is None:
            return None
        return self.folder / case.second_labels, self.folder / case.second_share

    def of_split(self, split: Split) -> tuple[Case, ...]:
        """The cases of one split, in the order of the manifest."""
        return tuple(case for case in self.cases if case.split is split)


def read_manifest(path: str | Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        InputError: no such file or an unknown suffix.
        RecordError: a broken line, a missing file, a case that comes twice, a patient in two splits, no case at
            all; names the file and the line.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path}: unknown kind of manifest; the name must end in {' or '.join(SUFFIXES)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise InputError(f"{path}: {reason}") from error
    numbered = list(_csv_cases(path, text) if path.suffix == ".csv" else _json_cases(path, text))
    if not numbered:
        raise RecordError(str(path), "lists no case")
    _check_unique(path, numbered)
    _check_files(path, numbered)
    return Manifest(path.parent, tuple(case for _, case in numbered))


def write_manifest(cases: Sequence[Case], path: str | Path) -> None:
    """Write cases as JSON lines or CSV, by the suffix, after the same checks; the volumes must already be there.

    Raises:
        OutputError: unknown suffix, folder not writable, disk full.
        RecordError: what :func:`read_manifest` would refuse.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise OutputError(path, f"unknown kind of manifest; the name must end in {' or '.join(SUFFIXES)}")
    first_line = 2 if path.suffix == ".csv" else 1
    numbered = list(enumerate(cases, start=first_line))
    _check_unique(path, numbered)
    _check_files(path, numbered)
    text = _csv_text(cases) if path.suffix == ".csv" else "".join(f"{to_json(case)}\n" for case in cases)
    write_text_whole(path, text)


def _json_cases(path: Path, text: str) -> Iterator[tuple[int, Case]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, from_json(Case, line)
            except InputError as error:
                raise RecordError(_at(path, number), str(error)) from error


def _csv_cases(path: Path, text: str) -> Iterator[tuple[int, Case]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in _REQUIRED if name not in (reader.fieldnames or ())]
    if missing:
        found = ", ".join(reader.fieldnames or ()) or "nothing"
        raise RecordError(_at(path, 1), f"has no column {', '.join(missing)}; it has {found} (columns end at commas)")
    try:
        for row in reader:
            yield reader.line_num, _case_of_row(row)
    except (InputError, csv.Error) as error:
        raise RecordError(_at(path, reader.line_num), str(error)) from error


def _case_of_row(row: dict[str, str]) -> Case:
    if None in row or None in row.values():
        raise RecordError("", "has more or fewer cells than the header")
    return from_plain(Case, unflatten(Case, row))


def _csv_text(cases: Sequence[Case]) -> str:
    rows = [flatten(to_plain(case)) for case in cases]
    columns = list(dict.fromkeys([*_REQUIRED, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _check_unique(path: Path, numbered: Iterable[tuple[int, Case]]) -> None:
    line_of: dict[str, int] = {}
    split_of: dict[str, tuple[Split, int]] = {}
    for number, case in numbered:
        if case.id in line_of:
            raise RecordError(_at(path, number), f"case '{case.id}' is already on line {line_of[case.id]}")
        line_of[case.id] = number
        if case.split is None:
            continue
        split, line = split_of.setdefault(case.patient_id, (case.split, number))
        if split is not case.split:
            reason = f"patient '{case.patient_id}' is in {case.split} here and in {split} on line {line}"
            raise RecordError(_at(path, number), f"{reason}; all cases of a patient belong in one split")


def _check_files(path: Path, numbered: Iterable[tuple[int, Case]]) -> None:
    for number, case in numbered:
        for name in (case.image, *case.further_images, case.labels, case.second_labels, case.second_share):
            if name is not None and not (path.parent / name).is_file():
                raise RecordError(_at(path, number), f"case '{case.id}' names {name}, which is not in {path.parent}")


def _at(path: Path, line: int) -> str:
    return f"{path}, line {line}"
