"""Unblinded readings: answers joined with the truth. What the statistics read, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.readerstudy.question import Answer
from UterineSynthLib.records import record


@dataclass(frozen=True)
class Reading:
    """One case read once by one reader.

    Attributes:
        case: the image; the same for a hidden repeat and in every session.
        subject: the patient, or a synthetic anatomy; the cluster above the case.
        is_synthetic: the truth; in a forced choice, where a case is a set with one real image, always false.
        session: from 1; order: place in the reader's own sequence over all sessions, from 1, training left out.
        answers: by question id.
        seconds: from the image on the screen to the submitted answer.
        model: what made a synthetic case.
        repeat_of: None for a first reading in its session; for a hidden repeat the case it repeats (= ``case``).
        confidence_real: point on the authenticity scale, 1 surely synthetic and the highest surely real.
        asked: what was asked for (synthetic) or is known of the case (real).
        correct_choice: in a forced choice the option that was the real image.
        first_place: in a forced choice the letter that the chosen image has in the first showing of its set; a hidden
            repeat shows the images in another order, so that the letters themselves are not comparable.
        read_at_utc: ISO 8601.
    """

    reader: str
    case: str
    subject: str
    is_synthetic: bool
    session: int
    order: int
    answers: dict[str, Answer]
    seconds: float
    model: str | None = None
    repeat_of: str | None = None
    confidence_real: float | None = None
    asked: UterusDescription | None = None
    correct_choice: str | None = None
    first_place: str | None = None
    read_at_utc: str = ""


@record("uterinesynth.study_readings")
@dataclass(frozen=True)
class StudyReadings:
    """All readings of a study that was closed, with its design."""

    design: StudyDesign
    readings: tuple[Reading, ...]
