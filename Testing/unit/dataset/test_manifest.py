"""Laws of manifests."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from UterineSynthLib.dataset.case import Case, Split
from UterineSynthLib.dataset.manifest import read_manifest, write_manifest
from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Figo, MyomaSignal, Pathology, UterinePosition, Wall
from UterineSynthLib.errors import InputError, OutputError, RecordError

MYOMAS = UterusDescription(
    pathologies=(Pathology.LEIOMYOMA, Pathology.NABOTHIAN_CYSTS),
    leiomyomas=(Leiomyoma(), Leiomyoma(figo=Figo.TYPE_2, diameter_mm=35.0), Leiomyoma(t2_signal=MyomaSignal.CYSTIC)),
    nabothian_cyst_count=3,
    position=UterinePosition.RV_AF,
    acquisition=Acquisition(field_strength_t=3.0, matrix=256),
)


def _case(name: str, **changes: object) -> Case:
    case = Case(name, "a.nii.gz", f"p-{name}", "phantom", "Apache-2.0")
    return dataclasses.replace(case, **changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.nii.gz", "b.nii.gz"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


DESCRIPTIONS = st.builds(
    UterusDescription,
    pathologies=st.just((Pathology.LEIOMYOMA,)),
    leiomyomas=st.lists(
        st.builds(
            Leiomyoma,
            figo=st.none() | st.sampled_from([f for f in Figo if f is not Figo.TYPE_8]),
            diameter_mm=st.none() | st.floats(5.0, 150.0),
            wall=st.none() | st.sampled_from(Wall),
        ),
        max_size=10,
    ).map(tuple),
    endometrium_mm=st.none() | st.floats(1.0, 30.0),
    version_deg=st.none() | st.floats(-90.0, 100.0),
    acquisition=st.builds(Acquisition, slice_count=st.none() | st.integers(1, 64)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    description=st.none() | DESCRIPTIONS | st.just(MYOMAS) | st.just(UterusDescription()),
    text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(str.strip),
    split=st.none() | st.sampled_from(Split),
)
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_what_is_written_is_read_back_in_both_forms(
    folder: Path, suffix: str, description: UterusDescription | None, text: str, split: Split | None
) -> None:
    cases = (
        _case("1", description=description, source=text, split=split),
        _case("2", image="b.nii.gz", labels="a.nii.gz", patient_id="p-1", split=split, further_images=("a.nii.gz",)),
    )
    write_manifest(cases, folder / f"m{suffix}")
    manifest = read_manifest(folder / f"m{suffix}")
    assert manifest.cases == cases
    assert manifest.image_path(cases[1]) == folder / "b.nii.gz"
    assert (manifest.labels_path(cases[0]), manifest.labels_path(cases[1])) == (None, folder / "a.nii.gz")


def test_further_images_must_be_there_and_be_others(folder: Path) -> None:
    with pytest.raises(RecordError, match=r"names gone\.nii\.gz, which is not in"):
        write_manifest([_case("1", further_images=("b.nii.gz", "gone.nii.gz"))], folder / "m.jsonl")
    with pytest.raises(RecordError, match="further_images: name a file twice"):
        _case("1", further_images=("b.nii.gz", "b.nii.gz"))


def test_a_second_label_goes_with_its_share_and_with_labels(folder: Path) -> None:
    with pytest.raises(RecordError, match="second_share: goes with second_labels; name both or none"):
        _case("1", labels="a.nii.gz", second_labels="b.nii.gz")
    with pytest.raises(RecordError, match="second_labels: goes with labels, and there are none"):
        _case("1", second_labels="b.nii.gz", second_share="b.nii.gz")
    mixed = _case("1", labels="a.nii.gz", second_labels="b.nii.gz", second_share="gone.nii.gz")
    with pytest.raises(RecordError, match=r"names gone\.nii\.gz, which is not in"):
        write_manifest([mixed], folder / "m.jsonl")
    case = dataclasses.replace(mixed, second_share="a.nii.gz")
    for name in ("m.jsonl", "m.csv"):
        write_manifest([case, _case("2")], folder / name)
        manifest = read_manifest(folder / name)
        paths = [manifest.partial_volume_paths(case) for case in manifest.cases]
        assert paths == [(folder / "b.nii.gz", folder / "a.nii.gz"), None]


def test_cases_of_a_split_keep_their_order(folder: Path) -> None:
    cases = [_case(str(n), split=Split.TEST if n % 2 else Split.TRAIN) for n in range(6)]
    write_manifest(cases, folder / "m.jsonl")
    assert [c.id for c in read_manifest(folder / "m.jsonl").of_split(Split.TEST)] == ["1", "3", "5"]


def test_a_hand_made_table_needs_the_plain_columns_only(folder: Path) -> None:
    (folder / "m.csv").write_text(
        "\ufeffid,image,patient_id,source,licence,description.version_deg,description.leiomyomas.1.figo,"
        "description.pathologies.1\n"
        "1,a.nii.gz,p1,own,CC0-1.0,-20,2-5,leiomyoma\n"
        "\n"
        "2,b.nii.gz,p2,own,CC0-1.0,,,\n",
        encoding="utf-8",
    )
    first, second = read_manifest(folder / "m.csv").cases
    assert first.description is not None
    assert first.description.version_deg == -20.0
    assert first.description.leiomyomas == (Leiomyoma(figo=Figo.TYPE_2_5),)
    assert second.description is None


HEADER = "id,image,patient_id,source,licence,split,description.version_deg\n"
GOOD = "1,a.nii.gz,p1,own,CC0-1.0,train,\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,a.nii.gz,p2,own,CC0-1.0,train,\n", "line 3: case '1' is already on line 2"),
        ("2,a.nii.gz,p1,own,CC0-1.0,test,\n", "line 3: patient 'p1' is in test here and in train on line 2"),
        ("2,gone.nii.gz,p2,own,CC0-1.0,,\n", "line 3: case '2' names gone.nii.gz, which is not in"),
        ("2,,p2,own,CC0-1.0,,\n", "line 3: image: missing"),
        ("2,a.nii.gz,p2,own,CC0-1.0,holiday,\n", 'line 3: split: got "holiday", expected one of train'),
        ("2,a.nii.gz,p2,own,CC0-1.0,,steep\n", 'line 3: description.version_deg: expected a number, got "steep"'),
        ("2,a.nii.gz,p2,own,CC0-1.0,,500\n", "line 3: version_deg = 500.0: must lie between"),
        ("2,a.nii.gz,p2,own,CC0-1.0,,,extra\n", "line 3: has more or fewer cells"),
        ("2,a.nii.gz\n", "line 3: has more or fewer cells"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(folder: Path, line: str, reason: str) -> None:
    (folder / "m.csv").write_text(HEADER + GOOD + line, encoding="utf-8")
    with pytest.raises(RecordError, match=rf"m\.csv, {reason}"):
        read_manifest(folder / "m.csv")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "line 3: not JSON"),
        ('{"schema": "uterinesynth.case", "version": 1, "id": "2"}', "line 3: image: missing"),
        ('{"id":"2","image":"a.nii.gz","patient_id":" ","source":"s","licence":"l"}', "line 3: patient_id: is empty"),
        ('{"id":"2","image":"a.nii.gz","patient_id":"p","source":"s","licence":"l","x":1}', "line 3: x: unknown field"),
    ],
)
def test_a_broken_json_line_is_refused_with_its_number(folder: Path, line: str, reason: str) -> None:
    write_manifest([_case("1")], folder / "m.jsonl")
    with (folder / "m.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("\n" + line + "\n")
    with pytest.raises(RecordError, match=rf"m\.jsonl, {reason}"):
        read_manifest(folder / "m.jsonl")


def test_a_table_with_the_wrong_columns_says_which_it_found(folder: Path) -> None:
    (folder / "m.csv").write_text("id;image\n1;a.nii.gz\n", encoding="utf-8")
    with pytest.raises(RecordError, match=r"no column id, image, .*it has id;image"):
        read_manifest(folder / "m.csv")


def test_missing_empty_and_foreign_manifests_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_manifest(folder / "none.jsonl")
    (folder / "empty.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(RecordError, match="lists no case"):
        read_manifest(folder / "empty.jsonl")
    (folder / "binary.csv").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_manifest(folder / "binary.csv")
    with pytest.raises(InputError, match=r"must end in \.jsonl or \.csv"):
        read_manifest(folder / "m.txt")
    with pytest.raises(OutputError, match=r"must end in \.jsonl or \.csv"):
        write_manifest([_case("1")], folder / "m.txt")


def test_nothing_is_written_that_could_not_be_read(folder: Path) -> None:
    for cases in ([_case("1"), _case("1")], [_case("1", image="gone.nii")]):
        with pytest.raises(RecordError, match="line"):
            write_manifest(cases, folder / "m.jsonl")
    assert not (folder / "m.jsonl").exists()
