"""From which size on a judge's lesions are to be believed: set on phantoms, before it judges others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.evaluation.lesion_size import largest_volume_ml
from UterineSynthLib.evaluation.midline import Labels, Spacing
from UterineSynthLib.evaluation.reading import LESION_OF, STANDARD_RULE, ReadingRule
from UterineSynthLib.volumes.structures import Structure

_SEEN_BY = {**LESION_OF, Pathology.ADENOMYOSIS: Structure.ADENOMYOTIC_FOCUS}


def lesion_volumes_ml(labels: Labels, spacing_mm: Spacing) -> dict[str, float]:
    """Volume of the largest lesion of each pathology in a label map ``[D, H, W]``."""
    return {p.value: largest_volume_ml(labels, structure, spacing_mm) for p, structure in _SEEN_BY.items()}


def calibrated_rule(
    volumes_ml: Sequence[dict[str, float]],
    shown: Sequence[tuple[Pathology, ...]],
    standard: ReadingRule = STANDARD_RULE,
) -> ReadingRule:
    """The rule under which the judge's label maps of phantoms agree best with what those show.

    Args:
        volumes_ml: :func:`lesion_volumes_ml` of each phantom as judged; shown: its pathologies.
        standard: least volumes below which no lesion is believed, kept where the phantoms cannot tell.
    """
    least = {}
    for name, floor in standard.least_ml.items():
        found = np.array([volumes[name] for volumes in volumes_ml])
        present = np.array([Pathology(name) in pathologies for pathologies in shown])
        least[name] = round(least_volume_ml(found, present, floor), 3)
    return ReadingRule(least, standard.adenomyosis_zone_mm)


def least_volume_ml(found: npt.NDArray[np.float64], present: npt.NDArray[np.bool_], floor: float) -> float:
    """The threshold, ``floor`` or above, with the largest mean of sensitivity and specificity.

    Of equal ones that in the middle of the widest gap between volumes: images that are not seen here lie nearer to it.
    """
    if present.all() or not present.any():
        return floor
    values = np.unique(np.append(found[found > floor], floor))
    candidates = np.append((values[:-1] + values[1:]) / 2, floor)
    gaps = np.append(np.diff(values), 0.0)
    scores = np.array([np.mean(found[present] >= t) + np.mean(found[~present] < t) for t in candidates])
    is_best = scores == scores.max()
    return float(candidates[is_best][np.argmax(gaps[is_best])])
