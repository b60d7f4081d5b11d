"""A folder of NIfTI or NRRD files, with or without masks: what is a mask of what is told by the names alone.

Matched are ``x.nii.gz`` with ``x_seg.nii.gz`` (or ``-mask``, ``.label`` and the like) beside it, and a folder of images
with a folder of masks of the same names (``imagesTr/x_0000.nii.gz`` with ``labelsTr/x.nii.gz``).
"""

from __future__ import annotations

import re
from pathlib import Path

from UterineSynthLib.dataset.importing.finding import nothing_found, stem_of, volumes_below, where_of
from UterineSynthLib.dataset.importing.found import Choices, Finding, FoundCase, LabelFile, LabelTable
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.errors import ConfigError

_MASK_ENDING = re.compile(r"[._-]?(seg|segmentation|mask|masks|label|labels|labelmap|gt|msk)$", re.IGNORECASE)
_IMAGE_ENDING = re.compile(r"([._-](image|img|t2|t2w)|_0000)$", re.IGNORECASE)
_MASK_FOLDER = re.compile(r"^(labels?|masks?|seg|segmentations?|gt)(Tr|Ts)?$", re.IGNORECASE)
_ROLE_FOLDER = re.compile(r"^(images?|img|labels?|masks?|seg|segmentations?|gt|train|test|val)(Tr|Ts)?$", re.IGNORECASE)
_SUBJECT = re.compile(r"(sub-[A-Za-z0-9]+)")


def find_in_folder(root: Path, choices: Choices) -> Finding:
    """Every volume that is not a mask is a case; masks without an image are refused.

    Raises:
        InputError: no such folder or no volume in it.
        ConfigError: there are masks and nobody said what their values mean; a pattern that is none.
    """
    volumes = volumes_below(root)
    masks = [path for path in volumes if _is_mask(path, root)]
    images = [path for path in volumes if path not in masks]
    if not images:
        raise nothing_found(root, "NIfTI or NRRD volumes")
    mask_of = _matched(images, masks, root)
    table = None if choices.without_labels else _table(root, choices, list(mask_of.values()))
    cases = [_case(path, mask_of.get(path), table, root, choices) for path in images]
    lonely = [
        (where_of(path, root), "is a mask by its name and has no image")
        for path in masks
        if path not in mask_of.values()
    ]
    said = f"{len(images)} volumes, {len(mask_of)} with a mask by name; patients by {_patient_rule(choices)}"
    return Finding(tuple(cases), tuple(lonely), (said,))


def patient_of(path: Path, root: Path, pattern: str | None) -> str:
    """Who a file belongs to: the pattern's first group, else ``sub-..``, else the first folder, else the file's name.

    Raises:
        ConfigError: the pattern is no regular expression with a group, or does not fit the path.
    """
    where = where_of(path, root)
    if pattern is not None:
        try:
            match = re.search(pattern, where)
            found = match[1] if match else None
        except (re.error, IndexError) as error:
            raise ConfigError(f"--patient-pattern {pattern}: needs one group in parentheses ({error})") from error
        if not found:
            raise ConfigError(f"--patient-pattern {pattern}: finds no patient in {where}")
        return found
    subject = _SUBJECT.search(where)
    if subject is not None:
        return subject[1]
    first = path.relative_to(root).parts[0]
    return first if path.parent != root and not _ROLE_FOLDER.match(first) else _bare(stem_of(path))


def _patient_rule(choices: Choices) -> str:
    return "your pattern" if choices.patient_pattern else "sub-.., else first folder, else file name"


def _is_mask(path: Path, root: Path) -> bool:
    folders = path.relative_to(root).parts[:-1]
    return bool(_MASK_ENDING.search(stem_of(path)) or any(_MASK_FOLDER.match(folder) for folder in folders))


def _matched(images: list[Path], masks: list[Path], root: Path) -> dict[Path, Path]:
    """Masks by image: same bare name in the same folder, or in the folder of the same place among the masks."""
    by_name = {(_place(path.parent, root), _bare(stem_of(path))): path for path in masks}
    matched = {path: by_name.get((_place(path.parent, root), _bare(stem_of(path)))) for path in images}
    return {path: mask for path, mask in matched.items() if mask is not None}


def _place(folder: Path, root: Path) -> tuple[str, ...]:
    """A folder without the part that only says whether images or masks lie there; Tr and Ts stay apart."""
    return tuple(
        f"*{role[2] or ''}" if (role := _ROLE_FOLDER.match(part)) else part for part in folder.relative_to(root).parts
    )


def _bare(stem: str) -> str:
    return _IMAGE_ENDING.sub("", _MASK_ENDING.sub("", stem))


def _table(root: Path, choices: Choices, masks: list[Path]) -> LabelTable:
    if choices.labels is None and masks:
        raise ConfigError(
            f"{root}: there are {len(masks)} masks, such as {where_of(masks[0], root)}; say what their values mean, for"
            " example --labels 1=uterine_wall,2=myoma or --labels umd, or leave them out with --no-labels"
        )
    return choices.labels or {}


def _case(path: Path, mask: Path | None, table: LabelTable | None, root: Path, choices: Choices) -> FoundCase:
    labels = () if mask is None or table is None else (LabelFile(mask, table),)
    said = (f"mask {where_of(mask, root)}, by its name",) if labels and mask else ("no mask",)
    patient = patient_of(path, root, choices.patient_pattern)
    return FoundCase(where_of(path, root), patient, (path,), labels, said=said)


FOLDER = Source("folder", "case", None, find_in_folder)
SYNTHUTERUS = Source("SynthUterus ROI, synthetic (Zenodo 18297879)", "synthuterus", "CC-BY-4.0", find_in_folder)
