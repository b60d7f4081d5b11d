"""``uterinesynth study``: a whole study from the command line, and what is refused on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from UterineSynthLib.cli import cmd_study
from UterineSynthLib.cli.main import main
from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.readerstudy.folder import open_reader_folder
from UterineSynthLib.readerstudy.responses import open_responses
from UterineSynthLib.records import from_json
from UterineSynthLib.volumes.files import write_image
from UterineSynthLib.volumes.geometry import sagittal_geometry

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``uterinesynth study`` and return the exit code, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["study", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders ``real`` and ``made`` with 12 images each, label maps beside them."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(1)
    for kind in ("real", "made"):
        for number in range(12):
            geometry = sagittal_geometry(4, 24, 4.0, 1.0)
            image = geometry.image_of(rng.normal(size=geometry.shape).astype(np.float32))
            name = f"sub-{number:02d}_T2w" if kind == "real" else f"case{number}"
            write_image(image, folder / kind / f"{name}.nii.gz")
            write_image(image, folder / kind / f"{name}_labels.nii.gz")
    return folder


@pytest.fixture
def designed(images: Path, tmp_path: Path, run: Run) -> Path:
    """A design of 10 + 10 cases for three readers."""
    path = tmp_path / "study.json"
    arguments = ("--real", images / "real", "--synthetic", f"tiny={images / 'made'}", "--count-real", 10)
    assert run("design", *arguments, "--training", 2, "--readers", "R1", "R2", "R3", "--out", path)[0] == 0
    return path


def read(folder: Path) -> None:
    rng = np.random.default_rng(0)
    reader_folder = open_reader_folder(folder)
    for reader in reader_folder.readers:
        with open_responses(reader_folder, reader) as responses:
            step = responses.next_step()
            while step.item:
                answers = {"authenticity": float(rng.integers(1, 7))}
                step = responses.submit(step.item, answers, float(rng.uniform(2, 30)))


def test_a_study_runs_from_the_design_to_the_report(designed: Path, run: Run, tmp_path: Path) -> None:
    secret, study = tmp_path / "secret", tmp_path / "study"
    secret.write_text("a long phrase\n", encoding="utf-8")
    code, out, _ = run("build", designed, "--out", study, "--passphrase-file", secret)
    assert code == 0
    assert "images for 3 readers" in out
    assert "leak check, header: AUC 0.50" in out
    assert "give readers a copy of" in out
    assert "scrypt" in (study / "coordinator/key.json").read_text(encoding="utf-8")
    assert not (study / "coordinator/design.json").exists()
    assert run("check", study, "--passphrase-file", secret, "--json")[1].startswith('{"schema"')
    assert run("read-status", study)[1].splitlines()[0] == "R1  0 of 22: has not begun"
    read(study / "reader")
    assert [json.loads(line)["done"] for line in run("read-status", study, "--json")[1].splitlines()] == [22, 22, 22]
    assert "answers of R1, R2, R3 united" in run("merge", study)[1]
    assert run("unblind", study, "--passphrase-file", secret)[1].startswith("66 readings written")
    assert "too small" in run("analyse", study)[1]
    assert run("report", study)[0] == 0
    page = (study / "report/report.html").read_text(encoding="utf-8")
    assert "data:image/png;base64" in page


def test_the_design_says_what_its_claim_needs(images: Path, tmp_path: Path, run: Run) -> None:
    arguments = ("--real", images / "real", "--synthetic", f"m={images / 'made'}", "--out", tmp_path / "d.json")
    code, out, _ = run("design", *arguments, "--readers", "R1", "R2", "--fixed-readers")
    assert code == 0
    assert "2 readers read 24 cases each: 48 reads" in out
    assert "needs 214 reads" in out
    assert "WARNING: 48 reads are too few" in out
    design = from_json(StudyDesign, (tmp_path / "d.json").read_text(encoding="utf-8"))
    assert {c.subject for c in design.candidates if not c.is_synthetic} == {f"sub-{n:02d}" for n in range(12)}
    assert (design.sampling.real, design.sampling.synthetic, design.models) == (12, 12, ("m",))


def test_own_questions_come_before_authenticity(images: Path, tmp_path: Path, run: Run) -> None:
    own = tmp_path / "own.json"
    own.write_text(json.dumps([{"id": "depth", "text": "How deep?", "kind": "number", "unit": "mm"}]), encoding="utf-8")
    arguments = ("--real", images / "real", "--synthetic", f"m={images / 'made'}", "--out", tmp_path / "d.json")
    assert run("design", *arguments, "--readers", "R1", "--form", "likert", "--questions", own)[0] == 0
    design = from_json(StudyDesign, (tmp_path / "d.json").read_text(encoding="utf-8"))
    assert [q.id for q in design.questionnaire.questions][-2:] == ["depth", "authenticity"]


def test_the_provenance_beside_an_image_names_its_model_and_what_was_asked(
    images: Path, tmp_path: Path, run: Run
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for path in sorted((images / "made").glob("case[0-3].nii.gz")):
        (made / path.name).write_bytes(path.read_bytes())
        beside = {"synthetic": True, "bundle": "tiny-3d", "description": {"pathologies": ["adenomyosis"]}}
        (made / f"{path.name.removesuffix('.nii.gz')}.json").write_text(json.dumps(beside), encoding="utf-8")
    arguments = ("--synthetic", made, "--readers", "R1", "--count-real", 2, "--out", tmp_path / "d.json")
    assert run("design", "--real", images / "real", *arguments)[0] == 0
    design = from_json(StudyDesign, (tmp_path / "d.json").read_text(encoding="utf-8"))
    asked = [c for c in design.candidates if c.is_synthetic]
    assert {c.model for c in asked} == {"tiny-3d"}
    assert all(c.description is not None and c.description.pathologies == ("adenomyosis",) for c in asked)
    code, _, err = run("design", "--real", made, *arguments, "--overwrite")
    assert code == 2
    assert "cannot be a real case" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--count-real", 13), "wants 13 real cases (training included), there are 12 subjects with an image"),
        (("--count-synthetic", 40), "wants 40 synthetic (m) cases"),
        (("--real", "nowhere"), "nowhere: no such folder of images"),
        (("--synthetic", "{made}"), "has no provenance beside it; say which model made it, as NAME=FOLDER"),
        (("--margin", 0.7), "claim.margin: 0.7 must lie between 0 and 0.5"),
        (("--questions", "nowhere.json"), "nowhere.json: No such file"),
        (("--forced-choice", 3), "wants 24 synthetic"),
        (("--no-authenticity",), "there is none; ask at least one"),
        (("--training", 3), "3 must be even"),
    ],
)
def test_a_design_that_cannot_be_is_one_line_and_no_file(
    arguments: tuple[object, ...], words: str, images: Path, tmp_path: Path, run: Run
) -> None:
    given = [str(a).format(made=images / "made") for a in arguments]
    base = ("--real", images / "real", "--synthetic", f"m={images / 'made'}", "--readers", "R1")
    code, out, err = run("design", *base, "--out", tmp_path / "d.json", *given)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert words in err
    assert not (tmp_path / "d.json").exists()


def test_a_design_is_not_overwritten_unasked(designed: Path, images: Path, run: Run) -> None:
    before = designed.read_text(encoding="utf-8")
    base = ("--real", images / "real", "--synthetic", f"m={images / 'made'}", "--readers", "R9", "--out", designed)
    code, _, err = run("design", *base)
    assert code == 2
    assert "--overwrite it" in err
    assert designed.read_text(encoding="utf-8") == before


def test_what_comes_too_early_or_does_not_fit_is_one_line(
    designed: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tmp_path / "study"
    answers = iter(["one", "two", "one", "one", "three"])
    monkeypatch.setattr(cmd_study.getpass, "getpass", lambda _: next(answers))
    for arguments, words in (
        (("build", designed, "--out", study, "--passphrase"), "the two passphrases differ; nothing was built"),
        (("build", tmp_path / "none.json", "--out", study), "none.json: No such file"),
        (("read-status", study), "no such folder"),
    ):
        code, out, err = run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert words in err
        assert not study.exists()
    assert run("build", designed, "--out", study, "--passphrase")[0] == 0
    for arguments, words in (
        (("check", study, "--passphrase"), "wrong passphrase"),
        (("check", study), "give its passphrase"),
        (("merge", study), "holds no answers"),
        (("merge", study, "--use", "R1"), "expected READER=FILE"),
        (("unblind", study), "merge the readers' folders first"),
        (("analyse", study), "is still blind; unblind it first"),
        (("report", study), "is still blind; unblind it first"),
        (("build", designed, "--out", study), "is not an empty folder"),
        (("check", study / "reader"), "is not a built study"),
    ):
        code, out, err = run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert words in err


def test_a_conflict_is_printed_and_nothing_is_merged(designed: Path, run: Run, tmp_path: Path) -> None:
    import shutil

    study = tmp_path / "study"
    assert run("build", designed, "--out", study)[0] == 0
    other = shutil.copytree(study / "reader", tmp_path / "other")
    for folder, answer in ((study / "reader", 1.0), (other, 6.0)):
        with open_responses(open_reader_folder(folder), "R1") as responses:
            responses.submit(responses.next_step().item, {"authenticity": answer}, 1.0)
    code, out, err = run("merge", study, study / "reader", other)
    assert code == 2
    assert out.startswith("conflict: R1: ")
    assert "settle each conflict with --use READER=FILE" in err
    code, out, _ = run("merge", study, study / "reader", other, "--use", f"R1={other / 'answers/R1.sqlite'}")
    assert code == 0
    assert "was chosen among 2 copies" in out
