"""Laws of the draw and of every reader's order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.assembly import assemble
from UterineSynthLib.readerstudy.design import Candidate, Sampling, Schedule, StudyDesign
from UterineSynthLib.readerstudy.draw import draw_cases
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.order import ReadCase, own_cases, reading_order, repeated_cases


def cases_of(real: int, synthetic: int, per_subject: int = 1) -> list[ReadCase]:
    kinds = [False] * real + [True] * synthetic
    return [ReadCase(f"c{i}", frozenset({f"{k}{i // per_subject}"}), k) for i, k in enumerate(kinds)]


def candidates(real: int, synthetic: int, images: int = 1) -> tuple[Candidate, ...]:
    scans = [Candidate(f"r{i}-{j}", f"p{i}", False) for i in range(real) for j in range(images)]
    return (*scans, *(Candidate(f"s{i}", f"s{i}", True, f"m{i % 3}") for i in range(synthetic)))


def design_of(pool: tuple[Candidate, ...], sampling: Sampling, **changes: object) -> StudyDesign:
    per_item = changes.get("schedule", Schedule()).images_per_item
    form = questionnaire_of(["turing"], images_per_item=per_item)
    return replace(StudyDesign("t", 1, pool, sampling, form, ("R1", "R2", "R3"), schedule=Schedule()), **changes)


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 30), st.integers(4, 30), st.integers(2, 9), st.integers(0, 10_000))
def test_every_order_is_complete_balanced_and_keeps_repeats_apart(real: int, made: int, block: int, seed: int) -> None:
    cases = cases_of(real, made)
    repeated = repeated_cases(cases, 0.125, {case.case: i for i, case in enumerate(cases)})
    places = reading_order(cases, repeated, block, np.random.default_rng(seed))
    shown = Counter(place.case.case for place in places)
    assert {name for name, count in shown.items() if count == 2} == {case.case for case in repeated}
    assert set(shown) == {case.case for case in cases}
    total, synthetic = len(places), sum(p.case.is_synthetic for p in places)
    for end in (*range(block, total, block), total):
        assert abs(sum(p.case.is_synthetic for p in places[:end]) - end * synthetic / total) <= 0.5 + 1e-9
    for case in repeated:
        first, second = (i for i, place in enumerate(places) if place.case is case)
        assert second - first > 1
        assert first < (total + 1) // 2 <= second
        assert (places[first].is_repeat, places[second].is_repeat) == (False, True)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_no_neighbours_share_a_subject(seed: int, per_subject: int) -> None:
    places = reading_order(cases_of(12, 12, per_subject), [], 6, np.random.default_rng(seed))
    for one, other in pairwise(places):
        assert not one.case.subjects & other.case.subjects


def test_cases_that_are_all_of_one_subject_are_refused_in_words() -> None:
    with pytest.raises(InputError, match="draw fewer cases of the same subject"):
        reading_order(cases_of(6, 0, per_subject=6), [], 2, np.random.default_rng(0))


def test_readers_with_a_share_of_the_cases_cover_all_evenly() -> None:
    cases = cases_of(12, 12)
    read = Counter()
    for reader in range(4):
        own = own_cases(cases, reader, 12, np.random.default_rng(5))
        assert sum(case.is_synthetic for case in own) == 6
        read.update(case.case for case in own)
    assert set(read.values()) == {2}


def test_the_draw_is_that_of_its_seed_even_over_models_and_apart_from_training() -> None:
    pool = candidates(30, 40, images=2)
    draw = draw_cases(design_of(pool, Sampling(12, 11, 4)))
    assert draw == draw_cases(design_of(pool, Sampling(12, 11, 4)))
    assert draw != draw_cases(design_of(pool, Sampling(12, 11, 4), seed=2))
    assert Counter(c.model for c in draw.cases) == {None: 12, "m0": 4, "m1": 4, "m2": 3}
    assert Counter(c.is_synthetic for c in draw.training) == {False: 2, True: 2}
    subjects = [c.subject for c in (*draw.cases, *draw.training)]
    assert len(set(subjects)) == len(subjects)


def test_every_candidate_is_drawn_equally_often() -> None:
    pool = candidates(6, 3)
    drawn = Counter()
    for seed in range(300):
        drawn.update(c.image for c in draw_cases(design_of(pool, Sampling(2, 1), seed=seed)).cases if not c.model)
    assert all(abs(drawn[f"r{i}-0"] - 100) < 35 for i in range(6))


@pytest.mark.parametrize(
    ("real", "made", "words"),
    [(5, 20, "wants 11 real cases .* there are 5"), (20, 5, r"synthetic \(m0\) cases .* there are 2")],
)
def test_too_few_candidates_are_counted(real: int, made: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        draw_cases(design_of(candidates(real, made), Sampling(10, 10, 2)))


def test_without_synthetic_candidates_the_draw_says_so() -> None:
    with pytest.raises(InputError, match="there is none among the candidates"):
        draw_cases(design_of(candidates(20, 0), Sampling(4, 4)))


def test_readers_see_the_same_cases_in_different_orders_and_names_tell_nothing() -> None:
    design = design_of(candidates(20, 21), Sampling(16, 16, 2))
    assembly = assemble(design, draw_cases(design), "salt")
    orders = [plan.sessions[0].items for plan in assembly.plans]
    assert len(set(orders)) == 3
    case_of = {item.name: item.case for item in assembly.items}
    assert len({frozenset(Counter(case_of[i] for i in order).items()) for order in orders}) == 1
    names = [name for name in assembly.images]
    assert names == sorted(names)
    made = [assembly.images[name].is_synthetic for name in names]
    assert 0 < sum(made[: len(made) // 2]) < len(made) // 2
    assert assemble(design, draw_cases(design), "salt") == assembly
    other = assemble(design, draw_cases(design), "other salt")
    assert not set(other.images) & set(names)


def test_a_second_name_of_a_case_comes_second_for_some_readers_and_first_for_others() -> None:
    design = design_of(candidates(20, 21), Sampling(16, 16), readers=tuple(f"R{i}" for i in range(12)))
    assembly = assemble(design, draw_cases(design), "salt")
    twins = {item.name: item.case for item in assembly.items if item.name != item.case}
    order = [plan.sessions[0].items for plan in assembly.plans]
    second_first = [items.index(twin) < items.index(case) for items in order for twin, case in twins.items()]
    assert 0.2 < np.mean(second_first) < 0.8


def test_sessions_share_out_the_cases_or_hold_them_all_again() -> None:
    pool, sampling = candidates(12, 12), Sampling(12, 12)
    shared = design_of(pool, sampling, schedule=Schedule(sessions=2, repeat_share=0.0))
    again = design_of(pool, sampling, schedule=Schedule(sessions=2, reread=True, repeat_share=0.0, washout_days=14))
    first, second = (assemble(d, draw_cases(d), "s").plans[0].sessions for d in (shared, again))
    assert not set(first[0].items) & set(first[1].items)
    assert len(first[0].items) == len(first[1].items) == 12
    assert set(second[0].items) == set(second[1].items)
    assert second[0].items != second[1].items


def test_a_forced_choice_has_one_real_image_a_set_at_every_place_equally_often() -> None:
    schedule = Schedule(images_per_item=3, repeat_share=0.2)
    design = design_of(candidates(14, 30), Sampling(12, 24, 4), schedule=schedule)
    assembly = assemble(design, draw_cases(design), "salt")
    assert sum(item.is_training for item in assembly.items) == 2
    sets = [item for item in assembly.items if item.name == item.case and not item.is_training]
    assert Counter(item.item.right_answer for item in sets) == {"A": 4, "B": 4, "C": 4}
    for item in assembly.items:
        assert [image.is_synthetic for image in item.item.images].count(False) == 1
        assert not item.item.images["ABC".index(item.item.right_answer)].is_synthetic
