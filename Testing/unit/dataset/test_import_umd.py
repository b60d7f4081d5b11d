"""UMD as it is released: every known defect in one folder."""

import re

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.errors import InputError
from UterineSynthLib.volumes.files import read_image, read_labels, write_image
from UterineSynthLib.volumes.geometry import Geometry


def _folder(importing, number, volumes, mask="seg"):
    folder = importing.source / "UMD" / f"UMD_221129_{number:03d}"
    folder.mkdir(parents=True)
    write_image(volumes.image(number), folder / f"{folder.name}_t2.nii.gz")
    if mask is not None:
        write_image(volumes.labels, folder / f"{folder.name}_{mask}.nii.gz")
    return folder


def _slices(folder, stack, description="t2_tse_sag"):
    """The DICOM slices that a volume was converted from, beside it and in no order of names."""
    frame = np.array(stack.GetDirection()).reshape(3, 3)
    uid = f"1.2.826.0.1.3680043.8.498.{sum(description.encode())}"
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for number in range(stack.GetSize()[2]):
        one = sitk.Cast(stack[:, :, number], sitk.sitkInt16)
        tags = {
            "0008|0060": "MR",
            "0008|103e": description,
            "0020|000d": "1.2.3",
            "0020|000e": uid,
            "0008|0018": f"{uid}.{number + 1}",
            "0020|0032": "\\".join(f"{v:.4f}" for v in stack.TransformIndexToPhysicalPoint((0, 0, number))),
            "0020|0037": "\\".join(f"{v:.6f}" for v in (*frame[:, 0], *frame[:, 1])),
        }
        for key, value in tags.items():
            one.SetMetaData(key, value)
        writer.SetFileName(str(folder / f"{description}_{number * 5 % 11:02d}.dcm"))
        writer.Execute(one)


def _of_another(image):
    values = np.random.default_rng(0).permuted(sitk.GetArrayFromImage(image), axis=0)
    return Geometry.of_image(image).image_of(values)


def _without_geometry(image, path):
    sitk.WriteImage(sitk.GetImageFromArray(sitk.GetArrayFromImage(image)), str(path))


@pytest.fixture
def unset(importing, volumes, raw_mask):
    """A patient whose image and mask were both converted without geometry."""
    folder = _folder(importing, 11, volumes, mask=None)
    _without_geometry(volumes.image(11), folder / f"{folder.name}_t2.nii.gz")
    raw_mask(folder / f"{folder.name}_seq.nii.gz", volumes.label_values)
    return folder


def test_a_clean_case_comes_through_unchanged(importing, volumes):
    _folder(importing, 1, volumes)
    result = importing("umd")
    manifest = read_manifest(importing.out / "manifest.jsonl")
    assert [case.id for case in manifest.cases] == ["umd-0001"]
    assert manifest.cases[0].licence == "CC-BY-4.0"
    written = read_image(manifest.image_path(manifest.cases[0]))
    np.testing.assert_allclose(sitk.GetArrayFromImage(written), volumes.values(1), rtol=1e-6)
    assert Geometry.of_image(written).matches(volumes.geometry, 1e-2)
    np.testing.assert_array_equal(importing.labels(result), volumes.label_values)
    assert importing.repairs(result) == {"UMD/UMD_221129_001": []}


def test_a_seq_mask_without_compression_and_geometry_lies_on_its_image(importing, volumes, raw_mask):
    folder = _folder(importing, 2, volumes, mask=None)
    raw_mask(folder / "UMD_221129_002_seq.nii.gz", volumes.label_values)
    result = importing("umd")
    written = read_labels(importing.out / result.cases[0].labels)
    assert Geometry.of_image(written).matches(volumes.geometry, 1e-2)
    np.testing.assert_array_equal(importing.labels(result), volumes.label_values)
    (repairs,) = importing.repairs(result).values()
    assert repairs == ["took a mask named _seq", "read as uncompressed NIfTI", "took the image's geometry"]


def test_a_placeholder_mask_follows_an_image_stored_left_handed(importing, volumes, raw_mask):
    folder = importing.source / "UMD_221129_003"
    folder.mkdir()
    stored = sitk.DICOMOrient(volumes.image(3), "PIL")
    assert not Geometry.of_image(stored).is_right_handed
    sitk.WriteImage(stored, str(folder / "UMD_221129_003_t2.nii.gz"))
    raw_mask(folder / "UMD_221129_003_seq.nii.gz", sitk.GetArrayFromImage(sitk.DICOMOrient(volumes.labels, "PIL")))
    result = importing("umd")
    upright = sitk.DICOMOrient(read_labels(importing.out / result.cases[0].labels), "PIR")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(upright), volumes.label_values)


def test_an_image_without_geometry_takes_that_of_the_slices_beside_it_and_its_mask_follows(importing, volumes, unset):
    _slices(unset, volumes.image(12), "another t2 of her")
    _slices(unset, volumes.image(11))
    _slices(unset, volumes.image(11)[:, :, :3], "cut t2")
    result = importing("umd")
    for name in (result.cases[0].image, result.cases[0].labels):
        assert Geometry.of_image(sitk.ReadImage(str(importing.out / name))).matches(volumes.geometry, 0.02)
    np.testing.assert_array_equal(importing.labels(result), volumes.label_values)
    (repairs,) = importing.repairs(result).values()
    assert "took the DICOM's geometry" in repairs
    assert "took the image's geometry" in repairs
    why = next(repair.why for repair in result.reports[0].repaired if "DICOM" in repair.what)
    assert why.endswith("the series 't2_tse_sag' (8 slices) holds the same voxels")


def test_a_converter_that_turned_rows_and_slices_around_is_followed(importing, volumes, unset):
    turned = sitk.Flip(volumes.image(11), (False, True, True))
    _without_geometry(turned, unset / f"{unset.name}_t2.nii.gz")
    (unset / f"{unset.name}_seq.nii.gz").unlink()
    (unset / "DICOM").mkdir()
    _slices(unset / "DICOM", volumes.image(11))
    result = importing("umd")
    upright = sitk.DICOMOrient(read_image(importing.out / result.cases[0].image), "PIR")
    assert Geometry.of_image(upright).matches(volumes.geometry, 0.02)
    np.testing.assert_allclose(sitk.GetArrayFromImage(upright), volumes.values(11), atol=1e-3)
    assert "their rows, slices the other way round" in result.reports[0].repaired[0].why


def test_slices_that_changed_are_read_again_and_others_resume(importing, volumes, unset):
    _slices(unset, volumes.image(11))
    importing("umd")
    assert importing("umd").resumed == 1
    moved = volumes.image(11)
    moved.SetOrigin([mm + 10.0 for mm in moved.GetOrigin()])
    _slices(unset, moved)
    result = importing("umd")
    assert result.resumed == 0
    written = Geometry.of_image(read_image(importing.out / result.cases[0].image))
    assert written.matches(Geometry.of_image(moved), 0.02)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (None, "no DICOM image lies beside it"),
        (lambda image: image[:, :, ::2], r"'t2_tse_sag' \(4 slices\): has \(4, 44, 44\) voxels .*, not \(8, 44, 44\)"),
        (_of_another, "holds other voxels"),
    ],
)
def test_an_image_without_geometry_whose_slices_are_not_there_is_refused(importing, volumes, unset, other, why):
    if other is not None:
        _slices(unset, other(volumes.image(11)))
    _folder(importing, 12, volumes)
    result = importing("umd")
    assert len(result.cases) == 1
    (refused,) = importing.refusals(result).values()
    assert re.search(rf"_t2\.nii\.gz: has no geometry \(1 x 1 x 1 mm, not turned\).*{why}", refused)
    assert str(importing.source) not in refused


def test_a_placeholder_mask_of_another_size_is_refused_and_the_others_go_on(importing, volumes, raw_mask):
    folder = _folder(importing, 4, volumes, mask=None)
    raw_mask(folder / "UMD_221129_004_seq.nii.gz", volumes.label_values[:, 1:])
    _folder(importing, 5, volumes)
    result = importing("umd")
    assert [case.id for case in result.cases] == ["umd-0002"]
    (why,) = importing.refusals(result).values()
    assert "has no geometry" in why


def test_the_mistyped_case_is_matched_by_its_folder(importing, volumes, raw_mask):
    folder = _folder(importing, 37, volumes, mask=None)
    raw_mask(folder / "UMD_2221129_037_seg.nii.gz", volumes.label_values)
    result = importing("umd")
    assert result.cases[0].labels is not None
    assert "matched image and mask by folder" in importing.repairs(result)["UMD/UMD_221129_037"]


def test_archive_droppings_and_dicom_beside_are_passed_over(importing, volumes):
    folder = _folder(importing, 6, volumes)
    junk = importing.source / "__MACOSX" / "UMD_221129_006"
    junk.mkdir(parents=True)
    for path in (junk / "._UMD_221129_006_t2.nii.gz", folder / "._UMD_221129_006_t2.nii.gz", folder / ".DS_Store"):
        path.write_bytes(b"\0\5\x16\7")
    (folder / "UMD_221129_006_01.dcm").write_bytes(b"not looked at")
    result = importing("umd")
    assert (len(result.cases), importing.refusals(result)) == (1, {})


@pytest.mark.parametrize(("size", "order"), [((44, 44, 8), "PIR"), ((43, 37, 7), "PIR"), ((44, 44, 8), "LPS")])
def test_odd_matrices_and_stored_orders_survive(importing, volumes, size, order):
    folder = importing.source / "UMD_221129_007"
    folder.mkdir()
    cut = [sitk.DICOMOrient(one[: size[0], : size[1], : size[2]], order) for one in (volumes.image(), volumes.labels)]
    for one, name in zip(cut, ("t2", "seg"), strict=True):
        sitk.WriteImage(one, str(folder / f"UMD_221129_007_{name}.nii.gz"))
    result = importing("umd")
    np.testing.assert_array_equal(importing.labels(result), sitk.GetArrayFromImage(cut[1]))


@pytest.mark.parametrize(("value", "fate"), [(1.0001, "rounded"), (1.5, "no label"), (5.0, "value 5")])
def test_almost_whole_labels_are_rounded_and_others_refused(importing, volumes, value, fate):
    folder = _folder(importing, 8, volumes, mask=None)
    labels = volumes.label_values.astype(np.float32)
    labels[labels == 1] = value
    sitk.WriteImage(volumes.geometry.image_of(labels), str(folder / "UMD_221129_008_seg.nii.gz"))
    _folder(importing, 9, volumes)
    result = importing("umd")
    if fate == "rounded":
        np.testing.assert_array_equal(importing.labels(result), volumes.label_values)
        assert importing.repairs(result)["UMD/UMD_221129_008"] == ["rounded mask values"]
    else:
        assert fate in importing.refusals(result)["UMD/UMD_221129_008"]
        assert len(result.cases) == 1


def test_two_masks_in_a_folder_are_refused_by_name_and_an_empty_source_says_what_is_there(importing, volumes):
    folder = _folder(importing, 10, volumes)
    write_image(volumes.labels, folder / "UMD_221129_010_seq.nii.gz")
    with pytest.raises(InputError, match=r"1 images and 2 masks.*_seg\.nii\.gz.*_seq\.nii\.gz"):
        importing("umd")
    for path in folder.iterdir():
        path.rename(path.with_suffix(".txt"))
    with pytest.raises(InputError, match=r"no case found; expected folders with \*_t2.*there is 3 .nii.txt"):
        importing("umd")
