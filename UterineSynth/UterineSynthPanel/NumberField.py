"""A spin box for one number, whose lowest position means *leave open*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from UterineSynthPanel.DescriptionField import START_VALUES, DescriptionField

_SUFFIXES = {"degrees": "°", "tesla": " T", "pixels": " px", "slices": ""}
_FINE_STEPS = {"in_plane_spacing_mm": 0.05}


class NumberField:
    """Shows one number of a description and tells when the user changed it.

    The record keeps a number more exactly than the box shows it: only a change by the user is taken from the box.
    """

    def __init__(self, box: Any, field: DescriptionField, onEdited: Callable[[str, Any], None]) -> None:
        assert field.limit is not None
        self.field, self._box, self._onEdited, self._limit = field, box, onEdited, field.limit
        step = _FINE_STEPS.get(field.name, 1.0 if field.isWhole else 0.5)
        self._isOpen = True
        box.setDecimals(0 if field.isWhole else 2 if step < 0.1 else 1)
        box.setSingleStep(step)
        box.setRange(self._limit.low - step, self._limit.high)
        box.setSpecialValueText(_("leave open"))
        box.setSuffix(_SUFFIXES.get(self._limit.unit, f" {self._limit.unit}".rstrip()))
        box.setKeyboardTracking(False)
        box.setAccelerated(True)
        box.setValue(box.minimum)
        box.connect("valueChanged(double)", self._changed)

    def show(self, value: float | None) -> None:
        """Show ``value`` (None: left open) without telling anyone."""
        self._isOpen = value is None
        wasBlocked = self._box.blockSignals(True)
        self._box.setValue(self._box.minimum if value is None else float(value))
        self._box.blockSignals(wasBlocked)

    def _changed(self, value: float) -> None:
        if value < self._limit.low:
            self._isOpen = True
            self._onEdited(self.field.name, None)
            return
        if self._isOpen and value < self._limit.low + self._box.singleStep:
            value = START_VALUES[self.field.name]
            self.show(value)
        self._isOpen = False
        self._onEdited(self.field.name, round(value) if self.field.isWhole else round(value, 4))
