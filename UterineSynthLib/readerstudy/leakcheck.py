"""Does anything trivial tell real from synthetic? Asked of every study before a reader sees it.

File, header, intensities, border, noise and spectrum of each image are turned into numbers; a cross-validated
classifier tries each group and all together. What it finds is either a leak to close, or a trait of the images
themselves that readers may use just as well; the coordinator must know in both cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.key import StudyKey
from UterineSynthLib.readerstudy.leak_classifier import (
    CROSS_VALIDATED,
    AucEstimate,
    auc_of,
    cross_validated_scores,
    grouped_folds,
)
from UterineSynthLib.readerstudy.leak_features import Features, trivial_features
from UterineSynthLib.records import record

_FOLDS = 5
_LEAST_PER_CLASS = 10
_MUST_NOT_DIFFER = {"file": ("size", "modified"), "header": None}
"""What must be the same in every file, whatever it shows; None is every feature of the group."""


@dataclass(frozen=True)
class GroupFinding:
    """What one group of features tells: cross-validated AUC with its interval, and its most telling feature.

    Attributes:
        single_auc: AUC of that feature alone, not cross-validated; above 0.5 it is higher in synthetic images.
    """

    group: str
    estimate: AucEstimate
    telling: str
    single_auc: float


@record("uterinesynth.leak_check")
@dataclass(frozen=True)
class LeakCheck:
    """The finding on a study.

    Attributes:
        differing: features that must be the same in every file and are not.
        groups: by group, and last for all groups together; empty where there are too few images.
        warnings: in words; empty where nothing was found.
    """

    real: int
    synthetic: int
    differing: tuple[str, ...]
    groups: tuple[GroupFinding, ...]
    warnings: tuple[str, ...]
    remark: str


def check_leaks(folder: ReaderFolder, key: StudyKey, seed: int = 0) -> LeakCheck:
    """Run the leak check on the images of a study.

    Raises:
        VolumeError: an image cannot be read.
    """
    shown = {image: min(twins) for twins in _twins(key) for image in twins}
    truths = [truth for truth in key.images if shown.get(truth.image, truth.image) == truth.image]
    features = [trivial_features(folder.image_path(truth.image)) for truth in truths]
    is_synthetic = np.array([truth.is_synthetic for truth in truths])
    return leak_check(features, is_synthetic.tolist(), [truth.subject for truth in truths], seed)


def leak_check(features: Sequence[Features], is_synthetic: Sequence[bool], subjects: list[str], seed: int) -> LeakCheck:
    """The leak check on features that were taken before; ``seed`` draws the folds."""
    flags = np.array(is_synthetic, dtype=bool)
    synthetic, real = int(flags.sum()), int((~flags).sum())
    differing = _differing(features)
    groups: tuple[GroupFinding, ...] = ()
    if min(real, synthetic) >= _LEAST_PER_CLASS:
        fold = grouped_folds(flags, subjects, _FOLDS, np.random.default_rng(seed))
        names = [*features[0], "all"]
        groups = tuple(_finding(name, features, flags, fold, len(names)) for name in names)
        remark = f"{real} real and {synthetic} synthetic images"
    else:
        remark = (
            f"{real} real and {synthetic} synthetic images are too few to train on; {_LEAST_PER_CLASS} of each needed"
        )
    warnings = [f"{name} is not the same in every file" for name in differing]
    warnings += [_words(finding) for finding in groups if finding.estimate.low > 0.5]
    return LeakCheck(real, synthetic, differing, groups, tuple(warnings), remark)


def _twins(key: StudyKey) -> list[set[str]]:
    """Names of files that hold the same image."""
    by_source: dict[str, set[str]] = {}
    for truth in key.images:
        by_source.setdefault(truth.source_sha256, set()).add(truth.image)
    return list(by_source.values())


def _differing(features: Sequence[Features]) -> tuple[str, ...]:
    found = []
    for group, names in _MUST_NOT_DIFFER.items():
        for name in names or features[0][group]:
            if len({item[group].get(name) for item in features}) > 1:
                found.append(f"{group}: {name}")
    return tuple(found)


def _finding(
    group: str, features: Sequence[Features], flags: np.ndarray, fold: np.ndarray, groups: int
) -> GroupFinding:
    """AUC of one group; the interval is widened for the number of groups that are looked at (Bonferroni)."""
    chosen = list(features[0]) if group == "all" else [group]
    columns = [(g, name) for g in chosen for name in features[0][g]]
    table = np.array([[item[g].get(name, 0.0) for g, name in columns] for item in features])
    estimate = auc_of(cross_validated_scores(table, flags, fold), flags, 1.0 - 0.05 / groups, CROSS_VALIDATED)
    single = [auc_of(table[:, c], flags).auc for c in range(len(columns))]
    best = int(np.argmax(np.abs(np.array(single) - 0.5)))
    return GroupFinding(group, estimate, f"{columns[best][0]}: {columns[best][1]}", single[best])


def _words(finding: GroupFinding) -> str:
    estimate = finding.estimate
    side = "higher" if finding.single_auc > 0.5 else "lower"
    found = f"AUC {estimate.auc:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
    return (
        f"{finding.group} tells real from synthetic: {found}; "
        f"most telling is {finding.telling}, {side} in synthetic images (AUC {finding.single_auc:.2f} alone)"
    )
