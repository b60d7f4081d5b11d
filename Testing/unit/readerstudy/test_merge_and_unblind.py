"""From the folders that came back to readings with the truth."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Figo, Pathology, UterinePosition
from UterineSynthLib.errors import StudyError
from UterineSynthLib.readerstudy.build import build_study
from UterineSynthLib.readerstudy.coordinator import BuiltStudy, open_built_study
from UterineSynthLib.readerstudy.design import Candidate, Sampling, Schedule, StudyDesign
from UterineSynthLib.readerstudy.event import EventKind
from UterineSynthLib.readerstudy.folder import open_reader_folder
from UterineSynthLib.readerstudy.forms import NO_LEIOMYOMA, questionnaire_of
from UterineSynthLib.readerstudy.question import Descriptor
from UterineSynthLib.readerstudy.readings import StudyReadings
from UterineSynthLib.readerstudy.requested import requested_answer
from UterineSynthLib.readerstudy.responses import open_responses, read_responses, responses_path
from UterineSynthLib.readerstudy.status import study_status
from UterineSynthLib.readerstudy.step import StepKind
from UterineSynthLib.records import from_json, to_json

Read = Callable[..., None]


def copy_of(study: BuiltStudy, to: Path) -> Path:
    """A reader's own copy of the folder."""
    return shutil.copytree(study.folder.path, to)


def test_a_study_goes_out_comes_back_and_tells_the_truth(study: BuiltStudy, read_to: Read, tmp_path: Path) -> None:
    back = []
    for reader in ("R1", "R2"):
        back.append(copy_of(study, tmp_path / reader))
        read_to(open_reader_folder(back[-1]), reader)
    assert [book.reader for book in study.merge(back).responses.books] == ["R1", "R2"]
    readings = study.unblind()
    assert from_json(StudyReadings, to_json(readings)) == readings == study.readings()
    truth = {image.image: image for image in study.read_key().images}
    case_of = {item.item: item for item in study.read_key().items}
    for reader in ("R1", "R2"):
        mine = [r for r in readings.readings if r.reader == reader]
        assert [r.order for r in mine] == list(range(1, 23))
        assert len({r.case for r in mine}) == 20
        assert sum(r.repeat_of is not None for r in mine) == 2
        planned = study.folder.plan_of(reader).sessions[0].items
        for reading, item in zip(mine, planned, strict=True):
            image = truth[case_of[item].images[0]]
            assert (reading.case, reading.subject) == (case_of[item].case, image.subject)
            assert (reading.is_synthetic, reading.model) == (image.is_synthetic, image.model)
            assert reading.asked == image.description
            assert (reading.confidence_real, reading.seconds) == (4.0, 2.5)
    repeats = [r for r in readings.readings if r.repeat_of is not None]
    assert all(r.repeat_of == r.case for r in repeats)
    assert all(any(f.case == r.case and f.order < r.order for f in readings.readings) for r in repeats)


def test_the_longer_of_two_copies_is_taken_when_it_goes_on_from_the_other(
    study: BuiltStudy, read_to: Read, tmp_path: Path
) -> None:
    read_to(study.folder, "R1", 4)
    early = copy_of(study, tmp_path / "early")
    read_to(study.folder, "R1", 3)
    merged = study.merge([study.folder.path, early])
    assert merged.conflicts == ()
    assert len(merged.responses.books[0].submissions) == 7
    assert "R1: 2 copies agree" in merged.notes[0]


def test_opening_an_old_copy_without_answering_is_no_conflict(study: BuiltStudy, read_to: Read, tmp_path: Path) -> None:
    read_to(study.folder, "R1", 4)
    early = copy_of(study, tmp_path / "early")
    read_to(open_reader_folder(early), "R1", 0)
    read_to(study.folder, "R1", 3)
    merged = study.merge([early, study.folder.path])
    assert merged.conflicts == ()
    assert len(merged.responses.books[0].submissions) == 7


def test_copies_that_part_are_shown_and_not_guessed_until_the_coordinator_decides(
    study: BuiltStudy, read_to: Read, tmp_path: Path
) -> None:
    read_to(study.folder, "R1", 4)
    other = copy_of(study, tmp_path / "other")
    read_to(study.folder, "R1", 3, answer=1.0)
    read_to(open_reader_folder(other), "R1", 2, answer=6.0)
    merged = study.merge([study.folder.path, other])
    assert merged.responses.books == ()
    assert "part at row 6" in merged.conflicts[0]
    assert "3 items were answered differently or in one of them only" in merged.conflicts[0]
    assert not study.responses_path.exists()
    chosen = responses_path(open_reader_folder(other), "R1")
    settled = study.merge([study.folder.path, other], {"R1": chosen})
    assert settled.conflicts == ()
    assert len(settled.responses.books[0].submissions) == 6
    with pytest.raises(StudyError, match="is not among the answers of R1"):
        study.merge([study.folder.path, other], {"R1": tmp_path / "R1.sqlite"})


def test_a_folder_without_answers_is_named(study: BuiltStudy, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="holds no answers"):
        study.merge([study.folder.path])
    with pytest.raises(StudyError, match="no such folder or file of answers"):
        study.merge([tmp_path / "nowhere"])


def test_nothing_is_unblinded_before_the_reading_is_closed(study: BuiltStudy, read_to: Read) -> None:
    with pytest.raises(StudyError, match="merge the readers' folders first"):
        study.unblind()
    read_to(study.folder, "R1")
    study.merge([study.folder.path])
    with pytest.raises(StudyError, match=r"is not read to the end \(open items: R2 22\)"):
        study.unblind()
    assert not study.readings_path.exists()
    with pytest.raises(StudyError, match="is still blind; unblind it first"):
        study.readings()
    readings = study.unblind(reason="R2 fell ill")
    assert {r.reader for r in readings.readings} == {"R1"}
    assert '"reason": "R2 fell ill"' in study.closing_path.read_text(encoding="utf-8")
    with pytest.raises(StudyError, match="was closed and unblinded"):
        study.merge([study.folder.path])


def test_united_answers_that_were_edited_afterwards_are_refused(study: BuiltStudy, read_to: Read) -> None:
    read_to(study.folder, "R1")
    read_to(study.folder, "R2")
    study.merge([study.folder.path])
    text = study.responses_path.read_text(encoding="utf-8")
    study.responses_path.write_text(text.replace('"authenticity": 4.0', '"authenticity": 1.0', 1), encoding="utf-8")
    with pytest.raises(StudyError, match=r"answers of R1: row \d+ was changed"):
        study.unblind()


def test_progress_is_told_reader_by_reader_whatever_is_wrong(study: BuiltStudy, read_to: Read) -> None:
    read_to(study.folder, "R1", 7)
    now = datetime.now(UTC)
    first, second = study_status(study.folder, now)
    assert (first.done, first.total, first.median_seconds, first.remark) == (5, 22, 2.5, "")
    assert (second.done, second.remark) == (0, "has not begun")
    read_to(study.folder, "R1")
    responses_path(study.folder, "R2").write_bytes(b"x" * 5000)
    first, second = study_status(study.folder, now)
    assert (first.done, first.remark) == (22, "done")
    assert "only half copied" in second.remark


def test_the_next_session_waits_for_the_washout_by_the_latest_time_ever_seen(
    design: StudyDesign, pool_folder: Path, tmp_path: Path
) -> None:
    schedule = Schedule(sessions=2, reread=True, washout_days=14.0, repeat_share=0.0)
    two = replace(design, sampling=Sampling(2, 2), schedule=schedule, readers=("R1",))
    folder = open_built_study(build_study(two, pool_folder, tmp_path / "two", "salt")).folder
    day = datetime(2030, 1, 1, tzinfo=UTC)
    with open_responses(folder, "R1", clock=lambda: day) as responses:
        step = responses.next_step(day)
        while step.kind is StepKind.READ:
            step = responses.submit(step.item, {"authenticity": 2.0}, 1.0, now=day)
        assert (step.kind, step.session) == (StepKind.WAIT, 2)
        assert step.not_before_utc.startswith("2030-01-15")
        with pytest.raises(StudyError, match="is not the one to read now"):
            responses.submit(folder.plan_of("R1").sessions[1].items[0], {"authenticity": 2.0}, 1.0, now=day)
        assert responses.next_step(day - timedelta(days=900)).not_before_utc == step.not_before_utc
        later = day + timedelta(days=14)
        responses.note(EventKind.PAUSE, now=later)
        assert responses.next_step(day).kind is StepKind.READ
        step = responses.next_step(later)
        assert (step.kind, step.session, step.done, step.total) == (StepKind.READ, 2, 0, 4)
        while step.kind is StepKind.READ:
            step = responses.submit(step.item, {"authenticity": 2.0}, 1.0, now=later)
        assert step.kind is StepKind.DONE
    assert len(read_responses(responses_path(folder, "R1"), folder).submissions) == 8


def test_a_forced_choice_comes_back_with_the_letter_that_was_real(
    pool: tuple[Candidate, ...], pool_folder: Path, tmp_path: Path
) -> None:
    form = questionnaire_of(["turing"], images_per_item=3)
    schedule = Schedule(images_per_item=3, repeat_share=0.25)
    design = StudyDesign("Triplets", 1, pool, Sampling(4, 8), form, ("R1",), schedule=schedule)
    study = open_built_study(build_study(design, pool_folder, tmp_path / "triplets", "salt"))
    key = {item.item: item for item in study.read_key().items}
    with open_responses(study.folder, "R1") as responses:
        step = responses.next_step()
        while step.item:
            assert len(study.folder.study.items[step.item]) == 3
            step = responses.submit(step.item, {"real_image": key[step.item].correct_choice}, 1.0)
    study.merge([study.folder.path])
    readings = study.unblind().readings
    assert len(readings) == 5
    assert all(r.answers["real_image"] == r.correct_choice and not r.is_synthetic for r in readings)
    assert all(r.subject.startswith("scan") for r in readings)
    assert sum(r.repeat_of is not None for r in readings) == 1


def figo(*types: tuple[float | None, Figo | None]) -> UterusDescription:
    myomas = tuple(Leiomyoma(figo=f, diameter_mm=d) for d, f in types)
    return UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=myomas)


@pytest.mark.parametrize(
    ("description", "descriptor", "answer"),
    [
        (UterusDescription(), Descriptor.PATHOLOGY, None),
        (UterusDescription(pathologies=(Pathology.NORMAL,)), Descriptor.PATHOLOGY, "normal"),
        (
            UterusDescription(pathologies=(Pathology.LEIOMYOMA, Pathology.ADENOMYOSIS)),
            Descriptor.PATHOLOGY,
            None,
        ),
        (UterusDescription(position=UterinePosition.RV_AF), Descriptor.POSITION, "RV/AF"),
        (UterusDescription(version_deg=40.0, flexion_deg=-20.0), Descriptor.POSITION, "AV/RF"),
        (UterusDescription(version_deg=40.0, flexion_deg=5.0), Descriptor.POSITION, None),
        (UterusDescription(version_deg=40.0), Descriptor.POSITION, None),
        (UterusDescription(), Descriptor.FIGO, None),
        (UterusDescription(pathologies=(Pathology.NORMAL,)), Descriptor.FIGO, NO_LEIOMYOMA),
        (figo((None, Figo.TYPE_4)), Descriptor.FIGO, "4"),
        (figo((20.0, Figo.TYPE_4), (30.0, Figo.TYPE_6)), Descriptor.FIGO, "6"),
        (figo((20.0, Figo.TYPE_4), (None, Figo.TYPE_6)), Descriptor.FIGO, None),
    ],
)
def test_what_was_requested_is_compared_only_where_one_answer_is_right(
    description: UterusDescription, descriptor: Descriptor, answer: str | None
) -> None:
    assert requested_answer(description, descriptor) == answer
