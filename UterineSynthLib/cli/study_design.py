"""From the flags of ``uterinesynth study design`` to a design, and what its claim needs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.claim import Aim, Claim, Measure
from UterineSynthLib.readerstudy.design import Appearance, Candidate, Sampling, Schedule, StudyDesign
from UterineSynthLib.records import from_plain

if TYPE_CHECKING:
    from UterineSynthLib.readerstudy.question import Question


def design_from_args(args: argparse.Namespace) -> StudyDesign:
    """The design that the flags describe.

    Raises:
        InputError: a folder without images, too few of them, a form or a claim that cannot be.
    """
    from UterineSynthLib.readerstudy.draw import draw_cases
    from UterineSynthLib.readerstudy.forms import questionnaire_of

    candidates = _candidates(args)
    design = StudyDesign(
        title=args.title,
        seed=args.seed,
        candidates=candidates,
        sampling=_sampling(args, candidates),
        questionnaire=questionnaire_of(
            args.form, _own_questions(args.questions), args.forced_choice, not args.no_authenticity
        ),
        readers=tuple(args.readers),
        claim=_claim(args),
        schedule=_schedule(args),
        appearance=Appearance(noise=args.noise),
    )
    draw_cases(design)
    return design


def size_lines(design: StudyDesign) -> Iterator[str]:
    """What the claim needs and what the design plans, one line each."""
    from UterineSynthLib.readerstudy.statistics.size_words import size_words

    sets = design.sampling.real if design.is_forced_choice else design.sampling.real + design.sampling.synthetic
    per_reader = min(design.schedule.cases_per_reader or sets, sets)
    return size_words(design.claim, design.chance, len(design.readers), per_reader, design.kinds_factor)


def _candidates(args: argparse.Namespace) -> tuple[Candidate, ...]:
    from UterineSynthLib.readerstudy.candidates import real_candidates, synthetic_candidates

    found: list[Candidate] = []
    for place in args.real:
        found += _of_manifest(place) if place.is_file() else real_candidates(place)
    for text in args.synthetic:
        name, equals, folder = text.partition("=")
        found += synthetic_candidates(Path(folder), name) if equals else synthetic_candidates(Path(text))
    return tuple(found)


def _of_manifest(path: Path) -> list[Candidate]:
    """The test split of a data set: cases that no training saw."""
    from UterineSynthLib.dataset.case import Split
    from UterineSynthLib.dataset.manifest import read_manifest

    manifest = read_manifest(path)
    cases = manifest.of_split(Split.TEST)
    if not cases:
        raise InputError(f"{path}: has no case of the split 'test'; real cases must be held out from training")
    return [
        Candidate(str(manifest.image_path(case).resolve()), case.patient_id, False, description=case.description)
        for case in cases
    ]


def _sampling(args: argparse.Namespace, candidates: tuple[Candidate, ...]) -> Sampling:
    subjects = {c.subject if not args.several_per_subject else c.image for c in candidates if not c.is_synthetic}
    real = args.count_real if args.count_real is not None else len(subjects) - args.training // 2
    synthetic = real * max(args.forced_choice - 1, 1) if args.count_synthetic is None else args.count_synthetic
    return Sampling(real, synthetic, args.training, not args.several_per_subject, args.filter, args.held_out)


def _claim(args: argparse.Namespace) -> Claim:
    aim, measure = Aim(args.aim), Measure(args.measure)
    return Claim(aim, measure, args.margin, args.alpha, args.power, not args.fixed_readers)


def _schedule(args: argparse.Namespace) -> Schedule:
    return Schedule(
        block=args.block,
        repeat_share=args.repeats,
        sessions=args.sessions,
        reread=args.reread,
        washout_days=args.washout_days,
        cases_per_reader=args.cases_per_reader,
        images_per_item=args.forced_choice,
        allow_back=args.allow_back,
    )


def _own_questions(path: Path | None) -> tuple[Question, ...]:
    from UterineSynthLib.readerstudy.question import Question

    if path is None:
        return ()
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error})") from error
    return from_plain(tuple[Question, ...], plain, str(path))
