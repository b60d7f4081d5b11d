"""Building a study: the same from the same, whole or not at all, with a key that cannot be swapped."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from UterineSynthLib.errors import InputError, OutputError, RecordError, StudyError
from UterineSynthLib.readerstudy import build
from UterineSynthLib.readerstudy.build import build_study
from UterineSynthLib.readerstudy.coordinator import BuiltStudy, open_built_study
from UterineSynthLib.readerstudy.design import Candidate, Sampling, StudyDesign
from UterineSynthLib.readerstudy.folder import open_reader_folder
from UterineSynthLib.readerstudy.key import key_digest, key_text, read_key, write_key
from UterineSynthLib.records import from_json, to_json

PASSPHRASE = "correct horse"


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_design_comes_back_from_its_file(design: StudyDesign) -> None:
    assert from_json(StudyDesign, to_json(design)) == design


def test_the_same_design_and_salt_build_the_same_bytes(
    design: StudyDesign, pool_folder: Path, whole_study: Path, tmp_path: Path
) -> None:
    again = build_study(design, pool_folder, tmp_path / "again", "salt")
    assert content(again) == content(whole_study)
    assert not list(tmp_path.glob(".*"))


def test_twins_hold_the_same_voxels_and_only_repeated_cases_have_one(study: BuiltStudy) -> None:
    key = study.read_key()
    twins = [item for item in key.items if item.item != item.case]
    assert len(twins) == round(0.125 * 20)
    for twin in twins:
        first = next(item for item in key.items if item.item == twin.case)
        one, other = (study.folder.image_path(item.images[0]).read_bytes() for item in (first, twin))
        assert one != other
        assert one[:-16] == other[:-16]


def test_nothing_is_left_where_building_failed(
    design: StudyDesign, pool_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "write_key", fail)
    with pytest.raises(OutputError, match="No space left on device"):
        build_study(design, pool_folder, tmp_path / "study", "salt")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_not_built_over(
    design: StudyDesign, pool_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(OutputError, match="is not an empty folder"):
        build_study(design, pool_folder, tmp_path, "salt")
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"


def test_one_image_under_two_names_is_refused(design: StudyDesign, pool_folder: Path, tmp_path: Path) -> None:
    images = [c for c in design.candidates if not c.is_synthetic][:3]
    for image in images:
        shutil.copy(pool_folder / images[0].image, tmp_path / image.image)
    small = replace(design, candidates=tuple(images), sampling=Sampling(3, 0))
    with pytest.raises(InputError, match="are the same image"):
        build_study(small, tmp_path, tmp_path / "out", "salt")


def test_a_candidate_that_is_not_there_is_named(design: StudyDesign, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"scan.*\.nii\.gz|made.*\.nii\.gz"):
        build_study(design, tmp_path, tmp_path / "out", "salt")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"readers": ()}, "readers: there is none"),
        ({"readers": ("R1", "R1")}, "a code comes twice"),
        ({"readers": ("../x",)}, "must be letters, digits"),
        ({"title": " "}, "title: is empty"),
        ({"seed": -1}, "seed: -1"),
        ({"candidates": (Candidate("a", "p", False), Candidate("a", "q", False))}, "image a comes twice"),
    ],
)
def test_a_design_that_cannot_be_is_refused(changes: dict[str, object], words: str, design: StudyDesign) -> None:
    with pytest.raises(RecordError, match=words):
        replace(design, **changes)


def test_a_key_under_a_passphrase_opens_with_it_and_with_no_other(study: BuiltStudy, tmp_path: Path) -> None:
    text = key_text(study.read_key())
    path = tmp_path / "key.json"
    write_key(text, path, PASSPHRASE)
    assert study.read_key().images[0].subject not in path.read_text(encoding="utf-8")
    assert key_text(read_key(path, key_digest(text), PASSPHRASE)) == text
    with pytest.raises(StudyError, match="wrong passphrase, or the file was changed"):
        read_key(path, key_digest(text), "wrong")
    with pytest.raises(StudyError, match="the key is encrypted; give its passphrase"):
        read_key(path, key_digest(text))
    plain = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**plain, "scrypt_cost": 2**30}), encoding="utf-8")
    with pytest.raises(StudyError, match="scrypt settings that this program does not use"):
        read_key(path, key_digest(text), PASSPHRASE)


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the passphrase is empty"):
        write_key("{}", tmp_path / "key.json", " ")


def test_a_key_that_was_swapped_or_edited_is_refused(study: BuiltStudy) -> None:
    text = study.key_path.read_text(encoding="utf-8")
    study.key_path.write_text(text.replace('"is_synthetic": true', '"is_synthetic": false', 1), encoding="utf-8")
    with pytest.raises(StudyError, match="is not the key that was sealed into this study"):
        study.read_key()
    study.key_path.unlink()
    with pytest.raises(StudyError, match="the key cannot be read"):
        study.read_key()


def test_a_study_file_that_leaves_its_folder_or_points_nowhere_is_refused(study: BuiltStudy) -> None:
    path = study.folder.path / "study.json"
    plain = json.loads(path.read_text(encoding="utf-8"))
    image = next(iter(plain["image_sha256"]))
    for change, words in (
        ({"image_sha256": {**plain["image_sha256"], "../key": "0"}}, "is no name of an image"),
        ({"image_sha256": {k: v for k, v in plain["image_sha256"].items() if k != image}}, "has no digest"),
        ({"items": {}}, "which is not there"),
        ({"version": 9}, "newer than this program reads"),
    ):
        path.write_text(json.dumps({**plain, **change}), encoding="utf-8")
        with pytest.raises(RecordError, match=words):
            open_reader_folder(study.folder.path)


def test_a_folder_that_is_no_study_is_said_to_be_none(study: BuiltStudy, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no such folder"):
        open_reader_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError, match=r"study\.json is missing"):
        open_reader_folder(tmp_path / "empty")
    with pytest.raises(StudyError, match="is not a built study"):
        open_built_study(study.folder.path)
