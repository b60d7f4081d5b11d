"""What was asked for, in the words of a descriptor question: the reference of requested against read."""

from __future__ import annotations

from UterineSynthLib.description.position import position_of
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.readerstudy.forms import NO_LEIOMYOMA
from UterineSynthLib.readerstudy.question import Descriptor


def requested_answer(description: UterusDescription, descriptor: Descriptor) -> str | None:
    """The answer that fits a description exactly; None where it is open or has more than one right answer."""
    if descriptor is Descriptor.PATHOLOGY:
        named = description.pathologies
        return named[0].value if named is not None and len(named) == 1 else None
    if descriptor is Descriptor.POSITION:
        return _position(description)
    return _figo(description)


def _position(description: UterusDescription) -> str | None:
    if description.position is not None:
        return description.position.value
    if description.version_deg is None or description.flexion_deg is None:
        return None
    position = position_of(description.version_deg, description.flexion_deg)
    return None if position is None else position.value


def _figo(description: UterusDescription) -> str | None:
    if description.pathologies is None:
        return None
    if not description.shows(Pathology.LEIOMYOMA):
        return NO_LEIOMYOMA
    if len(description.leiomyomas) == 1:
        figo = description.leiomyomas[0].figo
        return None if figo is None else figo.value
    sized = [(m.diameter_mm, m.figo) for m in description.leiomyomas if m.diameter_mm is not None]
    if not sized or len(sized) < len(description.leiomyomas):
        return None
    figo = max(sized, key=lambda item: item[0])[1]
    return None if figo is None else figo.value
