"""The label table: parts lie within organs, and maps that tell them apart fold back into maps that do not."""

from __future__ import annotations

import numpy as np
import pytest

from UterineSynthLib.volumes.structures import (
    ORGAN_COUNT,
    STRUCTURE_COUNT,
    STRUCTURES,
    UTERUS,
    Structure,
    to_umd,
    without_parts,
)

EVERY = np.arange(STRUCTURE_COUNT, dtype=np.uint8)


def test_parts_come_after_all_organs_and_lie_within_one():
    parts = [structure for structure in Structure if STRUCTURES[structure].within is not None]
    assert parts == list(Structure)[ORGAN_COUNT:]
    assert all(STRUCTURES[structure].within < ORGAN_COUNT for structure in parts)


def test_a_part_belongs_to_the_uterus_where_the_structure_around_it_does():
    assert {Structure.MYOMA_FLUID, Structure.CELLULAR_MYOMA, Structure.CERVICAL_MUCUS} <= set(UTERUS)
    assert not {Structure.BOWEL_GAS, Structure.SLOW_VESSEL, Structure.VAGINAL_MUCOSA} & set(UTERUS)
    assert set(without_parts(np.array(UTERUS, dtype=np.uint8))) == {s for s in UTERUS if s < ORGAN_COUNT}


def test_without_parts_every_one_is_its_organ_and_nothing_else_changes():
    plain = without_parts(EVERY)
    np.testing.assert_array_equal(plain[:ORGAN_COUNT], EVERY[:ORGAN_COUNT])
    assert plain[Structure.BOWEL_GAS] == plain[Structure.BOWEL_FLUID] == plain[Structure.BOWEL_CHYME] == Structure.BOWEL
    assert plain[Structure.RECTAL_GAS] == Structure.RECTAL_CONTENT
    assert plain[Structure.MYOMA_CALCIUM] == plain[Structure.CELLULAR_MYOMA] == Structure.MYOMA
    assert plain[Structure.OUTER_CERVIX] == Structure.CERVICAL_STROMA


def test_parts_that_are_known_stay():
    kept = without_parts(EVERY, known=Structure.BOWEL_FLUID + 1)
    assert kept[Structure.BOWEL_FLUID] == Structure.BOWEL_FLUID
    assert kept[Structure.BOWEL_GAS] == Structure.BOWEL


@pytest.mark.parametrize("known", [1, 5, ORGAN_COUNT])
def test_organs_are_never_folded_however_few_labels_are_known(known):
    np.testing.assert_array_equal(without_parts(EVERY, known)[:ORGAN_COUNT], EVERY[:ORGAN_COUNT])


def test_in_umds_labels_parts_count_as_their_organ():
    np.testing.assert_array_equal(to_umd(EVERY), to_umd(without_parts(EVERY)))
