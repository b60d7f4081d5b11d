"""UT-EndoMRI: Liang et al., Sci Data 2025, Zenodo 15750762, for non-commercial research only.

``D1_MHS/D1-000/D1-000_T2.nii.gz`` with masks ``D1-000_ut_r1.nii.gz`` of up to three raters; ``D2_TCPW`` likewise with
one rater and no ``_r1``. Sequences and masks are missing in places, and masks are drawn on one sequence or another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from UterineSynthLib.dataset.importing.finding import nothing_found, stem_of, volumes_below, where_of
from UterineSynthLib.dataset.importing.found import Choices, Finding, FoundCase, LabelFile
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.volumes.structures import Structure

LICENCE = "LicenseRef-UT-EndoMRI-non-commercial-research-only"
SEQUENCES = ("T2", "T2FS", "T1FS", "T1")
_PREFERRED = SEQUENCES[:2]
STRUCTURES_OF = {"ut": Structure.UTERINE_WALL, "ov": Structure.OVARY, "em": Structure.OVARY, "cy": Structure.OVARY}
"""Uterus, ovary, endometrioma, cyst. The whole uterus is marked, cavity and all: we have no label for it, and the wall
is what places it. Endometriomas and cysts lie in the ovary. The cul-de-sac (``cds``) is a space and is left out."""
_NAME = re.compile(r"(?P<patient>D[12]-\d+)_(?P<what>[A-Za-z0-9]+)(?:_(?P<rater>r\d+))?$", re.IGNORECASE)


def find_ut_endomri(root: Path, choices: Choices) -> Finding:
    """Cases by patient of both cohorts: the T2 sequence (else T2 with fat saturation) and all masks.

    Raises:
        InputError: no such folder, or nothing in it that looks like UT-EndoMRI.
    """
    patients: dict[Path, list[tuple[Path, re.Match[str]]]] = defaultdict(list)
    for path in volumes_below(root):
        match = _NAME.match(stem_of(path))
        if match is not None:
            patients[path.parent].append((path, match))
    if not patients:
        raise nothing_found(root, "D1-000/D1-000_T2.nii.gz and the like")
    cases, refused = [], []
    for folder, files in sorted(patients.items()):
        made = _case(where_of(folder, root), files, choices)
        if isinstance(made, str):
            refused.append((where_of(folder, root), made))
        else:
            cases.append(made)
    said = "ut: the whole uterus, as uterine wall; ov, em, cy: ovary; cds (a space): left out"
    return Finding(tuple(cases), tuple(refused), (said,))


def _case(where: str, files: list[tuple[Path, re.Match[str]]], choices: Choices) -> FoundCase | str:
    """The case, or why there is none."""
    images = {match["what"].upper(): path for path, match in files if match["what"].upper() in SEQUENCES}
    wanted = (choices.sequence.upper(),) if choices.sequence else _PREFERRED
    chosen = next((name for name in wanted if name in images), None)
    there = ", ".join(sorted(images)) or "none"
    if chosen is None:
        return f"has no sequence {' or '.join(wanted)}; there are: {there}"
    said = [f"sequence {chosen} of {there}"]
    if chosen != wanted[0]:
        said.append(f"{wanted[0]} is missing")
    labels = [] if choices.without_labels else _labels(files, choices.rater)
    if choices.rater and not labels:
        said.append(f"no mask by rater {choices.rater}")
    if not any(label.part == "ut" for label in labels):
        said.append("the uterus is not marked")
    patient = files[0][1]["patient"].upper()
    return FoundCase(where, patient, (images[chosen],), tuple(labels), said=tuple(said))


def _labels(files: list[tuple[Path, re.Match[str]]], rater: str | None) -> list[LabelFile]:
    """Masks in the order in which they are painted, the uterus on top; one without a rater's mark is the only one."""
    labels = []
    for part in ("ov", "cy", "em", "ut"):
        for path, match in files:
            if match["what"].lower() == part and (rater is None or match["rater"] in (None, rater)):
                labels.append(LabelFile(path, {0: 0, 1: int(STRUCTURES_OF[part])}, part, match["rater"]))
    return labels


UT_ENDOMRI = Source("UT-EndoMRI (Liang et al. 2025, Zenodo 15750762)", "utendo", LICENCE, find_ut_endomri)
