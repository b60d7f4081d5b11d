"""Binds the widgets of the .ui file to the fields of a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from UterineSynthPanel.ChoiceField import ChoiceField
from UterineSynthPanel.DescriptionField import DescriptionField
from UterineSynthPanel.NumberField import NumberField


def bindFields(
    ui: Any, fields: list[DescriptionField], onEdited: Callable[[str, Any], None]
) -> list[ChoiceField | NumberField]:
    """One bound widget for each field; ``onEdited(name, plain value or None)`` follows each change by the user."""
    return [
        (ChoiceField if field.choices else NumberField)(getattr(ui, field.widgetName), field, onEdited)
        for field in fields
    ]
