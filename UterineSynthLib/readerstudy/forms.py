"""The questionnaires that come with the program, alone or joined to one form.

Sources: six-point confidence without a middle, so that every rating is also a decision (Green and Swets 1966; usual in
reader studies with ROC); the three questions with anchored options follow Khader et al., Sci Rep 2023;13:7303, Table 1,
in our wording on a comparable scale; five-point agreement after Likert 1932; FIGO types after Munro et al. 2011.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

from UterineSynthLib.description.vocabulary import Figo, Pathology, UterinePosition
from UterineSynthLib.errors import InputError
from UterineSynthLib.readerstudy.question import Descriptor, Option, Question, QuestionKind, QuestionRole
from UterineSynthLib.readerstudy.questionnaire import Questionnaire

_CONFIDENCE = (
    "surely synthetic",
    "probably synthetic",
    "rather synthetic",
    "rather real",
    "probably real",
    "surely real",
)
_AGREEMENT = ("strongly disagree", "disagree", "neither", "agree", "strongly agree")
CANNOT_TELL = "cannot_tell"
NO_LEIOMYOMA = "no_leiomyoma"


def authenticity_scale() -> Question:
    """The visual Turing test with six points of confidence, without a middle."""
    text = "Is this a real patient's scan or a synthetic image?"
    return Question("authenticity", text, QuestionKind.SCALE, QuestionRole.AUTHENTICITY, anchors=_CONFIDENCE)


def authenticity_choice(images: int) -> Question:
    """The forced choice: which of ``images`` pictures, A onwards, is real."""
    options = tuple(Option(letter, f"image {letter}") for letter in string.ascii_uppercase[:images])
    text = f"Exactly one of these {images} images is a real patient's scan. Which one?"
    return Question("real_image", text, QuestionKind.CHOICE, QuestionRole.AUTHENTICITY, options=options)


def anchored_appearance() -> tuple[Question, ...]:
    """Three questions with anchored options, comparable with Medical Diffusion's."""
    return (
        _scale(
            "realistic_appearance",
            "How real does the image look as a whole?",
            "at first sight not like a scan",
            "like a scan, with several things that no scanner makes",
            "like a scan, with small flaws on a close look",
            "I could not say whether it is a scan or not",
        ),
        _scale(
            "anatomical_correctness",
            "How right is the anatomy?",
            "important parts are missing or in the wrong place",
            "the main organs are right, several details are wrong",
            "the anatomy is right but for small details",
            "I find nothing wrong with the anatomy",
        ),
        _scale(
            "slice_consistency",
            "Over how many slices do structures continue as they should?",
            "over three neighbouring slices at most",
            "over more than three, but not most",
            "over most slices (more than ten in a full stack)",
            "over all slices",
        ),
    )


def likert_appearance() -> tuple[Question, ...]:
    """The same three topics as five-point agreement."""
    topics = (
        ("looks_real", "The image looks like a clinical T2-weighted scan."),
        ("anatomy_right", "The anatomy is right."),
        ("slices_consistent", "Structures continue from slice to slice as they should."),
        ("quality_sufficient", "The image quality would do for a diagnosis."),
    )
    return tuple(_scale(name, text, *_AGREEMENT) for name, text in topics)


def clinical_reading() -> tuple[Question, ...]:
    """What the image shows, its quality and artefacts, and room for a remark."""
    pathologies = (*(Option(p.value, p.value.replace("_", " ")) for p in Pathology), _cannot_tell())
    positions = (*(Option(p.value, p.value) for p in UterinePosition), _cannot_tell())
    types = (
        Option(NO_LEIOMYOMA, "no leiomyoma"),
        *(Option(f.value, f"type {f.value}") for f in Figo),
        _cannot_tell(),
    )
    artefacts = "none", "slight", "disturbing", "makes reading impossible"
    return (
        _descriptor("main_finding", "What is the main finding?", pathologies, Descriptor.PATHOLOGY),
        _descriptor("position", "Version and flexion of the uterus?", positions, Descriptor.POSITION),
        _descriptor("figo_type", "FIGO type of the largest leiomyoma?", types, Descriptor.FIGO),
        _scale("image_quality", "Image quality?", "not diagnostic", "poor", "fair", "good", "excellent"),
        _scale("artefacts", "Artefacts?", *artefacts),
        Question("comment", "Anything else?", QuestionKind.TEXT, QuestionRole.COMMENT, required=False),
    )


FORMS: dict[str, Callable[[], tuple[Question, ...]]] = {
    "turing": tuple,
    "anchored": anchored_appearance,
    "likert": likert_appearance,
    "clinical": clinical_reading,
}
"""Questions of each form before the one about authenticity."""


def questionnaire_of(
    names: Sequence[str], own: Sequence[Question] = (), images_per_item: int = 1, ask_authenticity: bool = True
) -> Questionnaire:
    """One form of the named ones and of own questions; authenticity, if it is asked, comes last.

    Raises:
        InputError: an unknown form.
        RecordError: two questions share an id, or nothing is asked at all.
    """
    unknown = next((name for name in names if name not in FORMS), None)
    if unknown is not None:
        raise InputError(f"form '{unknown}' is not known; there are {', '.join(FORMS)}")
    questions = [question for name in names for question in FORMS[name]()]
    questions += own
    if ask_authenticity:
        questions.append(authenticity_choice(images_per_item) if images_per_item > 1 else authenticity_scale())
    introduction = "Look at each case as long as you need and answer every question; your first impression counts."
    return Questionnaire(" + ".join(names) or "own questions", introduction, tuple(questions))


def _scale(name: str, text: str, *anchors: str) -> Question:
    return Question(name, text, QuestionKind.SCALE, anchors=anchors)


def _descriptor(name: str, text: str, options: tuple[Option, ...], descriptor: Descriptor) -> Question:
    return Question(name, text, QuestionKind.CHOICE, QuestionRole.DESCRIPTOR, options, descriptor=descriptor)


def _cannot_tell() -> Option:
    return Option(CANNOT_TELL, "cannot tell")
