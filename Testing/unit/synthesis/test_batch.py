"""Laws of a batch: what a row gives wherever it is made, what is made again and what is not, how faults are told."""

from __future__ import annotations

import csv
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from UterineSynthLib.bundles import catalogue
from UterineSynthLib.bundles.inference_config import ModelGrid
from UterineSynthLib.cli.main import main
from UterineSynthLib.dataset.manifest import read_manifest
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import InputError
from UterineSynthLib.records import from_json
from UterineSynthLib.synthesis import batch_volume
from UterineSynthLib.synthesis.anatomy import grid_geometry
from UterineSynthLib.synthesis.provenance import Provenance
from UterineSynthLib.volumes.files import write_image

FLAGS = ("--device", "cpu", "--no-sheet")
TABLE = """id,text,leiomyomas.1.figo,junctional_zone_mm,way,count,seed,quality
myoma,,4,,direct,2,7,draft
plain,"normal uterus, JZ 6 mm",,,direct,1,,draft
thick,,,6.5,direct,1,7,draft
"""


@pytest.fixture(autouse=True)
def tiny_models(
    tiny_bundle: Path, tiny_bundle_2d: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tiny models are the only ones there are, in worker processes too."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "tiny-3d").symlink_to(tiny_bundle)
    (folder / "tiny-2d").symlink_to(tiny_bundle_2d)
    monkeypatch.setattr(catalogue, "model_folders", lambda: [folder])


def batch(*arguments: object) -> int:
    return main(["batch", *FLAGS, *map(str, arguments)])


def write_table(folder: Path, text: str = TABLE, name: str = "requests.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def voxels_by_case(folder: Path) -> dict[str, str]:
    manifest = read_manifest(folder / "manifest.jsonl")
    return {case.id: provenance_of(folder / case.image).voxels_sha256 for case in manifest.cases}


def provenance_of(image: Path) -> Provenance:
    return from_json(Provenance, image.with_name(image.name.replace(".nii.gz", ".json")).read_text(encoding="utf-8"))


def written(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.nii.gz")}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


@pytest.fixture
def made(rows: Path) -> Path:
    """Folder of the table above, made once in this process; not to be changed."""
    if not (rows / "out").exists():
        assert batch(write_table(rows), "--out", rows / "out") == 0
    return rows / "out"


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Table and a copy of the folder made from it."""
    return write_table(tmp_path), shutil.copytree(made, tmp_path / "out")


def test_the_manifest_is_a_data_set_that_can_be_read_and_split(made: Path) -> None:
    cases = read_manifest(made / "manifest.jsonl").cases
    assert len(cases) == 4
    assert {case.source for case in cases} == {"UterineSynth"}
    assert {case.licence for case in cases} == {"Apache-2.0"}
    assert all(case.split is None and case.labels is None for case in cases)
    myoma = next(case for case in cases if case.id.startswith("myoma-"))
    assert myoma.description.pathologies == (Pathology.LEIOMYOMA,)
    assert myoma.description.leiomyomas[0].figo == "4"


def test_volumes_of_one_random_draw_are_one_patient(made: Path) -> None:
    patients = {
        case.id.split("-")[0] + case.id[-3:]: case.patient_id for case in read_manifest(made / "manifest.jsonl").cases
    }
    assert patients["myoma001"] == patients["thick001"] != patients["myoma002"]
    assert patients["plain001"] not in (patients["myoma001"], patients["myoma002"])


def test_a_row_has_the_voxels_of_the_same_request_to_generate(made: Path, tmp_path: Path) -> None:
    flags = ("--myoma", "figo=4", "--direct", "--count", "2", "--seed", "7", "--quality", "draft", "--device", "cpu")
    assert main(["generate", *flags, "--no-sheet", "--out", str(tmp_path)]) == 0
    plain = next(case for case in read_manifest(made / "manifest.jsonl").cases if case.id.startswith("plain"))
    seed = str(provenance_of(made / plain.image).request.seed)
    text = ("--text", "normal uterus, JZ 6 mm", "--seed", seed, "--direct", "--quality", "draft", "--device", "cpu")
    assert main(["generate", *text, "--no-sheet", "--out", str(tmp_path)]) == 0
    generated = {
        from_json(Provenance, path.read_text(encoding="utf-8")).voxels_sha256 for path in tmp_path.glob("*.json")
    }
    assert generated == {sha for name, sha in voxels_by_case(made).items() if not name.startswith("thick")}
    assert len(generated) == 3


def test_order_and_number_of_workers_change_no_voxel(made: Path, tmp_path: Path) -> None:
    header, *lines = TABLE.splitlines()
    turned = write_table(tmp_path, "\n".join([header, *reversed(lines)]) + "\n")
    assert batch(turned, "--out", tmp_path / "out", "--workers", 2) == 0
    assert voxels_by_case(tmp_path / "out") == voxels_by_case(made)


def test_parts_together_are_the_whole_and_a_last_run_lists_it(made: Path, tmp_path: Path) -> None:
    table, out = write_table(tmp_path), tmp_path / "out"
    for part in ("1/2", "2/2"):
        assert batch(table, "--out", out, "--part", part) == 0
    lengths = [len(read_manifest(out / f"manifest-{k}-of-2.jsonl").cases) for k in (1, 2)]
    assert lengths == [3, 1]
    before = written(out)
    assert batch(table, "--out", out) == 0
    assert written(out) == before
    assert voxels_by_case(out) == voxels_by_case(made)


def break_volume(image: Path) -> None:
    image.write_bytes(image.read_bytes()[:-9])


def change_voxels(image: Path) -> None:
    array = np.zeros((8, 64, 64), dtype=np.float32)
    write_image(grid_geometry(ModelGrid((8, 64, 64), (6.0, 2.5, 2.5))).image_of(array), image)


def break_provenance(image: Path) -> None:
    image.with_name(image.name.replace(".nii.gz", ".json")).write_text('{"synthetic": tr', encoding="utf-8")


@pytest.mark.parametrize("harm", [Path.unlink, break_volume, change_voxels, break_provenance])
def test_only_the_volume_that_is_not_whole_is_made_again(harm: object, copied: tuple[Path, Path]) -> None:
    table, out = copied
    voxels, times = voxels_by_case(out), written(out)
    victim = next(path for path in times if path.name == "synthetic_seed7_002.nii.gz")
    harm(victim)  # type: ignore[operator]
    assert batch(table, "--out", out) == 0
    assert voxels_by_case(out) == voxels
    assert {path for path, time in written(out).items() if time != times[path]} == {victim}


def test_a_run_that_was_cut_off_while_it_wrote_its_list_goes_on(copied: tuple[Path, Path]) -> None:
    table, out = copied
    voxels, manifest = voxels_by_case(out), out / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-40])
    assert batch(table, "--out", out) == 0
    assert voxels_by_case(out) == voxels


def test_asking_for_more_volumes_keeps_those_that_are_there(tmp_path: Path) -> None:
    flags = ("--direct", "--quality", "draft", "--seed", 3, "--out", tmp_path)
    assert batch(*flags) == 0
    first = written(tmp_path)
    assert batch(*flags, "--count", 2) == 0
    assert first.items() <= written(tmp_path).items()
    assert len(read_manifest(tmp_path / "manifest.jsonl").cases) == 2


def test_another_model_or_request_never_touches_what_is_there(tmp_path: Path) -> None:
    flags = ("--direct", "--quality", "draft", "--seed", 3, "--out", tmp_path)
    assert batch(*flags) == 0
    first = written(tmp_path)
    assert batch(*flags, "--junctional-zone", 5) == 0
    assert batch(*flags, "--2d") == 0
    assert first.items() <= written(tmp_path).items()
    assert len(read_manifest(tmp_path / "manifest.jsonl").cases) == 3


def test_a_dry_run_says_what_would_be_made_and_writes_nothing(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write_table(tmp_path)
    assert batch(table, "--out", tmp_path / "out", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "line 2 (myoma): seed 7, 0 there, 2 to make" in out
    assert out.splitlines()[-1] == "3 rows, 4 volumes: 0 there, 4 to make"
    assert not (tmp_path / "out").exists()
    before = written(made)
    assert batch(table, "--out", made, "--dry-run") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 rows, 4 volumes: 4 there, 0 to make"
    assert written(made) == before


BAD_COLUMNS = "id,text,leiomyomas.1.diameter_mm,leiomyomas.2.diameter_mm,junctional_zone_mm,acquisition.matrix"
BAD_ROWS = f"""{BAD_COLUMNS},way,count,steps,quality,mask
good,,,,,,direct,1,,draft,
a,,30,900,,,direct,1,,draft,
b,,,,thick,,direct,1,,draft,
c,,,,,,sideways,1,,draft,
d,,,,,,direct,0,,draft,
e,,,,,,direct,1,3,draft,
f,,,,,512,direct,1,,draft,
g,"no fibroids, JZ 40 mm",,,,,direct,1,,draft,
h,,,,,,,1,,draft,gone.nrrd
good,,,,5,,direct,1,,draft,
i,,,,,,direct,1,,draft,,,
"""
FAULTS = (
    "line 3, column leiomyomas.2.diameter_mm: ",
    "line 4, column junctional_zone_mm: ",
    "line 5, column way: ",
    "line 6, column count: ",
    "line 7, column steps: ",
    "line 12: has 13 cells, the header has 11",
)
FAULTS_WITH_THE_MODEL = (
    "line 3, column acquisition.matrix: ",
    "line 4, column text: ",
    "line 5, column mask: ",
    "line 6, column id: has the name of line 2 (good)",
)


def test_every_bad_row_is_named_with_line_and_column_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(write_table(tmp_path, BAD_ROWS), "--out", tmp_path / "out") == 2
    err = capsys.readouterr().err
    assert "requests.csv: 6 bad rows, so nothing was made" in err
    assert [line.strip()[: len(fault)] for line, fault in zip(err.splitlines()[1:], FAULTS, strict=True)] == [*FAULTS]
    lines = BAD_ROWS.splitlines()
    table = write_table(tmp_path, "\n".join([*lines[:2], *lines[7:11]]))
    assert batch(table, "--out", tmp_path / "out") == 2
    told = [line.strip() for line in capsys.readouterr().err.splitlines() if line.startswith("  line")]
    assert [line[: len(fault)] for line, fault in zip(told, FAULTS_WITH_THE_MODEL, strict=True)] == [
        *FAULTS_WITH_THE_MODEL
    ]
    assert not (tmp_path / "out").exists()


WHOLE_FAULTS = {
    "unknown column": (["t.csv"], "colour\nred\n", r"line 1, column 'colour': unknown"),
    "semicolons": (["t.csv"], "id;text\n", "columns end at commas"),
    "column twice": (["t.csv"], "seed,seed\n1,1\n", "column seed: comes twice"),
    "no rows": (["t.csv"], "seed\n\n", "holds no request"),
    "other kind": (["t.xlsx"], "", "must end in .csv or .jsonl"),
    "not JSON": (["t.jsonl"], "{}\n{\n", "line 2: not JSON"),
    "not an object": (["t.jsonl"], "[]\n", "line 1: expected an object"),
    "unknown field": (["t.jsonl"], '{"colour": 1}\n', "line 1, column colour: "),
    "same request": (["t.csv"], "seed\n1\n1\n", "line 3, column seed: has the request and the seed of line 2"),
    "strange id": (["t.csv"], "id\n../x\n", "line 2, column id: "),
    "text beside a table": (["t.csv", "--text", "x"], "seed\n1\n", "leave out the flags of text"),
    "no part": (["t.csv", "--part", "3/2"], "seed\n1\n", "--part 3/2: must be K/N"),
    "no worker": (["t.csv", "--workers", "0"], "seed\n1\n", "--workers 0: must be at least 1"),
    "no encoder there": (["t.csv", "--text-encoder", "nowhere"], "seed\n1\n", "nowhere: holds no text encoder"),
    "own encoder": (["t.csv", "--text-encoder", "."], "seed\n1\n", "line 2: model tiny-3d reads text with its own"),
    "no device": (["t.csv", "--device", "abacus"], "seed\n1\n", "device 'abacus': there is no such device"),
    "unknown word": (["t.csv", "--strict"], "text\nfrobnicated\n", "line 2, column text: "),
    "out is a file": (["t.csv", "--out", __file__], "seed\n1\n", "cannot write"),
}


@pytest.mark.parametrize("fault", WHOLE_FAULTS)
def test_bad_input_ends_with_2_and_says_where(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, text, words = WHOLE_FAULTS[fault]
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path, text, arguments[0])
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    assert batch(*arguments) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "Traceback" not in err
    assert not list(tmp_path.rglob("*.nii.gz"))


def failing(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Let volumes of one seed fail as they are made."""
    make = batch_volume._make

    def fail(job: batch_volume.VolumeJob, on_progress: object) -> object:
        if job.request.seed == seed:
            raise InputError("no room for it")
        return make(job, on_progress)  # type: ignore[arg-type]

    monkeypatch.setattr(batch_volume, "_make", fail)


SEEDED = "id,way,count,seed,quality\na,direct,2,1,draft\nb,direct,2,2,draft\nc,direct,1,3,draft\n"


def test_a_row_that_fails_is_listed_and_the_others_are_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, out = write_table(tmp_path, SEEDED), tmp_path / "out"
    with monkeypatch.context() as patch:
        failing(patch, seed=2)
        assert batch(table, "--out", out) == 1
    err = capsys.readouterr().err
    assert "line 3 (b), seed 2, 2 volumes: no room for it" in err
    assert "3 volumes made, 0 were there, 2 failed" in err
    with (out / "failures.csv").open(newline="") as stream:
        assert list(csv.DictReader(stream)) == [
            {"line": "3", "id": "b", "seed": "2", "volumes_failed": "2", "reason": "no room for it"}
        ]
    assert [case.id[0] for case in read_manifest(out / "manifest.jsonl").cases] == ["a", "a", "c"]
    assert batch(table, "--out", out) == 0
    assert len(read_manifest(out / "manifest.jsonl").cases) == 5
    assert not (out / "failures.csv").exists()


def test_the_first_failure_ends_the_batch_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, seed=2)
    assert batch(write_table(tmp_path, SEEDED), "--out", tmp_path, "--no-keep-going") == 1
    assert [case.id[0] for case in read_manifest(tmp_path / "manifest.jsonl").cases] == ["a", "a"]


def test_a_scheduler_is_given_the_same_volumes(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = []

    class Client:
        def __init__(self, address: str, timeout: float, set_as_default: bool) -> None:  # noqa: ARG002
            addresses.append(address)
            if "nowhere" in address:
                raise OSError("timed out")

        def __enter__(self) -> Client:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def get_executor(self, pure: bool) -> ThreadPoolExecutor:
            assert pure is False
            return ThreadPoolExecutor(1)

    distributed = ModuleType("distributed")
    distributed.Client = Client  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "distributed", distributed)
    table = write_table(tmp_path)
    assert batch(table, "--out", tmp_path / "out", "--scheduler", "tcp://node:1") == 0
    assert addresses == ["tcp://node:1"]
    assert voxels_by_case(tmp_path / "out") == voxels_by_case(made)
    assert batch(table, "--out", tmp_path / "other", "--scheduler", "tcp://nowhere:1") == 2
    assert "scheduler tcp://nowhere:1: does not answer" in capsys.readouterr().err


def test_without_dask_the_message_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert batch(write_table(tmp_path), "--out", tmp_path / "out", "--scheduler", "tcp://node:1") == 2
    assert "pip install 'uterinesynth[batch]'" in capsys.readouterr().err


def test_a_mask_beside_the_table_is_drawn_from_and_a_changed_mask_is_another_request(tmp_path: Path) -> None:
    grid = ModelGrid((8, 64, 64), (6.0, 2.5, 2.5))
    array = np.zeros(grid.shape, dtype=np.float32)
    array[2:6, 20:44, 20:44] = 1
    write_image(grid_geometry(grid).image_of(array), tmp_path / "mask.nrrd")
    table, out = write_table(tmp_path, "mask,seed,quality\nmask.nrrd,4,draft\n"), tmp_path / "out"
    assert batch(table, "--out", out) == 0
    (case,) = read_manifest(out / "manifest.jsonl").cases
    assert case.patient_id.startswith("synthetic-mask-")
    assert case.labels is not None
    array[3, 30, 30] = 2
    write_image(grid_geometry(grid).image_of(array), tmp_path / "mask.nrrd")
    assert batch(table, "--out", out) == 0
    cases = read_manifest(out / "manifest.jsonl").cases
    assert len({case.patient_id for case in cases}) == 2
