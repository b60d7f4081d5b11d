"""Laws of every import: bad files do not stop it, it resumes, and nobody's name gets out."""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from UterineSynthLib.dataset.case import Split
from UterineSynthLib.dataset.importing.case_report import CaseReport
from UterineSynthLib.dataset.importing.importer import import_cases
from UterineSynthLib.dataset.importing.label_table import UMD
from UterineSynthLib.dataset.importing.report import summary_lines, write_report
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.dataset.splitting import SplitFractions
from UterineSynthLib.errors import InputError, OutputError
from UterineSynthLib.records import from_json
from UterineSynthLib.volumes.files import write_image


def _patients(importing, volumes, count=3):
    for number in range(count):
        write_image(volumes.image(number), importing.source / f"patient{number}.nii.gz")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _truncated(path, volumes):
    write_image(volumes.image(50), path)
    path.write_bytes(path.read_bytes()[:-2000])


def _empty(path, _):
    path.touch()


def _with_nan(path, volumes):
    values = volumes.values(51)
    values[3, 4, 5] = np.nan
    sitk.WriteImage(volumes.geometry.image_of(values), str(path))


def _huge_voxels(path, volumes):
    image = volumes.image(52)
    image.SetSpacing((800.0, 800.0, 4.0))
    sitk.WriteImage(image, str(path))


def _metres(path, volumes):
    image = volumes.image(53)
    image.SetSpacing((0.06, 0.06, 0.06))
    sitk.WriteImage(image, str(path))


def _flat(path, volumes):
    sitk.WriteImage(volumes.image(54) * 0, str(path))


def _two_dimensional(path, volumes):
    sitk.WriteImage(sitk.GetImageFromArray(volumes.values(55)[0]), str(path))


def _text(path, _):
    path.write_text("404 not found", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_truncated, "truncated"),
        (_empty, r"is empty \(0 bytes\)"),
        (_with_nan, "1 NaN or infinite voxels"),
        (_huge_voxels, "voxels of 800 mm; a scan has 0.05 to 50 mm"),
        (_metres, "mm across; a scan has 5 to 2500 mm"),
        (_flat, "holds 0 in every voxel"),
        (_two_dimensional, "is a 2D image"),
        (_text, "truncated|not a NIfTI"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason_and_the_others_are_imported(importing, volumes, spoil, reason):
    _patients(importing, volumes, 2)
    spoil(importing.source / "bad.nii.gz", volumes)
    result = importing("folder")
    assert len(result.cases) == 2
    refused = importing.refusals(result)
    assert list(refused) == ["bad.nii.gz"]
    assert re.search(reason, refused["bad.nii.gz"])


def test_a_link_that_leads_nowhere_is_refused_not_passed_over(importing, volumes):
    _patients(importing, volumes, 1)
    (importing.source / "link.nii.gz").symlink_to("annex/gone.nii.gz")
    result = importing("folder")
    assert (len(result.cases), importing.refusals(result)) == (1, {"link.nii.gz": "link.nii.gz: no such file"})


def test_the_same_voxels_under_another_name_are_one_case(importing, volumes):
    _patients(importing, volumes, 2)
    write_image(volumes.image(1), importing.source / "patient9.nrrd")
    for _ in range(2):
        result = importing("folder")
        assert len(result.cases) == 2
        why = "holds the same voxels as patient1.nii.gz; one of them is enough"
        assert importing.refusals(result) == {"patient9.nrrd": why}
        assert len(list((importing.out / "cases").iterdir())) == 2


def test_an_import_is_repeated_without_doing_it_again_and_a_changed_file_is_done_again(importing, volumes):
    _patients(importing, volumes)
    first = importing("folder")
    stamps = {path.name: path.stat().st_mtime_ns for path in (importing.out / "cases").iterdir()}
    again = importing("folder")
    assert (again.resumed, again.cases) == (3, first.cases)
    assert {path.name: path.stat().st_mtime_ns for path in (importing.out / "cases").iterdir()} == stamps
    write_image(volumes.image(77), importing.source / "patient1.nii.gz")
    (importing.out / "cases" / "case-0003.nii.gz").unlink()
    assert importing("folder").resumed == 1


def test_other_meanings_of_the_masks_make_other_cases(importing, volumes):
    write_image(volumes.image(), importing.source / "a.nii.gz")
    write_image(volumes.labels, importing.source / "a_seg.nii.gz")
    importing("folder", labels=UMD)
    result = importing("folder", labels={0: 0, 1: 9, 2: 0, 3: 3, 4: 4})
    assert result.resumed == 0
    assert 9 in importing.labels(result)


def test_pseudonyms_stay_when_patients_join(importing, volumes):
    _patients(importing, volumes, 2)
    before = {report.where: report.case.id for report in importing("folder").reports}
    write_image(volumes.image(8), importing.source / "aaa.nii.gz")
    after = {report.where: report.case.id for report in importing("folder").reports}
    assert before.items() <= after.items()
    assert after["aaa.nii.gz"] == "case-0003"


def test_no_name_from_the_source_enters_manifest_or_cases(importing, volumes):
    image = volumes.image()
    image.SetMetaData("descrip", "DOE^JANE 1970")
    image.SetMetaData("aux_file", "doejane")
    folder = importing.source / "Doe_Jane"
    folder.mkdir()
    sitk.WriteImage(image, str(folder / "MRN4711.nii"))
    importing("folder")
    shared = {name: content for name, content in _files(importing.out).items() if not name.startswith("import-report")}
    assert set(shared) == {"manifest.jsonl", "cases/case-0001.nii.gz"}
    voxels = sitk.ReadImage(str(importing.out / "cases" / "case-0001.nii.gz"))
    header = " ".join(voxels.GetMetaData(key) for key in voxels.GetMetaDataKeys())
    for secret in ("doe", "jane", "4711"):
        assert secret not in (shared["manifest.jsonl"].decode() + header + " ".join(shared)).lower()


def test_a_dry_run_says_the_same_and_writes_nothing(importing, volumes):
    _patients(importing, volumes)
    dry = importing("folder", dry_run=True)
    assert not importing.out.exists()
    assert dry.cases == importing("folder").cases


def test_the_split_is_by_patient_as_asked(importing, volumes):
    for number in range(8):
        write_image(volumes.image(number), importing.source / f"p{number // 2}" / f"{number}.nii.gz")
    order = replace(importing.order("folder"), fractions=SplitFractions(0.0, 0.0, 1.0), seed=4)
    assert {case.split for case in import_cases(order).cases} == {Split.TEST}
    mixed = import_cases(replace(order, fractions=SplitFractions(0.5, 0.25, 0.25)))
    assert len({(case.patient_id, case.split) for case in mixed.cases}) == 4


def test_the_report_tells_of_every_case_and_shows_those_imported(importing, volumes):
    _patients(importing, volumes, 2)
    _empty(importing.source / "bad<b>.nii.gz", volumes)
    order = importing.order("folder")
    result = import_cases(order)
    page = write_report(order, result)
    lines = (page.parent / "report.jsonl").read_text(encoding="utf-8").splitlines()
    assert tuple(from_json(CaseReport, line) for line in lines) == result.reports
    text = page.read_text(encoding="utf-8")
    assert "bad&lt;b&gt;.nii.gz" in text
    assert "<b>" not in text
    for case in result.cases:
        assert (page.parent / "thumbnails" / f"{case.id}.png").stat().st_size > 500
        assert f"thumbnails/{case.id}.png" in text
    assert "3 found: 2 imported, 1 refused" in summary_lines(order, result)


def test_a_source_of_bad_files_only_is_one_error_that_says_why(importing, volumes):
    _empty(importing.source / "bad.nii.gz", volumes)
    with pytest.raises(InputError, match=r"none of 1 cases can be used \(bad\.nii\.gz: bad\.nii\.gz: is empty"):
        importing("folder")
    assert not (importing.out / "manifest.jsonl").exists()


def test_a_data_set_within_its_own_source_is_refused(importing):
    with pytest.raises(InputError, match="lies within the source"):
        replace(importing.order("folder"), out=importing.source / "out")
    with pytest.raises(InputError, match="no such folder"):
        import_cases(replace(importing.order("folder"), root=importing.source / "gone"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_error(importing, volumes):
    _patients(importing, volumes, 1)
    importing.out.mkdir(mode=0o500)
    with pytest.raises(OutputError, match="cannot write"):
        importing("folder")


def test_what_is_written_is_whole_or_not_there(importing, volumes, monkeypatch):
    _patients(importing, volumes)
    written = []

    def broken_after_two(*arguments, **named):
        if len(written) == 2:
            raise OutputError("case", "disk full")
        written.append(arguments[1])
        return write_image(*arguments, **named)

    monkeypatch.setattr("UterineSynthLib.dataset.importing.importer.write_image", broken_after_two)
    with pytest.raises(OutputError, match="disk full"):
        importing("folder")
    assert not (importing.out / "manifest.jsonl").exists()
    monkeypatch.undo()
    result = importing("folder")
    assert (result.resumed, len(result.cases)) == (2, 3)
    assert len(read_manifest(importing.out / "manifest.jsonl").cases) == 3
