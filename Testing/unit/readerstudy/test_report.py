"""The report: whole, self-contained, honest about what is missing, and safe against what readers type."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from UterineSynthLib.errors import InputError, OutputError
from UterineSynthLib.readerstudy.design import Candidate, Sampling, StudyDesign
from UterineSynthLib.readerstudy.forms import questionnaire_of
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.report.examples import example_cases
from UterineSynthLib.readerstudy.report.methods import methods_paragraphs
from UterineSynthLib.readerstudy.report.page import write_report
from UterineSynthLib.readerstudy.simulation import SimulatedReaders, open_readings, simulate_answers
from UterineSynthLib.readerstudy.statistics.analysis import analyse
from UterineSynthLib.readerstudy.statistics.result import AnalysisResult

EVIL = "<script>alert(1)</script> & $x^$"
VOID = {"meta", "img", "br", "path", "use", "image", "rect"}


class _Balance(HTMLParser):
    """Collects tags left open or closed twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.fixture(scope="module")
def study() -> StudyReadings:
    candidates = Candidate("a.nrrd", "s", False), Candidate("b.nrrd", "t", True, "phantom-3d")
    design = StudyDesign(
        f"Pilot {EVIL}", 5, candidates, Sampling(20, 20), questionnaire_of(("anchored", "clinical")), ("R1", "R2", "R3")
    )
    filled = simulate_answers(design, open_readings(design, 20, 20, 4), SimulatedReaders(0.3))
    spoken = (replace(r, answers={**r.answers, "comment": EVIL}) for r in filled.readings)
    return StudyReadings(design, tuple(spoken))


@pytest.fixture(scope="module")
def result(study: StudyReadings) -> AnalysisResult:
    return analyse(study)


@pytest.fixture(scope="module")
def page(study: StudyReadings, result: AnalysisResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    picture = folder / "case.png"
    Image.new("L", (8, 8), 120).save(picture)
    images = {example.case: picture for example in example_cases(study)}
    return write_report(result, study, folder / "out", images)


def test_the_verdict_stands_before_everything_else(page: Path, result: AnalysisResult) -> None:
    text = page.read_text(encoding="utf-8")
    assert 0 < text.index(result.verdict.headline) < text.index("<figure") < text.index("<h2>Methods")


def test_the_page_loads_nothing_from_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    assert "@import" not in text


def test_the_page_closes_every_tag_it_opens(page: Path) -> None:
    balance = _Balance()
    balance.feed(page.read_text(encoding="utf-8"))
    assert (balance.open, balance.faults) == ([], [])


def test_what_readers_and_coordinators_type_is_shown_and_not_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_every_figure_is_written_for_print_too(page: Path) -> None:
    folder = page.parent / "figures"
    names = {path.stem for path in folder.glob("*.svg")}
    assert {"readers", "roc", "confidence", "ratings"} <= names
    assert names == {path.stem for path in folder.glob("*.pdf")}
    assert all((folder / f"{name}.pdf").read_bytes().startswith(b"%PDF") for name in names)
    assert not list(page.parent.rglob("*.partial"))


def test_the_same_study_gives_the_same_bytes(
    page: Path, study: StudyReadings, result: AnalysisResult, tmp_path: Path
) -> None:
    again = write_report(result, study, tmp_path)
    first, second = (p.parent / "figures" / "roc.svg" for p in (page, again))
    assert first.read_bytes() == second.read_bytes()


def test_examples_are_picked_by_how_many_readers_were_misled(study: StudyReadings) -> None:
    examples = example_cases(study)
    ends = "most readers misled", "fewest readers misled"
    assert [e.heading for e in examples] == [f"{kind}, {end}" for kind in ("synthetic", "real") for end in ends]
    assert examples[0].right <= examples[1].right
    assert all(len(e.answers) == e.read == 3 for e in examples)


def test_the_methods_state_every_number_that_is_asked_for(study: StudyReadings, result: AnalysisResult) -> None:
    text = " ".join(methods_paragraphs(result, study.design))
    size = result.size
    for said in (
        "20 real and 20 synthetic", "40 subjects", "3 readers", "120 readings", "12 further readings", "seed 5",
        "within ± 0.1", "alpha 0.05", "80% power", f"{size.needed_independent} independent readings",
        f"{size.needed} readings from 3 readers", "phantom-3d", "Hillis", "DeLong",
        f"UterineSynth {result.program_version}",
    ):  # fmt: skip
        assert said in text


def test_what_could_not_be_computed_is_listed_with_its_reason(study: StudyReadings, tmp_path: Path) -> None:
    alone = StudyReadings(study.design, tuple(r for r in study.readings if r.reader == "R1" and r.repeat_of is None))
    text = write_report(analyse(alone), alone, tmp_path).read_text(encoding="utf-8")
    assert "What could not be computed" in text
    assert "one reader cannot agree with anybody" in text
    assert "needs two cases rated twice, got 0" in text


def test_a_missing_picture_is_named(study: StudyReadings, result: AnalysisResult, tmp_path: Path) -> None:
    case = example_cases(study)[0].case
    with pytest.raises(InputError, match=rf"picture of case {case}: .*nowhere\.png"):
        write_report(result, study, tmp_path, {case: tmp_path / "nowhere.png"})
    assert not (tmp_path / "report.html").exists()


def test_a_folder_that_cannot_be_made_is_named(study: StudyReadings, result: AnalysisResult, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot write .*taken"):
        write_report(result, study, tmp_path / "taken")
