"""Decathlon folders: what ``dataset.json`` lists, in four dimensions, with and without masks."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.importing.label_table import UMD
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.errors import ConfigError, InputError, RecordError
from UterineSynthLib.volumes.files import read_image, write_image


def _list(importing, **changed):
    listed = {
        "name": "Uterus",
        "modality": {"0": "T2", "1": "T1"},
        "labels": {
            "0": "background",
            "1": "uterine wall",
            "2": "endometrium and cavity",
            "3": "leiomyoma",
            "4": "Nabothian cyst",
        },
        "training": [{"image": "./imagesTr/u_1.nii.gz", "label": "./labelsTr/u_1.nii.gz"}],
        "test": ["./imagesTs/u_2.nii.gz"],
    }
    (importing.source / "dataset.json").write_text(json.dumps({**listed, **changed}), encoding="utf-8")


def _volumes(importing, volumes):
    for name, numbers in (("imagesTr/u_1", (0, 1)), ("imagesTs/u_2", (2, 3))):
        path = importing.source / f"{name}.nii.gz"
        path.parent.mkdir(exist_ok=True)
        joined = sitk.JoinSeries([volumes.image(number) for number in numbers])
        sitk.WriteImage(joined, str(path))
    write_image(volumes.labels, importing.source / "labelsTr" / "u_1.nii.gz")


def test_modalities_become_channels_and_test_cases_have_no_labels(importing, volumes):
    _volumes(importing, volumes)
    _list(importing)
    result = importing("decathlon")
    manifest = read_manifest(importing.out / "manifest.jsonl")
    first, second = manifest.cases
    for case, numbers in ((first, (0, 1)), (second, (2, 3))):
        for path, number in zip(manifest.image_paths(case), numbers, strict=True):
            np.testing.assert_allclose(sitk.GetArrayFromImage(read_image(path)), volumes.values(number), rtol=1e-6)
    np.testing.assert_array_equal(importing.labels(result), volumes.label_values)
    assert second.labels is None


def test_names_that_are_not_ours_must_be_explained(importing, volumes):
    _volumes(importing, volumes)
    _list(importing, labels={"0": "background", "1": "liver"})
    with pytest.raises(ConfigError, match="its labels are 0=background, 1=liver; say what they are"):
        importing("decathlon")
    assert importing("decathlon", labels=UMD).cases[0].labels is not None


def test_a_listed_file_that_is_missing_or_elsewhere_is_refused_and_the_rest_goes_on(importing, volumes):
    _volumes(importing, volumes)
    write_image(volumes.image(9), importing.source.parent / "outside.nii.gz")
    entries = ["./imagesTs/u_2.nii.gz", "./imagesTs/gone.nii.gz", "../outside.nii.gz"]
    _list(importing, test=entries)
    result = importing("decathlon")
    assert len(result.cases) == 2
    assert importing.refusals(result) == {
        "imagesTs/gone.nii.gz": "imagesTs/gone.nii.gz is listed and not there",
        "../outside.nii.gz": "../outside.nii.gz lies outside the folder",
    }


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [("{", RecordError, "not readable JSON"), ("[]", RecordError, "expected an object with lists"),
     ('{"training": [3]}', RecordError, "an entry reads 3"), ('{"numTraining": 4}', InputError, "lists no case")],
)  # fmt: skip
def test_a_list_of_another_shape_is_refused(importing, text, kind, reason):
    (importing.source / "dataset.json").write_text(text, encoding="utf-8")
    with pytest.raises(kind, match=reason):
        importing("decathlon")
