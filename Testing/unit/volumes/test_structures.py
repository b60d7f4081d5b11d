"""The label table: contents lie within organs, and maps that tell them apart fold back into maps that do not."""

from __future__ import annotations

import numpy as np
import pytest

from UterineSynthLib.volumes.structures import (
    ORGAN_COUNT,
    STRUCTURE_COUNT,
    STRUCTURES,
    Structure,
    to_umd,
    without_contents,
)

EVERY = np.arange(STRUCTURE_COUNT, dtype=np.uint8)


def test_contents_come_after_all_organs_and_lie_within_one():
    contents = [structure for structure in Structure if STRUCTURES[structure].within is not None]
    assert contents == list(Structure)[ORGAN_COUNT:]
    assert all(STRUCTURES[structure].within < ORGAN_COUNT for structure in contents)


def test_without_contents_every_one_is_its_organ_and_nothing_else_changes():
    plain = without_contents(EVERY)
    np.testing.assert_array_equal(plain[:ORGAN_COUNT], EVERY[:ORGAN_COUNT])
    assert plain[Structure.BOWEL_GAS] == plain[Structure.BOWEL_FLUID] == plain[Structure.BOWEL_CHYME] == Structure.BOWEL
    assert plain[Structure.RECTAL_GAS] == Structure.RECTAL_CONTENT


def test_contents_that_are_known_stay():
    kept = without_contents(EVERY, known=Structure.BOWEL_FLUID + 1)
    assert kept[Structure.BOWEL_FLUID] == Structure.BOWEL_FLUID
    assert kept[Structure.BOWEL_GAS] == Structure.BOWEL


@pytest.mark.parametrize("known", [1, 5, ORGAN_COUNT])
def test_organs_are_never_folded_however_few_labels_are_known(known):
    np.testing.assert_array_equal(without_contents(EVERY, known)[:ORGAN_COUNT], EVERY[:ORGAN_COUNT])


def test_in_umds_labels_contents_count_as_their_organ():
    np.testing.assert_array_equal(to_umd(EVERY), to_umd(without_contents(EVERY)))
