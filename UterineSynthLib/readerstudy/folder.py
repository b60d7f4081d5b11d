"""The folder that a reader gets: blinded images and the study file, and nothing else.

``study.json`` tells what to ask, what to show in which order, and the digest of every image; never what an image is
(but for training cases, whose truth is the feedback). Answers are written into ``answers/`` beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from UterineSynthLib.errors import RecordError, StudyError
from UterineSynthLib.readerstudy.image_file import SUFFIX
from UterineSynthLib.readerstudy.plan import ReaderPlan
from UterineSynthLib.readerstudy.questionnaire import Questionnaire
from UterineSynthLib.records import from_json, record

STUDY_FILE = "study.json"
IMAGES = "images"
ANSWERS = "answers"


@record("uterinesynth.reader_folder")
@dataclass(frozen=True)
class ReaderFolderStudy:
    """What ``study.json`` says.

    Attributes:
        items: by opaque name, the images of an item in the order shown.
        training_truth: by opaque name of a training item, the right answer.
        image_sha256: by opaque name of an image, the digest of its file.
        key_sha256: digest of the key, sealed so that the truth cannot be changed afterwards.
        washout_days: least time between two sessions; allow_back: whether an answer may be changed.
    """

    study_id: str
    title: str
    questionnaire: Questionnaire
    plans: tuple[ReaderPlan, ...]
    items: dict[str, tuple[str, ...]]
    training_truth: dict[str, str]
    image_sha256: dict[str, str]
    key_sha256: str
    washout_days: float
    allow_back: bool

    def __post_init__(self) -> None:
        for image in self.image_sha256:
            if not image.isalnum():
                raise RecordError("image_sha256", f"'{image}' is no name of an image; names are letters and digits")
        for item, images in self.items.items():
            for image in images:
                if image not in self.image_sha256:
                    raise RecordError(f"items.{item}", f"names image {image}, which has no digest")
        for plan in self.plans:
            for session in plan.sessions:
                for item in (*session.training, *session.items):
                    if item not in self.items:
                        raise RecordError(f"plan of {plan.reader}", f"names item {item}, which is not there")


@dataclass(frozen=True)
class ReaderFolder:
    """A reader's folder, its study file read; images are checked when they are asked for.

    Attributes:
        path: the folder; study: what its study file says; study_sha256: digest of that file.
    """

    path: Path
    study: ReaderFolderStudy
    study_sha256: str

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Codes of the readers."""
        return tuple(plan.reader for plan in self.study.plans)

    def plan_of(self, reader: str) -> ReaderPlan:
        """The plan of one reader.

        Raises:
            StudyError: there is no such reader; names those there are.
        """
        for plan in self.study.plans:
            if plan.reader == reader:
                return plan
        raise StudyError(
            self.path, f"reader '{reader}' is not in this study; its readers are {', '.join(self.readers)}"
        )

    def image_path(self, image: str) -> Path:
        """Where the file of an image lies."""
        return self.path / IMAGES / f"{image}{SUFFIX}"

    def checked_image_path(self, image: str) -> Path:
        """Where the file of an image lies, after its digest was compared.

        Raises:
            StudyError: the file is missing, unreadable or not the one that was built.
        """
        path = self.image_path(image)
        try:
            found = file_digest(path)
        except OSError as error:
            raise StudyError(path, "the image is missing; ask for the folder again") from error
        if found != self.study.image_sha256[image]:
            raise StudyError(path, "the image was changed or only half copied; ask for the folder again")
        return path

    def check_images(self) -> None:
        """Check every image of the study.

        Raises:
            StudyError: as :meth:`checked_image_path`; also for a file among the images that is not of the study.
        """
        for image in self.study.image_sha256:
            self.checked_image_path(image)
        known = {f"{image}{SUFFIX}" for image in self.study.image_sha256}
        for path in sorted((self.path / IMAGES).iterdir()):
            if path.name not in known:
                raise StudyError(path, "is not a file of this study; remove it")


def open_reader_folder(path: str | Path) -> ReaderFolder:
    """Read the study file of a reader's folder.

    Raises:
        StudyError: there is no folder or no study file in it.
        RecordError: the study file is damaged or newer than this program.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise StudyError(folder, "no such folder")
    try:
        raw = (folder / STUDY_FILE).read_bytes()
    except OSError as error:
        raise StudyError(folder, f"is not a study folder: {STUDY_FILE} is missing or cannot be read") from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StudyError(folder / STUDY_FILE, "is damaged (not UTF-8 text)") from error
    study = from_json(ReaderFolderStudy, text, str(folder / STUDY_FILE))
    return ReaderFolder(folder, study, hashlib.sha256(raw).hexdigest())


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
