"""The rows of the table that say how images look: autoencoder, distribution, diversity, copies of the training set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from UterineSynthLib.evaluation.adherence_figures import NAMES
from UterineSynthLib.evaluation.agreement import bootstrap_interval, mean_of
from UterineSynthLib.evaluation.closeness import closeness
from UterineSynthLib.evaluation.distribution import (
    Kernel,
    chance_floor,
    cubic_kernel,
    gaussian_kernel,
    median_distance,
    mmd_interval,
    squared_mmd,
    standardised,
)
from UterineSynthLib.evaluation.diversity import Pairs, diversity, likeness_of_pairs
from UterineSynthLib.evaluation.evidence import Evidence
from UterineSynthLib.evaluation.figure import Figure, Verdict, verdict_of
from UterineSynthLib.evaluation.judged_image import Origin
from UterineSynthLib.evaluation.likeness import LEAST_PIXELS, Volume

_LIKENESS = (("psnr_db", "PSNR", "dB", 34.0), ("ssim", "SSIM, slice by slice", "", 0.95))
_TIMES_FLOOR, _DIVERSITY_POINTS, _LEVEL = 2.0, 0.05, 0.05
_SPACE = "in the judge's feature space, features scaled by the reference phantoms"


def image_figures(evidence: Evidence) -> list[Figure]:
    """Figures of the images as images."""
    return [*_autoencoder(evidence), *_distributions(evidence), *_diversity(evidence), *_copies(evidence)]


def _autoencoder(evidence: Evidence) -> Iterator[Figure]:
    for name, words, unit, bound in _LIKENESS:
        found = np.array([i.likeness[name] for i in evidence.images(Origin.PHANTOM) if name in i.likeness])
        if len(found):
            low, high = bootstrap_interval((found,), mean_of, evidence.seed) or (None, None)
            value = mean_of(found)
            yield Figure(
                id=f"autoencoder.{name}",
                what=f"autoencoder on unseen phantoms: {words}",
                value=value,
                verdict=verdict_of(value, bound),
                cases=len(found),
                unit=unit,
                low=low,
                high=high,
                target=f"at least {bound:g}{unit and ' '}{unit}",
                bound=bound,
            )


def _distributions(evidence: Evidence) -> Iterator[Figure]:
    for origin in (Origin.ANATOMY_FIRST, Origin.DIRECT):
        if len(evidence.images(origin)) < 2:
            continue
        made, phantoms, reference = standardised(
            [evidence.features(o) for o in (origin, Origin.PHANTOM, Origin.REFERENCE)],
            evidence.features(Origin.REFERENCE),
        )
        gaussian = gaussian_kernel(median_distance(reference))
        for name, kernel in (("kid", cubic_kernel), ("mmd", gaussian)):
            floor = chance_floor(phantoms, reference, kernel, evidence.seed)
            between = squared_mmd(phantoms, reference, kernel)
            yield _distance(origin, name, made, reference, kernel, floor, between, evidence.seed)


def _distance(
    origin: Origin,
    name: str,
    made: np.ndarray,
    reference: np.ndarray,
    kernel: Kernel,
    floor: float,
    between: float,
    seed: int,
) -> Figure:
    value = squared_mmd(made, reference, kernel)
    low, high = mmd_interval(made, reference, kernel, seed)
    bound = _TIMES_FLOOR * floor
    has_target = origin is Origin.ANATOMY_FIRST
    return Figure(
        id=f"{origin.value}.{name}",
        what=f"{NAMES[origin]}: {name.upper()} to unseen phantoms",
        value=value,
        verdict=verdict_of(value, bound if has_target else None, is_floor=False),
        cases=len(made),
        low=low,
        high=high,
        target="at most twice the floor" if has_target else "",
        bound=bound,
        note=f"{_SPACE}; unbiased squared distance; floor {floor:.3g} is the 95th percentile between random halves of "
        f"the phantoms, between the two sets of phantoms it is {between:.3g}",
    )


def _diversity(evidence: Evidence) -> Iterator[Figure]:
    made, phantoms = (_sampled(evidence, origin) for origin in (Origin.SAMPLE, Origin.PHANTOM_SAMPLE))
    groups = [(made[case], phantoms[case]) for case in made if case in phantoms]
    if not groups:
        return
    found = diversity(groups, evidence.seed)
    yield Figure(
        id="anatomy_first.diversity",
        what="samples of one description: MS-SSIM less that of phantoms of it",
        value=found.value,
        verdict=verdict_of(abs(found.value), _DIVERSITY_POINTS, is_floor=False),
        cases=sum(len(pairs) for pairs, _ in groups),
        low=found.low,
        high=found.high,
        target=f"within {_DIVERSITY_POINTS:g} of 0",
        bound=_DIVERSITY_POINTS,
        note=f"mean over all pairs of each of {len(groups)} descriptions, slice by slice: {found.made:.3f} between "
        f"samples, {found.phantoms:.3f} between phantoms; above 0 the samples are more alike than phantoms are",
    )


def _sampled(evidence: Evidence, origin: Origin) -> dict[int, Pairs]:
    """Likeness of the images of each description of which there are pairs."""
    slices: dict[int, list[Volume]] = {}
    for item in evidence.judged.get(origin, []):
        if item.arrays is not None and min(item.arrays.slices.shape[1:]) >= LEAST_PIXELS:
            slices.setdefault(item.image.case, []).append(np.asarray(item.arrays.slices, np.float32))
    return {case: likeness_of_pairs(found) for case, found in slices.items() if len(found) > 1}


def _copies(evidence: Evidence) -> Iterator[Figure]:
    if not evidence.images(Origin.ANATOMY_FIRST):
        return
    shared = {
        "id": "anatomy_first.nearest_training",
        "what": "anatomy first: no closer to the training set than unseen phantoms are (p of the test)",
        "target": f"p at least {_LEVEL:g}",
        "bound": _LEVEL,
    }
    if evidence.training is None:
        note = "the training set's manifest was not given (--training)"
        yield Figure(value=None, verdict=Verdict.NOT_MEASURED, cases=0, note=note, **shared)  # type: ignore[arg-type]
        return
    made, phantoms, training = standardised(
        [evidence.features(Origin.ANATOMY_FIRST), evidence.features(Origin.PHANTOM), evidence.training],
        evidence.features(Origin.REFERENCE),
    )
    found = closeness(made, phantoms, training)
    note = (
        f"one-sided Mann-Whitney test {_SPACE}; median distance to the nearest of {len(training)} training images: "
        f"{found.generated:.3g} generated, {found.held_out:.3g} unseen phantoms. It can show copies, not their absence"
    )
    yield Figure(
        value=found.p_value,
        verdict=verdict_of(found.p_value, _LEVEL),
        cases=len(made),
        note=note,
        **shared,  # type: ignore[arg-type]
    )
