"""Folders of DICOM files with the series of a study mixed: one series is chosen by a stated rule.

The rule: at least five slices in one direction; sagittal before other planes, T2 (by the description, else by echo and
repetition time) before others, without fat saturation before with, then the most slices.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from UterineSynthLib.dataset.importing.finding import nothing_found, where_of
from UterineSynthLib.dataset.importing.found import Choices, Finding, FoundCase
from UterineSynthLib.dataset.importing.plain_folder import patient_of
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.volumes.dicom_overview import SeriesOverview, series_below

LEAST_SLICES = 5
_T2 = re.compile(r"t2", re.IGNORECASE)
_OTHER_WEIGHTING = re.compile(r"t1|dwi|adc|diff|flair|dyn|perf|loc|scout|survey", re.IGNORECASE)
_FAT_SATURATED = re.compile(r"fs\b|fat.?sat|stir|spair|spir|dixon|_f\b", re.IGNORECASE)
_LONG_ECHO_MS, _LONG_REPETITION_MS = 60.0, 2000.0
"""From here on a spin echo counts as T2-weighted: field.md's protocols lie at 80-130 and 2700-4200 ms."""


def find_dicom(root: Path, choices: Choices) -> Finding:
    """One case a study.

    Raises:
        InputError: no such folder or no DICOM image in it.
        ConfigError: a patient pattern that does not fit.
    """
    series = series_below(root)
    if not series:
        raise nothing_found(root, "DICOM images")
    studies: dict[tuple[str, str], list[SeriesOverview]] = defaultdict(list)
    for one in series:
        studies[_patient(one, root, choices), one.study_uid].append(one)
    cases, refused = [], []
    for (patient, _), of_study in sorted(studies.items()):
        usable = [one for one in of_study if _fault(one, choices) is None]
        if not usable:
            faults = "; ".join(f"{_shown(one)}: {_fault(one, choices)}" for one in of_study)
            refused.append((where_of(of_study[0].folder, root), f"no series can be taken ({faults})"))
            continue
        chosen = max(usable, key=_rank)
        cases.append(_case(chosen, of_study, patient, root))
    return Finding(tuple(cases), tuple(refused), (f"{len(series)} series of {len(studies)} studies; {_RULE}",))


_RULE = "taken is a series of 5 or more slices: sagittal first, then T2, no fat saturation, most slices"


def is_t2(series: SeriesOverview) -> bool:
    """Whether the description says T2, or says nothing and the times are long."""
    if _T2.search(series.description):
        return True
    if _OTHER_WEIGHTING.search(series.description):
        return False
    return (series.echo_time_ms or 0) >= _LONG_ECHO_MS and (series.repetition_time_ms or 0) >= _LONG_REPETITION_MS


def _rank(series: SeriesOverview) -> tuple[bool, bool, bool, int, str]:
    fat_saturated = bool(_FAT_SATURATED.search(series.description))
    return series.plane is Plane.SAGITTAL, is_t2(series), not fat_saturated, len(series.files), series.series_uid


def _fault(series: SeriesOverview, choices: Choices) -> str | None:
    """Why a series cannot be taken, or None."""
    if choices.sequence is not None and choices.sequence.lower() not in series.description.lower():
        return f"its description does not hold '{choices.sequence}'"
    if series.plane is None:
        return "its slices lie in several directions"
    if len(series.files) < LEAST_SLICES:
        return f"has {len(series.files)} slices, fewer than {LEAST_SLICES}"
    return None


def _patient(series: SeriesOverview, root: Path, choices: Choices) -> str:
    """The patient by the pattern, else by the header, else by the first folder."""
    if choices.patient_pattern is not None or not series.patient:
        return patient_of(series.files[0], root, choices.patient_pattern)
    return series.patient


def _case(chosen: SeriesOverview, of_study: list[SeriesOverview], patient: str, root: Path) -> FoundCase:
    said = [f"series {_shown(chosen)}"]
    others = [_shown(one) for one in of_study if one is not chosen]
    if others:
        said.append(f"not taken: {', '.join(others)}")
    if chosen.plane is not Plane.SAGITTAL or not is_t2(chosen):
        said.append("the study has no sagittal T2 series")
    where = f"{where_of(chosen.folder, root)}:{chosen.series_uid}"
    return FoundCase(
        where, patient, (chosen.folder,), series_uid=chosen.series_uid, files=chosen.files, said=tuple(said)
    )


def _shown(series: SeriesOverview) -> str:
    plane = series.plane.value if series.plane else "several planes"
    return f"'{series.description or 'no description'}' ({plane}, {len(series.files)} slices)"


DICOM = Source("DICOM", "dicom", None, find_dicom)
