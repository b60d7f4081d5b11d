"""BraTS-like folders: four modalities in one order whatever they are called."""

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.cache import ArrayCache
from UterineSynthLib.dataset.centring import Centre
from UterineSynthLib.dataset.importing.label_table import OURS
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.dataset.preprocessing import Preprocessing, preprocess_case
from UterineSynthLib.errors import ConfigError, InputError
from UterineSynthLib.volumes.files import read_image, write_image

OLD = {"t1": "_t1", "t1ce": "_t1ce", "t2": "_t2", "flair": "_flair", "seg": "_seg"}
NEW = {"t1": "-t1n", "t1ce": "-t1c", "t2": "-t2w", "flair": "-t2f", "seg": "-seg"}
ORDER = ("t1", "t1ce", "t2", "flair")


def _write(importing, volumes, name, endings, first=0):
    for number, what in enumerate(ORDER):
        write_image(volumes.image(first + number), importing.source / name / f"{name}{endings[what]}.nii.gz")
    write_image(volumes.labels, importing.source / name / f"{name}{endings['seg']}.nii.gz")


@pytest.mark.parametrize(("name", "endings"), [("BraTS20_Training_001", OLD), ("BraTS-GLI-00005-100", NEW)])
def test_channels_come_in_one_order_and_reach_the_model(importing, volumes, name, endings):
    _write(importing, volumes, name, endings)
    importing("brats", labels=OURS)
    manifest = read_manifest(importing.out / "manifest.jsonl")
    (case,) = manifest.cases
    for number, path in enumerate(manifest.image_paths(case)):
        np.testing.assert_allclose(sitk.GetArrayFromImage(read_image(path)), volumes.values(number), rtol=1e-6)
    config = Preprocessing((16, 16, 8), (8.0, 8.0, 8.0), Centre.STUDY)
    made = preprocess_case(manifest, case, config, ArrayCache(importing.out / "cache"))
    assert made.image.shape == (4, 8, 16, 16)


def test_time_points_of_one_patient_stay_together(importing, volumes):
    for number in (0, 1):
        _write(importing, volumes, f"BraTS-GLI-00005-{number:03d}", NEW, first=10 * number)
    result = importing("brats", without_labels=True)
    assert [case.patient_id for case in result.cases] == ["brats-p0001", "brats-p0001"]


def test_a_missing_modality_is_named_and_so_is_one_on_another_grid(importing, volumes):
    _write(importing, volumes, "B_001", OLD)
    (importing.source / "B_001" / "B_001_t1ce.nii.gz").unlink()
    with pytest.raises(InputError, match="has no t1ce; a case needs all of t1, t1ce, t2, flair"):
        importing("brats", labels=OURS)
    write_image(volumes.image(3)[1:], importing.source / "B_001" / "B_001_t1ce.nii.gz")
    with pytest.raises(InputError, match=r"B_001_t1ce\.nii\.gz: lies on another grid than B_001_t1\.nii\.gz"):
        importing("brats", labels=OURS)


def test_tumour_labels_are_not_taken_for_ours_unasked(importing, volumes):
    _write(importing, volumes, "B_001", OLD)
    with pytest.raises(ConfigError, match="BraTS marks 1 necrotic core"):
        importing("brats")
