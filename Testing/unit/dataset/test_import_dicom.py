"""DICOM folders with several series mixed: one is chosen by the rule and said."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from UterineSynthLib.description.vocabulary import Plane
from UterineSynthLib.errors import InputError
from UterineSynthLib.volumes.files import read_image
from UterineSynthLib.volumes.geometry import Geometry, sagittal_geometry

ROOT = "1.2.826.0.1.3680043.8.498"


class Series:
    """A series to write; its voxels follow from its number."""

    def __init__(self, number, description, plane=Plane.SAGITTAL, slices=7, patient="DOE^JANE", study=1, te_ms=100.0):
        self.number, self.description, self.patient, self.study, self.te_ms = number, description, patient, study, te_ms
        self.grid = sagittal_geometry(slices, 12, 5.0, 2.0, (3.0, -20.0, 11.0), plane=plane)
        self.values = np.random.default_rng(number).integers(0, 900, self.grid.shape).astype(np.uint16)
        self.uid = f"{ROOT}.{number}"

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for place in range(len(self.values)):
            shuffled = (place * 5) % len(self.values)
            pydicom.dcmwrite(folder / f"IM{self.number}{shuffled:03d}", self._slice(place), enforce_file_format=True)

    def _slice(self, place):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = MRImageStorage
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = f"{self.uid}.{place + 1}"
        one.StudyInstanceUID, one.SeriesInstanceUID = f"{ROOT}.9{self.study}", self.uid
        one.SeriesDescription, one.Modality, one.PatientID, one.PatientName = (
            self.description,
            "MR",
            self.patient,
            "Doe",
        )
        one.SliceThickness, one.EchoTime, one.RepetitionTime = 4.0, self.te_ms, 4000.0
        frame = np.array(self.grid.direction).reshape(3, 3)
        one.ImageOrientationPatient = [f"{v:.6f}" for v in (*frame[:, 0], *frame[:, 1])]
        position = self.grid.index_to_lps @ np.array([0.0, 0.0, place, 1.0])
        one.ImagePositionPatient = [f"{v:.4f}" for v in position[:3]]
        one.PixelSpacing = [2.0, 2.0]
        one.Rows, one.Columns = self.grid.size[1], self.grid.size[0]
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 12, 11, 0
        one.PixelData = self.values[place].tobytes()
        return one


SAGITTAL_T2 = Series(1, "t2_tse_sag")


def test_of_mixed_series_the_sagittal_t2_is_taken_in_the_order_of_space_and_said(importing):
    others = (
        Series(2, "t1_tse_sag", slices=9, te_ms=10.0),
        Series(3, "t2_tse_tra", Plane.AXIAL, slices=9),
        Series(4, "t2_tse_sag_fs", slices=9),
        Series(5, "t2 localizer", slices=3),
    )
    for series in (SAGITTAL_T2, *others):
        series.write(importing.source / "ST0" / "SE0")
    result = importing("dicom")
    written = read_image(importing.out / result.cases[0].image)
    assert Geometry.of_image(written).matches(SAGITTAL_T2.grid, 1e-2)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written), SAGITTAL_T2.values)
    chosen, rest = result.reports[0].said
    assert chosen == "series 't2_tse_sag' (sagittal, 7 slices)"
    assert all(other.description in rest for other in others)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Series(1, "sag", te_ms=100.0), Series(2, "sag too", slices=9, te_ms=12.0)),
        (Series(1, "T2 sag", slices=9), Series(2, "T2 sag")),
        (Series(1, "t1 sag", te_ms=10.0), Series(2, "t2 tra", Plane.AXIAL)),
    ],
)
def test_the_rule_goes_plane_then_weighting_then_slices(importing, better, worse):
    for series in (worse, better):
        series.write(importing.source)
    result = importing("dicom")
    np.testing.assert_array_equal(
        sitk.GetArrayFromImage(sitk.ReadImage(str(importing.out / result.cases[0].image))), better.values
    )


def test_each_study_is_a_case_and_the_patient_is_the_header_s(importing):
    for number, (patient, study) in enumerate((("A", 1), ("A", 2), ("B", 3)), start=1):
        Series(number, "t2 sag", patient=patient, study=study).write(importing.source / f"disc{number}")
    result = importing("dicom")
    assert [case.patient_id for case in result.cases] == ["dicom-p0001", "dicom-p0001", "dicom-p0002"]


def test_a_series_can_be_chosen_by_its_name_and_a_study_without_sagittal_t2_says_so(importing):
    SAGITTAL_T2.write(importing.source)
    Series(2, "t1_tra", Plane.AXIAL, te_ms=10.0).write(importing.source)
    result = importing("dicom", sequence="T1_TRA")
    assert "the study has no sagittal T2 series" in result.reports[0].said
    with pytest.raises(InputError, match="its description does not hold 'dwi'"):
        importing("dicom", sequence="dwi")


def test_a_cut_slice_and_a_missing_slice_refuse_their_study_alone(importing):
    SAGITTAL_T2.write(importing.source / "whole")
    for number, folder in ((2, "cut"), (3, "missing")):
        Series(number, "t2 sag", patient=folder, study=number).write(importing.source / folder)
    cut = importing.source / "cut" / "IM2003"
    cut.write_bytes(cut.read_bytes()[:-40])
    (importing.source / "missing" / "IM3003").unlink()
    result = importing("dicom")
    assert len(result.cases) == 1
    refused = " ".join(importing.refusals(result).values())
    assert "truncated" in refused
    assert "not evenly spaced" in refused


def test_headers_leave_no_trace_and_a_folder_without_dicom_says_what_is_there(importing):
    SAGITTAL_T2.write(importing.source)
    result = importing("dicom")
    written = (importing.out / result.cases[0].image, importing.out / "manifest.jsonl")
    for secret in ("DOE", "Doe", "JANE", ROOT):
        assert secret not in (importing.out / "manifest.jsonl").read_text(encoding="utf-8")
    header = sitk.ReadImage(str(written[0]))
    assert not any(
        "D" in header.GetMetaData(key) and "oe" in header.GetMetaData(key).lower() for key in header.GetMetaDataKeys()
    )
    for path in importing.source.iterdir():
        path.unlink()
    (importing.source / "readme.txt").touch()
    with pytest.raises(InputError, match=r"no case found; expected DICOM images, there is 1 \.txt"):
        importing("dicom")
