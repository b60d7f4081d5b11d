"""The draw of cases from the candidates: random, seeded, even over models, and blind to what the images look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.design import Candidate, StudyDesign


@dataclass(frozen=True)
class Draw:
    """Candidates to read and, apart from them, candidates to train on."""

    cases: tuple[Candidate, ...]
    training: tuple[Candidate, ...]


def draw_cases(design: StudyDesign) -> Draw:
    """Draw as the design says; the same design draws the same cases.

    Raises:
        InputError: too few candidates of a kind; says how many there are and how many are wanted.
    """
    rng = np.random.default_rng([design.seed, 1])
    sampling = design.sampling
    pool = _one_each(design.candidates, rng) if sampling.one_per_subject else list(design.candidates)
    shuffled = [pool[int(index)] for index in rng.permutation(len(pool))]
    counts = _counts(design, sampling.real, sampling.synthetic)
    half = sampling.training // 2
    training_counts = _counts(design, half, half * max(design.schedule.images_per_item - 1, 1))
    cases: list[Candidate] = []
    training: list[Candidate] = []
    for model, count in counts.items():
        of_model = [c for c in shuffled if c.model == model]
        wanted = count + training_counts[model]
        _check_enough(len(of_model), wanted, model, sampling.one_per_subject)
        cases += of_model[:count]
        training += of_model[count:wanted]
    return Draw(tuple(cases), tuple(training))


def _counts(design: StudyDesign, real: int, synthetic: int) -> dict[str | None, int]:
    """Images to draw of each model (None is real), shared over the models as evenly as can be."""
    if synthetic and not design.models:
        raise InputError(f"the design wants {synthetic} synthetic cases, there is none among the candidates")
    models = design.models
    shares: dict[str | None, int] = {
        model: synthetic // len(models) + (i < synthetic % len(models)) for i, model in enumerate(models)
    }
    return {None: real, **shares}


def _check_enough(found: int, wanted: int, model: str | None, one_per_subject: bool) -> None:
    if found < wanted:
        kind = "real" if model is None else f"synthetic ({model})"
        counted = "subjects with an image" if one_per_subject else "images"
        raise InputError(f"the design wants {wanted} {kind} cases (training included), there are {found} {counted}")


def _one_each(candidates: Sequence[Candidate], rng: np.random.Generator) -> list[Candidate]:
    """One image at random of each subject (of each subject and model among the synthetic ones)."""
    chosen: dict[tuple[str, str | None], Candidate] = {}
    for index in rng.permutation(len(candidates)):
        candidate = candidates[int(index)]
        chosen.setdefault((candidate.subject, candidate.model), candidate)
    return list(chosen.values())
