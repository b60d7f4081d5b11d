"""Answers joined with the truth, once and only when the reading is closed."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from UterineSynthLib.errors import StudyError
from UterineSynthLib.readerstudy.book import ReaderBook, Submission, check_book
from UterineSynthLib.readerstudy.folder import ReaderFolder
from UterineSynthLib.readerstudy.key import ImageTruth, ItemTruth, StudyKey
from UterineSynthLib.readerstudy.merge import StudyResponses
from UterineSynthLib.readerstudy.readings import Reading, StudyReadings
from UterineSynthLib.records import record


@record("uterinesynth.study_closing")
@dataclass(frozen=True)
class StudyClosing:
    """When and how the reading was closed; written beside the readings.

    Attributes:
        open_items: by reader, items that were planned and not read.
        reason: why a study with open items was closed; None where there were none.
    """

    study_id: str
    closed_at_utc: str
    open_items: dict[str, int]
    reason: str | None = None


def open_items(folder: ReaderFolder, responses: StudyResponses) -> dict[str, int]:
    """By reader, the number of items that were planned and have no answer."""
    answered = {book.reader: book.answered for book in responses.books}
    left = {}
    for plan in folder.study.plans:
        planned = {(session.number, item) for session in plan.sessions for item in session.items}
        left[plan.reader] = len(planned - answered.get(plan.reader, frozenset()))
    return left


def close_study(
    folder: ReaderFolder, responses: StudyResponses, at_utc: str, reason: str | None = None
) -> StudyClosing:
    """Close the reading; with items left to read only for a reason.

    Raises:
        StudyError: items are open and there is no reason; names the readers.
    """
    left = {reader: count for reader, count in open_items(folder, responses).items() if count}
    if left and not (reason and reason.strip()):
        words = ", ".join(f"{reader} {count}" for reader, count in left.items())
        raise StudyError(folder.path, f"is not read to the end (open items: {words}); wait, or close it with a reason")
    return StudyClosing(folder.study.study_id, at_utc, left, reason if left else None)


def unblind(folder: ReaderFolder, responses: StudyResponses, key: StudyKey, closing: StudyClosing) -> StudyReadings:
    """All readings of a closed study; training cases are left out.

    Raises:
        StudyError: answers, key or closing are of another study, or a row was changed.
    """
    if not folder.study.study_id == key.study_id == closing.study_id:
        raise StudyError(folder.path, "key, closing and folder belong to different studies")
    items = {item.item: item for item in key.items}
    images = {image.image: image for image in key.images}
    readings: list[Reading] = []
    for book in responses.books:
        check_book(book, folder, f"answers of {book.reader}")
        readings += _readings_of(book, key, items, images)
    return StudyReadings(key.design, tuple(readings))


def _readings_of(
    book: ReaderBook, key: StudyKey, items: Mapping[str, ItemTruth], images: Mapping[str, ImageTruth]
) -> Iterator[Reading]:
    seen: set[tuple[int, str]] = set()
    read = [s for s in book.submissions if not items[s.item].is_training]
    for order, submission in enumerate(read, start=1):
        item = items[submission.item]
        first = (submission.session if key.design.schedule.reread else 0, item.case)
        repeat_of = item.case if first in seen else None
        seen.add(first)
        shown = [images[name] for name in item.images]
        reading = _reading(book.reader, order, submission, item, shown, repeat_of, key)
        yield replace(reading, first_place=_first_place(submission, items[item.case], item, images, key))


def _reading(
    reader: str,
    order: int,
    submission: Submission,
    item: ItemTruth,
    shown: list[ImageTruth],
    repeat_of: str | None,
    key: StudyKey,
) -> Reading:
    leading = next((image for image in shown if not image.is_synthetic), shown[0])
    models = {image.model for image in shown if image.model is not None}
    return Reading(
        reader=reader,
        case=item.case,
        subject=leading.subject,
        is_synthetic=leading.is_synthetic,
        session=submission.session,
        order=order,
        answers=submission.answers,
        seconds=submission.seconds,
        model=models.pop() if len(models) == 1 else None,
        repeat_of=repeat_of,
        confidence_real=key.design.questionnaire.confidence_real(submission.answers),
        asked=leading.description,
        correct_choice=item.correct_choice,
        read_at_utc=submission.at_utc,
    )


def _first_place(
    submission: Submission, first: ItemTruth, shown: ItemTruth, images: Mapping[str, ImageTruth], key: StudyKey
) -> str | None:
    """Letter, in the order of the first showing, of the image that was chosen; None but in a forced choice."""
    question = key.design.questionnaire.authenticity
    answer = submission.answers.get(question.id) if question is not None else None
    if shown.correct_choice is None or not isinstance(answer, str):
        return None
    chosen = images[shown.images[string.ascii_uppercase.index(answer)]].source
    return string.ascii_uppercase[[images[name].source for name in first.images].index(chosen)]
