"""Medical Segmentation Decathlon: ``dataset.json`` lists images and masks.

Antonelli et al., Nat Commun 2022;13:4128. A 4D image holds one modality a volume.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from UterineSynthLib.dataset.importing.finding import stem_of
from UterineSynthLib.dataset.importing.found import Choices, Finding, FoundCase, LabelFile, LabelTable
from UterineSynthLib.dataset.importing.label_table import table_of_names
from UterineSynthLib.dataset.importing.plain_folder import patient_of
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.errors import ConfigError, InputError, RecordError

LIST = "dataset.json"


def find_decathlon(root: Path, choices: Choices) -> Finding:
    """What ``dataset.json`` lists: training cases with masks, test cases without.

    Raises:
        InputError: no ``dataset.json``, or one that lists nothing.
        RecordError: it is not JSON or has another shape.
        ConfigError: its labels are not ours and nobody said what they mean.
    """
    path = root / LIST
    if not path.is_file():
        raise InputError(f"{path}: no such file; a Decathlon folder has one beside imagesTr")
    listed = _listed(path)
    training, test = listed.get("training", []), listed.get("test", [])
    if not training and not test:
        raise InputError(f"{path}: lists no case under 'training' or 'test'; import its folder with 'folder' instead")
    pairs = [(_named(path, entry, "image"), _named(path, entry, "label")) for entry in training]
    pairs += [(_named(path, {"image": entry} if isinstance(entry, str) else entry, "image"), None) for entry in test]
    table = None if choices.without_labels or not training else _table(path, listed, choices)
    cases, refused = [], []
    for image, mask in pairs:
        fault = next((_fault(root, name) for name in (image, mask) if name and _fault(root, name)), None)
        if image is None or fault is not None:
            refused.append((image or LIST, fault or "an entry names no image"))
            continue
        cases.append(_case(root, image, mask, table, choices))
    return Finding(tuple(cases), tuple(refused), _said(listed))


def _listed(path: Path) -> dict[str, Any]:
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise RecordError(str(path), f"not readable JSON ({error})") from error
    if not isinstance(listed, dict) or not all(isinstance(listed.get(k, []), list) for k in ("training", "test")):
        raise RecordError(str(path), "expected an object with lists 'training' and 'test'")
    return listed


def _named(path: Path, entry: Any, key: str) -> str | None:
    if not isinstance(entry, dict) or not isinstance(entry.get(key, ""), str):
        raise RecordError(str(path), f"an entry reads {str(entry)[:60]}, expected an object with 'image' and 'label'")
    name = entry.get(key)
    return None if not name else str(name).removeprefix("./")


def _table(path: Path, listed: dict[str, Any], choices: Choices) -> LabelTable:
    if choices.labels is not None:
        return choices.labels
    named = listed.get("labels", {})
    names = {str(k): str(v) for k, v in named.items()} if isinstance(named, dict) else {}
    table = table_of_names(names) if names else None
    if table is None:
        shown = ", ".join(f"{value}={name}" for value, name in names.items()) or "nothing"
        raise ConfigError(f"{path}: its labels are {shown}; say what they are here, such as --labels 1=uterine_wall")
    return table


def _fault(root: Path, name: str) -> str | None:
    """Why a listed file cannot be taken, or None."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        return f"{name} lies outside the folder"
    return None if path.is_file() else f"{name} is listed and not there"


def _case(root: Path, image: str, mask: str | None, table: LabelTable | None, choices: Choices) -> FoundCase:
    path = root / image
    labels = () if mask is None or table is None else (LabelFile(root / mask, table),)
    patient = stem_of(path) if choices.patient_pattern is None else patient_of(path, root, choices.patient_pattern)
    return FoundCase(image, patient, (path,), labels, said=("mask as listed",) if labels else ("no mask listed",))


def _said(listed: dict[str, Any]) -> tuple[str, ...]:
    modalities = listed.get("modality", {})
    names = ", ".join(map(str, modalities.values())) if isinstance(modalities, dict) else ""
    return (f"{listed.get('name', 'unnamed')}; modalities: {names or 'not told'}",)


DECATHLON = Source("Medical Segmentation Decathlon", "decathlon", None, find_decathlon)
