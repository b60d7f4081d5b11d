"""Laws of reading and writing volumes."""

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.errors import OutputError, VolumeError
from UterineSynthLib.volumes.files import SUFFIXES, SYNTHETIC_MARK, read_image, read_labels, write_image
from UterineSynthLib.volumes.geometry import Geometry, right_handed, sagittal_geometry

REAL_HEAD = Path(__file__).resolve().parents[4] / "shared" / "real" / "whole_head_3_image.nii.gz"
TILT = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
GRID = sagittal_geometry(5, 16, 4.4, 0.8, (3.0, -20.0, 11.0), tilt=TILT)
VALUES = np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32)


@pytest.fixture
def image() -> sitk.Image:
    return GRID.image_of(VALUES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_written_volume_is_read_back_on_the_same_oblique_grid(tmp_path: Path, image: sitk.Image, suffix: str) -> None:
    write_image(image, tmp_path / f"a{suffix}")
    back = read_image(tmp_path / f"a{suffix}")
    assert Geometry.of_image(back).matches(GRID, tolerance_mm=1e-4)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(back), VALUES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_slice_is_a_volume(tmp_path: Path, image: sitk.Image, suffix: str) -> None:
    write_image(image[:, :, 2:3], tmp_path / f"a{suffix}")
    back = read_image(tmp_path / f"a{suffix}")
    assert back.GetSize() == (16, 16, 1)
    np.testing.assert_allclose(back.GetSpacing(), GRID.spacing_mm, rtol=1e-6)


def test_another_library_finds_the_voxels_at_the_same_place(tmp_path: Path, image: sitk.Image) -> None:
    write_image(image, tmp_path / "a.nii.gz", SYNTHETIC_MARK)
    oracle = nibabel.load(tmp_path / "a.nii.gz")
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ GRID.index_to_lps
    np.testing.assert_allclose(oracle.affine, ras, atol=1e-4)
    np.testing.assert_array_equal(np.asarray(oracle.dataobj).T, VALUES)
    assert oracle.header["descrip"].item().decode() == SYNTHETIC_MARK


def test_nrrd_keeps_the_description_and_further_keys(tmp_path: Path, image: sitk.Image) -> None:
    write_image(image, tmp_path / "a.nrrd", "SYNTHETIC uterus, 35 mm", {"seed": "7"})
    back = sitk.ReadImage(str(tmp_path / "a.nrrd"))
    assert back.GetMetaData("content") == "SYNTHETIC uterus, 35 mm"
    assert back.GetMetaData("seed") == "7"


def test_a_left_handed_file_is_turned_right_handed_with_every_voxel_in_place(tmp_path: Path) -> None:
    mirrored = Geometry(GRID.size, GRID.spacing_mm, GRID.origin_mm, (1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0))
    left = mirrored.image_of(VALUES)
    sitk.WriteImage(left, str(tmp_path / "left.nrrd"))
    right = read_image(tmp_path / "left.nrrd")
    assert Geometry.of_image(right).is_right_handed
    for index in ((0, 0, 0), (3, 5, 1), (15, 15, 4)):
        there = right.TransformPhysicalPointToIndex(left.TransformIndexToPhysicalPoint(index))
        assert right[there] == left[index]


def test_a_right_handed_image_is_left_alone(image: sitk.Image) -> None:
    assert right_handed(image) is image


def _stack(image: sitk.Image) -> sitk.Image:
    return sitk.JoinSeries([image, image, image])


def _complex(image: sitk.Image) -> sitk.Image:
    return sitk.RealAndImaginaryToComplex(image, image)


def _with_nan(image: sitk.Image) -> sitk.Image:
    values = sitk.GetArrayFromImage(image)
    values[1, 2, 3], values[0, 0, 0] = np.nan, np.inf
    return GRID.image_of(values)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_stack, "4D and holds 3 volumes"),
        (lambda image: image[:, :, 1], r"2D image \(16 x 16\)"),
        (lambda image: sitk.Compose(image, image), "2 components per voxel"),
        (_complex, "complex voxels"),
        (_with_nan, "2 NaN or infinite voxels"),
    ],
)
def test_what_is_no_3d_scalar_volume_is_refused_with_name_and_reason(
    tmp_path: Path, image: sitk.Image, suffix: str, spoil: Callable[[sitk.Image], sitk.Image], reason: str
) -> None:
    path = tmp_path / f"odd{suffix}"
    sitk.WriteImage(spoil(image), str(path))
    with pytest.raises(VolumeError, match=f"odd{suffix}: .*{reason}"):
        read_image(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cut_file_is_refused_whatever_its_length(
    tmp_path: Path, image: sitk.Image, suffix: str, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"cut{suffix}"
    write_image(image, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(VolumeError, match=r"cut\S*: (is truncated|has an NRRD header without)"):
        read_image(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_empty_missing_and_foreign_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    with pytest.raises(VolumeError, match="no such file"):
        read_image(path)
    path.write_bytes(b"")
    with pytest.raises(VolumeError, match="is empty"):
        read_image(path)
    path.write_bytes(b"a letter, not an image " * 50)
    with pytest.raises(VolumeError, match="is not a"):
        read_image(path)


def test_a_folder_and_an_unknown_suffix_are_refused(tmp_path: Path, image: sitk.Image) -> None:
    with pytest.raises(VolumeError, match="is a folder"):
        read_image(tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(VolumeError, match=r"must end in \.nii"):
        read_image(tmp_path / "a.png")
    with pytest.raises(OutputError, match=r"must end in \.nii"):
        write_image(image, tmp_path / "a.mha")


def test_an_uncompressed_nifti_named_gz_is_read(tmp_path: Path, image: sitk.Image) -> None:
    write_image(image, tmp_path / "a.nii")
    (tmp_path / "b.nii.gz").write_bytes((tmp_path / "a.nii").read_bytes())
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read_image(tmp_path / "b.nii.gz")), VALUES)


def test_a_compressed_nifti_not_named_gz_is_refused_with_the_remedy(tmp_path: Path, image: sitk.Image) -> None:
    write_image(image, tmp_path / "a.nii.gz")
    (tmp_path / "b.nii").write_bytes((tmp_path / "a.nii.gz").read_bytes())
    with pytest.raises(VolumeError, match=r"rename it to \.nii\.gz"):
        read_image(tmp_path / "b.nii")


@pytest.mark.parametrize(("at", "value", "shown"), [(80, 0.0, "0 x 0.8"), (88, float("nan"), "x nan mm")])
def test_a_degenerate_voxel_size_is_refused_with_the_numbers(
    tmp_path: Path, image: sitk.Image, at: int, value: float, shown: str
) -> None:
    path = tmp_path / "flat.nii"
    write_image(image, path)
    content = bytearray(path.read_bytes())
    content[at : at + 4] = struct.pack("<f", value)
    path.write_bytes(bytes(content))
    with pytest.raises(VolumeError, match=f"voxel size of .*{shown}"):
        read_image(path)


def test_sheared_axes_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    affine = np.diag([1.0, 1.0, 4.0, 1.0])
    affine[0, 1] = 0.1
    sheared = nibabel.Nifti1Image(VALUES, None)
    sheared.header.set_sform(affine, 2)
    sheared.to_filename(tmp_path / "sheared.nii")
    with pytest.raises(VolumeError, match=r"sheared\.nii: has sheared axes"):
        read_image(tmp_path / "sheared.nii")
    assert capfd.readouterr().err == ""


def test_labels_are_read_as_bytes_also_from_whole_floats(tmp_path: Path) -> None:
    labels = np.zeros(GRID.shape, dtype=np.float32)
    labels[2, 4:8, 4:8] = 3.0
    write_image(GRID.image_of(labels), tmp_path / "l.nii.gz")
    back = read_labels(tmp_path / "l.nii.gz")
    assert back.GetPixelID() == sitk.sitkUInt8
    np.testing.assert_array_equal(sitk.GetArrayFromImage(back), labels)


@pytest.mark.parametrize(("value", "reason"), [(2.5, "value 2.5"), (77, "label 77"), (-1, "label -1")])
def test_values_that_are_no_labels_are_named(tmp_path: Path, value: float, reason: str) -> None:
    labels = np.zeros(GRID.shape, dtype=np.float32)
    labels[1, 1, 1] = value
    write_image(GRID.image_of(labels), tmp_path / "l.nrrd")
    with pytest.raises(VolumeError, match=reason):
        read_labels(tmp_path / "l.nrrd")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_on_a_full_disk_nothing_is_left_and_one_line_says_so(tmp_path: Path, suffix: str) -> None:
    script = (
        "import resource, sys, numpy as np, SimpleITK as sitk\n"
        "from UterineSynthLib.volumes.files import write_image\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
        "image = sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(4, 32, 32)))\n"
        "try:\n    write_image(image, sys.argv[1])\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    target = tmp_path / f"full{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith(f"OutputError cannot write {target}")
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_older_file_alone(tmp_path: Path, image: sitk.Image) -> None:
    path = tmp_path / "a.nii.gz"
    write_image(image, path)
    before = path.read_bytes()
    with pytest.raises(VolumeError, match="has 2 dimensions"):
        write_image(image[:, :, 0], path)
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, image: sitk.Image) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot write"):
        write_image(image, tmp_path / "file" / "a.nii.gz")
    (tmp_path / "dir.nii.gz").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_image(image, tmp_path / "dir.nii.gz")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the owner of the machine may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path, image: sitk.Image) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        write_image(image, tmp_path / "closed" / "a.nii.gz")


@pytest.mark.skipif(not REAL_HEAD.exists(), reason="no real scan lies beside this checkout")
def test_a_real_scan_is_read_where_another_library_sees_it() -> None:
    ours, oracle = read_image(REAL_HEAD), nibabel.load(REAL_HEAD)
    geometry = Geometry.of_image(ours)
    assert geometry.is_right_handed
    voxels = np.asarray(oracle.dataobj, dtype=np.float32)
    for index in ((0, 0, 0), (40, 64, 70), (127, 127, 127)):
        ras = oracle.affine @ np.array([*index, 1.0])
        lps = (-ras[0], -ras[1], ras[2])
        assert ours[ours.TransformPhysicalPointToIndex(lps)] == pytest.approx(voxels[index])
