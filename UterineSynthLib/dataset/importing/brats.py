"""BraTS: one folder a patient with four registered sequences and a mask.

Named ``x_t1``, ``x_t1ce``, ``x_t2``, ``x_flair``, ``x_seg`` until 2021; ``x-t1n``, ``x-t1c``, ``x-t2w``, ``x-t2f``,
``x-seg`` from 2023.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from UterineSynthLib.dataset.importing.finding import nothing_found, stem_of, volumes_below, where_of
from UterineSynthLib.dataset.importing.found import Choices, Finding, FoundCase, LabelFile
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.errors import ConfigError

MODALITIES = ("t1", "t1ce", "t2", "flair")
_NAMES = {"t1n": "t1", "t1c": "t1ce", "t2w": "t2", "t2f": "flair"}
_FILE = re.compile(r"(?P<case>.+)[_-](?P<what>t1|t1ce|t2|flair|t1n|t1c|t2w|t2f|seg)$", re.IGNORECASE)
_TIME_POINT = re.compile(r"(BraTS-[A-Za-z]+-\d+)-\d+$")


def find_brats(root: Path, choices: Choices) -> Finding:
    """Cases by name, with the channels t1, t1ce, t2, flair in this order.

    Raises:
        InputError: no such folder, or nothing in it that looks like BraTS.
        ConfigError: there are masks and nobody said what their values mean.
    """
    cases: dict[tuple[Path, str], dict[str, Path]] = defaultdict(dict)
    for path in volumes_below(root):
        match = _FILE.match(stem_of(path))
        if match is not None:
            what = match["what"].lower()
            cases[path.parent, match["case"]][_NAMES.get(what, what)] = path
    if not cases:
        raise nothing_found(root, "folders with *_t1, *_t1ce, *_t2, *_flair and *_seg")
    _check_labels(root, choices, any("seg" in files for files in cases.values()))
    found, refused = [], []
    for (folder, name), files in sorted(cases.items()):
        where = where_of(folder / name, root)
        missing = [modality for modality in MODALITIES if modality not in files]
        if missing:
            refused.append((where, f"has no {', '.join(missing)}; a case needs all of {', '.join(MODALITIES)}"))
        else:
            found.append(_case(where, name, files, choices))
    return Finding(tuple(found), tuple(refused), (f"channels: {', '.join(MODALITIES)}",))


def _check_labels(root: Path, choices: Choices, masks: bool) -> None:
    if masks and choices.labels is None and not choices.without_labels:
        raise ConfigError(
            f"{root}: there are masks; BraTS marks 1 necrotic core, 2 oedema, 4 (or 3) enhancing tumour, which our"
            " table does not hold: keep the numbers with --labels ours, map them, or leave them out with --no-labels"
        )


def _case(where: str, name: str, files: dict[str, Path], choices: Choices) -> FoundCase:
    mask = None if choices.without_labels else files.get("seg")
    labels = () if mask is None or choices.labels is None else (LabelFile(mask, choices.labels),)
    patient = _TIME_POINT.sub(r"\1", name)
    said = ("with mask",) if labels else ("no mask",)
    return FoundCase(where, patient, tuple(files[modality] for modality in MODALITIES), labels, said=said)


BRATS = Source("BraTS", "brats", None, find_brats)
