"""Laws of reading a DICOM series. The files are written here, slice by slice, in shuffled order."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage, RLELossless

from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.dicom import read_series
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry

TILT = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
GRID = sagittal_geometry(6, 12, 4.4, 0.8, (3.0, -20.0, 11.0), tilt=TILT)
VALUES = np.random.default_rng(0).integers(0, 900, size=GRID.shape).astype(np.uint16)
SERIES, OTHER = "1.2.826.0.1.3680043.8.498.1", "1.2.826.0.1.3680043.8.498.2"


def _slice(number: int, series: str, description: str) -> Dataset:
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = MRImageStorage
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = f"{series}.{number + 1}"
    one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = "1.2.3", series, "1.2.4"
    one.SeriesDescription, one.Modality, one.PatientID = description, "MR", "p1"
    one.MagneticFieldStrength, one.SliceThickness, one.EchoTime, one.RepetitionTime = 3.0, 4.0, 100.0, 4200.0
    one.InstanceNumber = 100 - number
    frame = np.array(GRID.direction).reshape(3, 3)
    one.ImageOrientationPatient = [f"{v:.6f}" for v in (*frame[:, 0], *frame[:, 1])]
    position = GRID.index_to_lps @ np.array([0.0, 0.0, number, 1.0])
    one.ImagePositionPatient = [f"{v:.4f}" for v in position[:3]]
    one.PixelSpacing = [0.8, 0.8]
    one.Rows, one.Columns = GRID.size[1], GRID.size[0]
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 12, 11, 0
    one.PixelData = VALUES[number].tobytes()
    return one


def _write(
    folder: Path,
    numbers: Iterable[int] = range(6),
    series: str = SERIES,
    description: str = "T2 sag",
    change: Callable[[int, Dataset], None] | None = None,
) -> None:
    for number in numbers:
        one = _slice(number, series, description)
        if change is not None:
            change(number, one)
        name = f"{series[-1]}_{(number * 5) % 7}.dcm"
        pydicom.dcmwrite(folder / name, one, enforce_file_format=True)


def test_a_series_in_shuffled_order_lies_where_it_was_acquired(tmp_path: Path) -> None:
    _write(tmp_path)
    image, facts = read_series(tmp_path)
    assert Geometry.of_image(image).matches(GRID, tolerance_mm=1e-3)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), VALUES)
    assert (facts.series_uid, facts.description, facts.modality) == (SERIES, "T2 sag", "MR")
    assert (facts.slice_count, facts.field_strength_t, facts.slice_thickness_mm) == (6, 3.0, 4.0)
    assert (facts.echo_time_ms, facts.repetition_time_ms) == (100.0, 4200.0)


def test_slices_are_ordered_by_place_in_whatever_order_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path)
    names = [str(path) for path in sorted(tmp_path.iterdir())]
    monkeypatch.setattr(sitk.ImageSeriesReader, "GetGDCMSeriesFileNames", lambda *_: names)
    image, _ = read_series(tmp_path)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), VALUES)


def test_the_scale_of_each_slice_is_applied(tmp_path: Path) -> None:
    def scaled(number: int, one: Dataset) -> None:
        one.RescaleSlope, one.RescaleIntercept, one.RescaleType = str(1.0 + number), "-5", "US"

    _write(tmp_path, change=scaled)
    image, _ = read_series(tmp_path)
    expected = VALUES * (1.0 + np.arange(6))[:, None, None] - 5.0
    np.testing.assert_allclose(sitk.GetArrayFromImage(image), expected)


def test_several_series_are_listed_until_one_is_chosen(tmp_path: Path) -> None:
    _write(tmp_path)
    _write(tmp_path, range(3), OTHER, "localiser")
    with pytest.raises(VolumeError, match=rf"choose one: .*{SERIES} 'T2 sag' \(6 files\).*{OTHER} 'localiser' \(3"):
        read_series(tmp_path)
    assert read_series(tmp_path, SERIES)[0].GetSize() == GRID.size
    with pytest.raises(VolumeError, match=r"holds no series 9\.9"):
        read_series(tmp_path, "9.9")


def test_a_missing_slice_is_refused_with_its_place(tmp_path: Path) -> None:
    _write(tmp_path, [0, 1, 3, 4, 5])
    with pytest.raises(VolumeError, match=r"8\.80 mm lie between slices 2 and 3, elsewhere 4\.40 mm; 1 seem"):
        read_series(tmp_path)


def _doubled(number: int, one: Dataset) -> None:
    if number == 3:
        one.ImagePositionPatient = _slice(2, SERIES, "").ImagePositionPatient


def _turned(number: int, one: Dataset) -> None:
    if number == 3:
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]


def _sheared(number: int, one: Dataset) -> None:
    frame = np.array(GRID.direction).reshape(3, 3)
    moved = np.array(one.ImagePositionPatient, dtype=float) + 2.0 * number * frame[:, 1]
    one.ImagePositionPatient = [f"{v:.4f}" for v in moved]


def _smaller(number: int, one: Dataset) -> None:
    if number == 3:
        one.Rows, one.PixelData = 10, one.PixelData[: 10 * 12 * 2]


def _without_place(number: int, one: Dataset) -> None:
    if number == 3:
        one.ImagePositionPatient = None


def _coloured(_: int, one: Dataset) -> None:
    one.SamplesPerPixel, one.PhotometricInterpretation, one.PlanarConfiguration = 3, "RGB", 0
    one.BitsAllocated, one.BitsStored, one.HighBit = 8, 8, 7
    one.PixelData = bytes(12 * 12 * 3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_doubled, "several slices at one place"),
        (_turned, "turned against the other slices"),
        (_sheared, r"shifted sideways by 2\.00 mm"),
        (_smaller, r"\(12, 10\) pixels"),
        (_without_place, r"tag \(0020,0032\)"),
        (_coloured, "colour image"),
    ],
)
def test_what_is_no_even_stack_is_refused_with_the_reason(
    tmp_path: Path, change: Callable[[int, Dataset], None] | None, reason: str
) -> None:
    _write(tmp_path, change=change)
    with pytest.raises(VolumeError, match=reason):
        read_series(tmp_path)


def test_one_slice_takes_its_thickness_or_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, [2])
    assert read_series(tmp_path)[0].GetSpacing() == pytest.approx((0.8, 0.8, 4.0))
    _write(tmp_path, [2], change=lambda _, one: delattr(one, "SliceThickness"))
    with pytest.raises(VolumeError, match="gives no slice thickness"):
        read_series(tmp_path)


def test_a_folder_without_images_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(VolumeError, match="holds no DICOM image"):
        read_series(tmp_path)
    with pytest.raises(VolumeError, match="no such folder"):
        read_series(tmp_path / "gone")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless])
def test_a_cut_file_is_refused_by_name_in_every_transfer_syntax(tmp_path: Path, syntax: str) -> None:
    def encoded(_: int, one: Dataset) -> None:
        if syntax == RLELossless:
            one.compress(RLELossless, generate_instance_uid=False)
        one.file_meta.TransferSyntaxUID = syntax

    _write(tmp_path, change=encoded)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read_series(tmp_path)[0]), VALUES)
    victim = min(tmp_path.iterdir())
    whole = victim.read_bytes()
    for kept in (len(whole) - 30, len(whole) - 400):
        victim.write_bytes(whole[:kept])
        with pytest.raises(VolumeError, match=f"{victim.name}: is truncated"):
            read_series(tmp_path)
