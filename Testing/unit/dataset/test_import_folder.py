"""Plain folders: what is matched by name, what is asked for, who is one patient."""

import numpy as np
import pytest

from UterineSynthLib.dataset.importing.label_table import OURS, UMD, parse_label_table, table_of_names
from UterineSynthLib.errors import ConfigError, InputError
from UterineSynthLib.volumes.files import write_image


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("a.nii.gz", "a_seg.nii.gz"),
        ("a_t2.nrrd", "a-mask.nrrd"),
        ("x/a.nii", "x/a.label.nii.gz"),
        ("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz"),
        ("images/a.nii.gz", "masks/a.nii.gz"),
    ],
)
def test_a_mask_is_matched_by_its_name_and_the_match_is_said(importing, volumes, image, mask):
    write_image(volumes.image(), importing.source / image)
    write_image(volumes.labels, importing.source / mask)
    result = importing("folder", labels=UMD)
    np.testing.assert_array_equal(importing.labels(result), volumes.label_values)
    assert result.reports[0].said == (f"mask {mask}, by its name",)


def test_training_and_test_folders_are_not_matched_across(importing, volumes):
    write_image(volumes.image(), importing.source / "imagesTs" / "a.nii.gz")
    write_image(volumes.labels, importing.source / "labelsTr" / "a.nii.gz")
    result = importing("folder", labels=UMD)
    assert result.cases[0].labels is None
    assert importing.refusals(result) == {"labelsTr/a.nii.gz": "is a mask by its name and has no image"}


def test_masks_need_a_meaning_or_to_be_left_out(importing, volumes):
    write_image(volumes.image(), importing.source / "a.nii.gz")
    write_image(volumes.labels, importing.source / "a_seg.nii.gz")
    with pytest.raises(ConfigError, match=r"1 masks, such as a_seg\.nii\.gz; say what their values mean"):
        importing("folder")
    assert importing("folder", without_labels=True).cases[0].labels is None


def test_values_become_the_structures_they_are_said_to_be(importing, volumes):
    write_image(volumes.image(), importing.source / "a.nii.gz")
    write_image(volumes.labels, importing.source / "a_seg.nii.gz")
    result = importing("folder", labels=parse_label_table("1=bladder, 2=none, 3=3, 4=myoma"))
    expected = np.array([0, 9, 0, 3, 3], np.uint8)[volumes.label_values]
    np.testing.assert_array_equal(importing.labels(result), expected)
    with pytest.raises(InputError, match="has the value 2; what is explained are 1"):
        importing("folder", labels=parse_label_table("1=uterine_wall"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [("1=womb", "no structure 'womb'; there are uterine_wall"), ("one=myoma", "must read VALUE=STRUCTURE"),
     ("1=myoma,1=ovary", "given twice"), ("1=99", "no structure '99'")],
)  # fmt: skip
def test_a_label_table_that_makes_no_sense_is_refused(text, reason):
    with pytest.raises(ConfigError, match=reason):
        parse_label_table(text)


def test_named_tables_and_names_of_our_structures_are_known():
    assert parse_label_table("ours") == OURS
    assert parse_label_table("umd") == UMD == {n: n for n in range(5)}
    assert table_of_names({"0": "background", "1": "Uterine wall", "2": "leiomyoma"}) == {0: 0, 1: 1, 2: 3}
    assert table_of_names({"1": "liver"}) is None


@pytest.mark.parametrize(
    ("names", "pattern", "patients"),
    [
        (("a.nii.gz", "b.nii.gz"), None, 2),
        (("anna/1.nii.gz", "anna/2.nii.gz", "berta/1.nii.gz"), None, 2),
        (("sub-01_ses-1.nii.gz", "sub-01_ses-2.nii.gz", "sub-02_ses-1.nii.gz"), None, 2),
        (("images/a.nii.gz", "images/b.nii.gz"), None, 2),
        (("p1-before.nii.gz", "p1-after.nii.gz"), r"(p\d+)", 1),
    ],
)
def test_who_is_one_patient_is_told_by_pattern_subject_folder_or_name(importing, volumes, names, pattern, patients):
    for number, name in enumerate(names):
        write_image(volumes.image(number), importing.source / name)
    result = importing("folder", patient_pattern=pattern)
    assert len(result.cases) == len(names)
    assert len({case.patient_id for case in result.cases}) == patients


def test_a_pattern_that_finds_nobody_is_refused(importing, volumes):
    write_image(volumes.image(), importing.source / "a.nii.gz")
    for pattern, reason in (
        ("(p[0-9])", "finds no patient in a.nii.gz"),
        ("p[0-9]", "finds no|needs one group"),
        ("(", "needs one"),
    ):
        with pytest.raises(ConfigError, match=reason):
            importing("folder", patient_pattern=pattern)
