"""A combo box for one choice, with *leave open* on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from UterineSynthPanel.DescriptionField import DescriptionField

_FIGO = {
    "0": "0 – pedunculated, in the cavity",
    "1": "1 – submucosal, < 50 % intramural",
    "2": "2 – submucosal, ≥ 50 % intramural",
    "3": "3 – intramural, touches endometrium",
    "4": "4 – intramural",
    "5": "5 – subserosal, ≥ 50 % intramural",
    "6": "6 – subserosal, < 50 % intramural",
    "7": "7 – pedunculated, subserosal",
    "8": "8 – cervical",
    "2-5": "2-5 – submucosal and subserosal",
    "2-6": "2-6 – submucosal and subserosal",
    "3-5": "3-5 – endometrium to serosa",
    "3-6": "3-6 – endometrium to serosa",
}
_SPECIAL = {
    "AV/AF": "anteverted, anteflexed",
    "AV/RF": "anteverted, retroflexed",
    "RV/AF": "retroverted, anteflexed",
    "RV/RF": "retroverted, retroflexed",
    "less_than_half": "less than half (IA)",
    "half_or_more": "half or more (IB)",
    "none": "none (endometrium only)",
    1.5: "1.5 T",
    3.0: "3 T",
}


class ChoiceField:
    """Shows one choice of a description and tells when the user made another."""

    def __init__(self, combo: Any, field: DescriptionField, onEdited: Callable[[str, Any], None]) -> None:
        self.field, self._combo, self._onEdited = field, combo, onEdited
        self._values = (None, *field.choices)
        combo.clear()
        combo.addItem(_("leave open"))
        for value in field.choices:
            combo.addItem(choiceText(value, isFigo=field.name == "figo"))
        combo.connect("currentIndexChanged(int)", self._chosen)

    def show(self, value: Any) -> None:
        """Show ``value`` (None: left open) without telling anyone."""
        wasBlocked = self._combo.blockSignals(True)
        self._combo.setCurrentIndex(self._values.index(value))
        self._combo.blockSignals(wasBlocked)

    def _chosen(self, index: int) -> None:
        value = self._values[max(index, 0)]
        self._onEdited(self.field.name, value if isinstance(value, (float, type(None))) else value.value)


def choiceText(value: Any, isFigo: bool = False) -> str:
    """What the user reads for a value of a vocabulary."""
    plain = value if isinstance(value, float) else str(value)
    if isFigo:
        return _FIGO[plain]
    return _SPECIAL.get(plain, str(plain).replace("_", " "))
