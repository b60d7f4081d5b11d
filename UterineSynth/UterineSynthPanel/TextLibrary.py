"""The library's way between text and description, as the panel calls it."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError
from UterineSynthLib.records import from_plain


def interpret(text: str) -> Any:
    """The library's interpretation of a sentence. Raises InputError where the sentence contradicts itself."""
    from UterineSynthLib.description import parsing

    return parsing.interpret(text)


def render(description: UterusDescription) -> str:
    """A sentence that says what a description says; empty for one that is all open."""
    from UterineSynthLib.description import rendering

    return "" if description == UterusDescription() else rendering.render(description, 0)


def summarise(provenance: dict[str, Any]) -> str:
    """One line for the table of results."""
    try:
        description = from_plain(UterusDescription, provenance.get("request", {}).get("description", {}))
    except InputError:
        return _("unknown description")
    return render(description) or _("all left open")
