"""The library's way between text and description, as the panel calls it."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError
from UterineSynthLib.records import from_plain

_TELEGRAM = 6
"""The library's phrasing in short sentences, which fits into the panel."""


def interpret(text: str) -> Any:
    """The library's interpretation of a sentence. Raises InputError where the sentence contradicts itself."""
    from UterineSynthLib.description import parsing

    return parsing.interpret(text)


def render(description: UterusDescription) -> str:
    """A sentence that says what a description says; empty for one that is all open."""
    from UterineSynthLib.description import rendering

    return "" if description == UterusDescription() else rendering.render(description, _TELEGRAM)


def summarise(provenance: dict[str, Any]) -> str:
    """One line for the table of results."""
    from UterineSynthLib.description import summary

    try:
        description = from_plain(UterusDescription, provenance.get("request", {}).get("description", {}))
    except InputError:
        return _("unknown description")
    return summary.summarise(description)
