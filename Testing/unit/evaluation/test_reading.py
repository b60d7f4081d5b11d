"""What is read from label maps drawn by hand."""

import numpy as np
import pytest

from UterineSynthLib.description.vocabulary import Pathology, UterinePosition
from UterineSynthLib.evaluation.angles import posture_of, turn_deg
from UterineSynthLib.evaluation.calibration import calibrated_rule, least_volume_ml
from UterineSynthLib.evaluation.connected import connected_uterus
from UterineSynthLib.evaluation.lesion_size import greatest_diameter_mm, largest_diameter_mm, largest_volume_ml
from UterineSynthLib.evaluation.reading import STANDARD_RULE, reading_of_description, reading_of_labels
from UterineSynthLib.evaluation.thickness import endometrium_mm, junctional_zone_mm
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.volumes.structures import Structure

SPACING_MM = (4.4, 1.25, 1.25)
UP, FRONT = np.array([0.0, 1.0]), np.array([-1.0, 0.0])


def test_an_axis_that_turns_to_the_front_turns_by_a_positive_angle():
    assert turn_deg(UP, FRONT) == pytest.approx(90)
    assert turn_deg(FRONT, UP) == pytest.approx(-90)
    assert turn_deg(UP, UP + FRONT) == pytest.approx(45)


def test_a_straight_uterus_is_neither_turned_nor_bent(upright):
    posture = posture_of(upright, SPACING_MM)
    assert posture is not None
    assert abs(posture.version_deg) < 5
    assert abs(posture.flexion_deg) < 5


def test_a_corpus_moved_to_the_front_is_anteflexed_and_its_mirror_image_retroflexed(upright):
    bent = upright.copy()
    bent[:, :66] = 0
    for row in range(66):
        bent[:, row] = np.roll(upright[:, row], -(66 - row) // 3, axis=1)
    front, back = posture_of(bent, SPACING_MM), posture_of(bent[:, :, ::-1], SPACING_MM)
    assert front is not None
    assert back is not None
    assert front.flexion_deg > 15
    assert back.flexion_deg < -12


def test_without_a_vagina_no_angle_is_read(upright):
    upright[upright == Structure.VAGINA] = 0
    assert posture_of(upright, SPACING_MM) is None


def test_a_map_that_tells_parts_apart_reads_like_one_that_does_not(upright):
    upright[1:4, 30:40, 54:64] = Structure.MYOMA
    told = upright.copy()
    told[1:4, 30:40, 56:62] = Structure.MYOMA_FLUID
    for organ, part in (
        (Structure.CERVICAL_STROMA, Structure.OUTER_CERVIX),
        (Structure.CERVICAL_CANAL, Structure.CERVICAL_MUCUS),
        (Structure.VAGINA, Structure.VAGINAL_MUCOSA),
    ):
        told[told == organ] = part
    reading = reading_of_labels(told, SPACING_MM)
    assert reading == reading_of_labels(upright, SPACING_MM)
    assert reading.myoma_diameter_mm is not None and reading.version_deg is not None


def test_the_thickness_of_a_straight_cavity_is_its_width(upright):
    assert endometrium_mm(upright, SPACING_MM) == pytest.approx(8 * 1.25, abs=0.3)


def test_where_a_lesion_fills_the_cavity_no_endometrium_is_read(upright):
    upright[upright == Structure.UTERINE_CAVITY] = Structure.CARCINOMA
    assert endometrium_mm(upright, SPACING_MM) is None


def test_the_junctional_zone_is_as_thick_as_it_was_drawn(upright):
    assert junctional_zone_mm(upright, SPACING_MM) == pytest.approx(4 * 1.25, abs=0.3)


def test_a_thicker_zone_reads_thicker_and_becomes_adenomyosis_at_twelve_millimetres(upright):
    upright[:, 18:66, 18:46][upright[:, 18:66, 18:46] == Structure.UTERINE_WALL] = Structure.JUNCTIONAL_ZONE
    upright[:, 12:66, 14:50][upright[:, 12:66, 14:50] == 0] = Structure.UTERINE_WALL
    reading = reading_of_labels(upright, SPACING_MM)
    assert reading.junctional_zone_mm == pytest.approx(10 * 1.25, abs=0.6)
    assert reading.pathologies == (Pathology.ADENOMYOSIS,)


def test_a_uterus_without_lesions_reads_normal(upright):
    assert reading_of_labels(upright, SPACING_MM).pathologies == (Pathology.NORMAL,)


def test_the_diameter_of_a_box_is_its_diagonal():
    mask = np.zeros((3, 6, 6), bool)
    mask[0:2, 1:4, 1:5] = True
    assert greatest_diameter_mm(mask, (4.0, 1.0, 1.0)) == pytest.approx(np.sqrt(4**2 + 2**2 + 3**2))


def test_a_row_of_voxels_and_a_single_one_have_a_diameter():
    row = np.zeros((1, 1, 7), bool)
    row[0, 0, 2:6] = True
    assert greatest_diameter_mm(row, (1.0, 1.0, 2.0)) == pytest.approx(6.0)
    assert greatest_diameter_mm(row & (np.arange(7) == 3), (1.0, 1.0, 2.0)) == 0.0


def test_of_two_lesions_the_larger_counts():
    labels = np.zeros((4, 20, 20), np.uint8)
    labels[0, 0:2, 0:2] = Structure.MYOMA
    labels[1:3, 10:18, 10:18] = Structure.MYOMA
    assert largest_volume_ml(labels, Structure.MYOMA, (4.0, 1.0, 1.0)) == pytest.approx(2 * 64 * 4 / 1000)
    assert largest_diameter_mm(labels, Structure.MYOMA, (4.0, 1.0, 1.0)) == pytest.approx(np.sqrt(16 + 98), abs=0.1)
    assert largest_diameter_mm(labels, Structure.POLYP, (4.0, 1.0, 1.0)) is None


def test_lesions_joined_by_a_film_are_measured_one_by_one():
    labels = np.zeros((3, 40, 60), np.uint8)
    labels[1, 10:20, 5:15] = Structure.MYOMA
    labels[1, 10:26, 30:46] = Structure.MYOMA
    alone = largest_diameter_mm(labels, Structure.MYOMA, SPACING_MM)
    labels[1, 14:16, 15:30] = Structure.MYOMA
    assert largest_diameter_mm(labels, Structure.MYOMA, SPACING_MM) == alone
    labels[1, 14:19, 15:30] = Structure.MYOMA
    assert largest_diameter_mm(labels, Structure.MYOMA, SPACING_MM) > 1.4 * alone


def test_a_long_smear_is_not_the_largest_lesion():
    labels = np.zeros((3, 60, 60), np.uint8)
    labels[:, 10:26, 10:26] = Structure.MYOMA
    alone = largest_diameter_mm(labels, Structure.MYOMA, SPACING_MM)
    labels[1, 40:44, 5:55] = Structure.MYOMA
    assert largest_diameter_mm(labels, Structure.MYOMA, SPACING_MM) == alone


def test_a_lesion_that_is_a_film_itself_is_measured():
    labels = np.zeros((1, 40, 40), np.uint8)
    labels[0, 10, 5:25] = Structure.MYOMA
    assert largest_diameter_mm(labels, Structure.MYOMA, SPACING_MM) == pytest.approx(19 * 1.25, abs=0.1)


def test_a_myoma_is_seen_and_measured_from_its_least_volume_on(upright):
    upright[1:4, 30:40, 38:46] = Structure.MYOMA
    reading = reading_of_labels(upright, SPACING_MM)
    assert reading.pathologies == (Pathology.LEIOMYOMA,)
    assert reading.myoma_diameter_mm == pytest.approx(np.sqrt(8.8**2 + 11.25**2 + 8.75**2), abs=0.1)
    speck = upright.copy()
    speck[speck == Structure.MYOMA] = Structure.UTERINE_WALL
    speck[2, 30:33, 40:43] = Structure.MYOMA
    assert reading_of_labels(speck, SPACING_MM).pathologies == (Pathology.NORMAL,)


def test_a_lesion_is_believed_from_the_size_that_tells_present_from_absent():
    found, present = np.array([0.0, 0.3, 0.5, 1.0, 2.0]), np.array([False, False, False, True, True])
    assert least_volume_ml(found, present, 0.2) == pytest.approx(0.75)
    assert least_volume_ml(found, present, 0.8) == pytest.approx(0.9)
    assert least_volume_ml(found, present & False, 0.2) == 0.2


def test_of_sizes_that_tell_as_well_the_one_farthest_from_what_was_found_is_taken():
    found, present = np.array([0.0, 0.02, 1.0, 1.2]), np.array([False, False, True, True])
    assert least_volume_ml(found, present, 0.1) == pytest.approx(0.55)
    assert least_volume_ml(np.array([0.05, 0.1]), np.array([True, False]), 0.2) == 0.2


def test_a_calibrated_rule_leaves_alone_what_the_phantoms_cannot_tell():
    volumes = [{name: 0.0 for name in STANDARD_RULE.least_ml} for _ in range(3)]
    for case, volume in zip(volumes, (0.4, 0.6, 3.0), strict=True):
        case[Pathology.LEIOMYOMA] = volume
    shown = [(Pathology.NORMAL,), (Pathology.NORMAL,), (Pathology.LEIOMYOMA,)]
    rule = calibrated_rule(volumes, shown)
    assert rule.least_ml[Pathology.LEIOMYOMA] == pytest.approx(1.8)
    assert {**rule.least_ml, Pathology.LEIOMYOMA: 0.2} == STANDARD_RULE.least_ml


def test_what_does_not_touch_the_uterus_is_no_part_of_it(upright):
    stray = upright.copy()
    stray[1:4, 30:40, 54:62] = Structure.MYOMA
    stray[1:4, 100:104, 4:10] = Structure.BLADDER
    cleaned = connected_uterus(stray)
    assert not (cleaned == Structure.MYOMA).any()
    assert (cleaned == Structure.BLADDER).sum() == 3 * 4 * 6
    assert np.array_equal(connected_uterus(upright), upright)


def test_a_single_slice_is_read_like_a_stack_of_equal_slices(upright):
    assert reading_of_labels(upright[:1], SPACING_MM) == reading_of_labels(upright, SPACING_MM)


def test_an_empty_map_reads_as_nothing_but_normal():
    reading = reading_of_labels(np.zeros((3, 32, 32), np.uint8), SPACING_MM)
    assert reading.pathologies == (Pathology.NORMAL,)
    assert reading.endometrium_mm is None
    assert reading.junctional_zone_mm is None
    assert reading.position is None


@pytest.mark.parametrize("seed", range(6))
def test_a_description_reads_as_what_it_asks_for(seed):
    asked = draw_description(seed)
    reading = reading_of_description(asked)
    assert reading.pathologies == asked.pathologies
    assert reading.endometrium_mm == asked.endometrium_mm
    if reading.position is not None:
        signs = {UterinePosition.AV_AF: (1, 1), UterinePosition.RV_RF: (-1, -1), UterinePosition.AV_RF: (1, -1)}
        expected = signs.get(reading.position, (-1, 1))
        assert (np.sign(asked.version_deg), np.sign(asked.flexion_deg)) == expected
    sizes = [lesion.diameter_mm for lesion in asked.leiomyomas]
    assert reading.myoma_diameter_mm == (max(sizes) if sizes else None)
