"""UT-EndoMRI as it is released: several raters, missing sequences, masks drawn on another sequence, two cohorts."""

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.bundles.ledger import Ledger
from UterineSynthLib.errors import InputError
from UterineSynthLib.training.publish import _entries
from UterineSynthLib.volumes.files import write_image
from UterineSynthLib.volumes.geometry import Geometry
from UterineSynthLib.volumes.resampling import resample_labels
from UterineSynthLib.volumes.structures import Structure


def _folder(importing, patient):
    cohort = "D1_MHS" if patient.startswith("D1") else "D2_TCPW"
    folder = importing.source / "UT-EndoMRI" / cohort / patient
    folder.mkdir(parents=True)
    return folder


def _write(folder, what, image):
    write_image(image, folder / f"{folder.name}_{what}.nii.gz")


def _uterus(volumes):
    return volumes.label_values > 0


def _mask(volumes, marked):
    return volumes.geometry.image_of(marked.astype(np.uint8))


def test_the_majority_of_three_raters_is_taken_and_said(importing, volumes):
    folder = _folder(importing, "D1-000")
    _write(folder, "T2", volumes.image())
    whole = _uterus(volumes)
    half = whole.copy()
    half[:4] = False
    for rater, marked in (("r1", whole), ("r2", half), ("r3", half)):
        _write(folder, f"ut_{rater}", _mask(volumes, marked))
    result = importing("ut-endomri")
    np.testing.assert_array_equal(importing.labels(result), half * int(Structure.UTERINE_WALL))
    assert any("majority of 3 raters (r1, r2, r3)" in line for line in result.reports[0].said)


def test_one_rater_can_be_chosen_and_who_has_no_mark_is_the_only_one(importing, volumes):
    first, second = _folder(importing, "D1-001"), _folder(importing, "D2-001")
    whole = _uterus(volumes)
    _write(first, "T2", volumes.image(1))
    _write(second, "T2", volumes.image(2))
    _write(first, "ut_r1", _mask(volumes, whole))
    _write(first, "ut_r2", _mask(volumes, ~whole))
    _write(second, "ut", _mask(volumes, whole))
    result = importing("ut-endomri", rater="r2")
    np.testing.assert_array_equal(importing.labels(result, 0), (~whole).astype(np.uint8))
    np.testing.assert_array_equal(importing.labels(result, 1), whole.astype(np.uint8))


def test_two_raters_must_agree(importing, volumes):
    folder = _folder(importing, "D1-002")
    _write(folder, "T2", volumes.image())
    whole = _uterus(volumes)
    part = whole & (np.arange(whole.shape[2]) < 20)
    _write(folder, "ut_r1", _mask(volumes, whole))
    _write(folder, "ut_r2", _mask(volumes, part))
    np.testing.assert_array_equal(importing.labels(importing("ut-endomri")), part.astype(np.uint8))


def test_structures_get_our_labels_with_the_uterus_on_top_and_the_cul_de_sac_left_out(importing, volumes):
    folder = _folder(importing, "D2-003")
    _write(folder, "T2", volumes.image())
    marks = {name: np.zeros(volumes.geometry.shape, bool) for name in ("ov", "cy", "em", "cds", "ut")}
    for number, mark in enumerate(marks.values()):
        mark[2:5, 10:20, 5 * number : 5 * number + 8] = True
    for name, mark in marks.items():
        _write(folder, name, _mask(volumes, mark))
    result = importing("ut-endomri")
    adnexa = marks["ov"] | marks["cy"] | marks["em"]
    expected = np.where(marks["ut"], 1, np.where(adnexa, int(Structure.OVARY), 0))
    np.testing.assert_array_equal(importing.labels(result), expected)


def test_a_missing_sequence_is_said_and_without_t2_there_is_no_case(importing, volumes):
    with_fat_sat, without = _folder(importing, "D2-004"), _folder(importing, "D2-005")
    _write(with_fat_sat, "T2FS", volumes.image(4))
    _write(with_fat_sat, "T1", volumes.image(5))
    _write(without, "T1FS", volumes.image(6))
    result = importing("ut-endomri")
    assert "T2 is missing" in result.reports[-1].said
    assert importing.refusals(result) == {"UT-EndoMRI/D2_TCPW/D2-005": "has no sequence T2 or T2FS; there are: T1FS"}
    chosen = importing("ut-endomri", sequence="t1")
    assert [case.labels for case in chosen.cases] == [None]
    assert chosen.reports[-1].found == ("UT-EndoMRI/D2_TCPW/D2-004/D2-004_T1.nii.gz",)


def test_labels_drawn_on_another_sequence_are_resampled_by_geometry(importing, volumes):
    folder = _folder(importing, "D2-006")
    _write(folder, "T2", volumes.image())
    other = Geometry((30, 30, 20), (6.0, 6.0, 4.0), volumes.geometry.origin_mm, volumes.geometry.direction)
    drawn = resample_labels(_mask(volumes, _uterus(volumes)), other)
    _write(folder, "ut", drawn)
    result = importing("ut-endomri")
    made = importing.labels(result) > 0
    overlap = 2 * (made & _uterus(volumes)).sum() / (made.sum() + _uterus(volumes).sum())
    assert overlap > 0.9
    assert result.reports[0].repaired[0].what == "resampled the mask by geometry"


def test_labels_that_do_not_overlap_their_image_are_refused(importing, volumes):
    folder = _folder(importing, "D2-007")
    _write(folder, "T2", volumes.image())
    far = _mask(volumes, _uterus(volumes))
    far.SetOrigin([mm + 900.0 for mm in far.GetOrigin()])
    _write(folder, "ut", far)
    with pytest.raises(InputError, match="lies beside the image: 0 % of what it marks"):
        importing("ut-endomri")


def test_its_licence_reaches_the_ledger_of_a_model_trained_on_it(importing, volumes):
    for number in range(12):
        folder = _folder(importing, f"D2-{number:03d}")
        _write(folder, "T2", volumes.image(number))
    result = importing("ut-endomri")
    assert {case.patient_id for case in result.cases} == {f"utendo-p{n:04d}" for n in range(1, 13)}
    ledger = Ledger("CC-BY-NC-4.0", _entries([str(importing.out / "manifest.jsonl")]))
    assert ["non-commercial" in entry.licence for entry in ledger.entries] == [True]
    assert ledger.entries[0].cases == sum(case.split == "train" for case in result.cases)
    assert not ledger.phantom_trained
    assert sitk.ReadImage(str(importing.out / result.cases[0].image)).GetSize() == volumes.geometry.size
