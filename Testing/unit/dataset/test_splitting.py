"""Laws of splitting by patient."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from UterineSynthLib.dataset.case import Case, Split
from UterineSynthLib.dataset.splitting import SplitFractions, assign_splits, split_of
from UterineSynthLib.errors import ConfigError

PATIENTS = st.lists(st.text("abc123", min_size=1, max_size=4), min_size=1, max_size=40)


def _cases(patients: list[str]) -> list[Case]:
    return [Case(str(n), "a.nii", patient, "s", "l") for n, patient in enumerate(patients)]


@settings(max_examples=50, deadline=None)
@given(patients=PATIENTS, more=PATIENTS, seed=st.integers(0, 1000))
def test_a_patient_is_in_one_split_and_newcomers_move_nobody(patients: list[str], more: list[str], seed: int) -> None:
    before = assign_splits(_cases(patients), seed)
    after = assign_splits(_cases(more + patients), seed)
    assert [case.split for case in after[len(more) :]] == [case.split for case in before]
    for patient in patients:
        assert len({case.split for case in after if case.patient_id == patient}) == 1


def test_the_shares_are_met_among_many_and_another_seed_splits_anew() -> None:
    fractions = SplitFractions(0.7, 0.2, 0.1)
    splits = [split_of(f"patient {n}", 1, fractions) for n in range(5000)]
    for split, share in zip(Split, (0.7, 0.2, 0.1), strict=True):
        assert splits.count(split) / 5000 == pytest.approx(share, abs=0.025)
    others = [split_of(f"patient {n}", 2, fractions) for n in range(5000)]
    agreement = sum(a is b for a, b in zip(splits, others, strict=True)) / 5000
    assert agreement == pytest.approx(0.7**2 + 0.2**2 + 0.1**2, abs=0.03)


def test_the_split_of_a_patient_is_the_same_on_every_machine() -> None:
    """``printf 0:UMD-001 | sha256sum`` begins with the byte shown: 256 times the place between 0 and 1."""
    first_byte = {"UMD-001": 0xC4, "UMD-002": 0x95, "UMD-003": 0xB5, "UMD-004": 0x28}
    for patient, byte in first_byte.items():
        expected = Split.TRAIN if byte < 0.4 * 256 else Split.VALIDATION if byte < 0.7 * 256 else Split.TEST
        assert split_of(patient, 0, SplitFractions(0.4, 0.3, 0.3)) is expected


def test_an_empty_share_gets_nobody() -> None:
    fractions = SplitFractions(1.0, 0.0, 0.0)
    assert {split_of(str(n), 3, fractions) for n in range(200)} == {Split.TRAIN}


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.2), (1.2, -0.1, -0.1), (float("nan"), 0.5, 0.5)])
def test_shares_that_do_not_add_up_are_refused_with_the_numbers(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigError, match=f"{shares[0]:g} .*add up to 1"):
        SplitFractions(*shares)
