"""The fields of the panel as one description, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.uterus import BELONGS_TO, UterusDescription
from UterineSynthLib.records import from_plain, to_plain
from UterineSynthPanel.DescriptionField import fieldsOf
from UterineSynthPanel.FieldWidgets import bindFields
from UterineSynthPanel.MyomaList import MyomaList, Plain
from UterineSynthPanel.PathologyChoice import PathologyChoice


class DescriptionForm:
    """Keeps a draft in plain form. While the user types it may contradict itself; then :attr:`description` raises."""

    def __init__(self, ui: Any, onEdited: Callable[[], None]) -> None:
        self._onEdited = onEdited
        self._draft: Plain = {}
        self._pathologies = PathologyChoice(ui, self._pathologiesEdited)
        self._myomas = MyomaList(ui, self._myomasEdited)
        self._fields = bindFields(ui, fieldsOf(UterusDescription), self._fieldEdited)
        self._acquisition = bindFields(ui, fieldsOf(Acquisition), self._acquisitionEdited)
        self.show(UterusDescription())

    def show(self, description: UterusDescription) -> None:
        """Show a description without telling anyone."""
        self._draft = to_plain(description)
        self._pathologies.show(description)
        self._myomas.show(self._draft["leiomyomas"])
        for field in self._fields:
            field.show(self._draft.get(field.field.name))
        for field in self._acquisition:
            field.show(self._draft["acquisition"].get(field.field.name))

    @property
    def description(self) -> UterusDescription:
        """What the fields say. Raises InputError, in words for the user, while they contradict each other."""
        return from_plain(UterusDescription, self._draft)

    def _fieldEdited(self, name: str, value: Any) -> None:
        self._put(self._draft, name, value)

    def _acquisitionEdited(self, name: str, value: Any) -> None:
        self._put(self._draft["acquisition"], name, value)

    def _myomasEdited(self, myomas: list[Plain]) -> None:
        self._put(self._draft, "leiomyomas", [dict(myoma) for myoma in myomas])

    def _pathologiesEdited(self) -> None:
        pathologies = self._pathologies.pathologies
        for name, pathology in BELONGS_TO.items():
            if pathology not in (pathologies or ()):
                self._draft.pop(name, None)
        self._draft.setdefault("leiomyomas", [])
        self._myomas.show(self._draft["leiomyomas"])
        for field in self._fields:
            field.show(self._draft.get(field.field.name))
        self._draft["excluded"] = [pathology.value for pathology in self._pathologies.excluded]
        self._put(self._draft, "pathologies", None if pathologies is None else [p.value for p in pathologies])

    def _put(self, plain: Plain, name: str, value: Any) -> None:
        plain.pop(name, None)
        if value is not None:
            plain[name] = value
        self._onEdited()
