"""The panel's state in the module's parameter node, so that it is saved with the scene."""

from __future__ import annotations

from typing import Any, TypeVar

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError
from UterineSynthLib.records import from_json, to_json
from UterineSynthPanel.GenerationSettings import GenerationSettings

_DESCRIPTION, _SETTINGS, _TEXT = "Description", "Settings", "Text"
_MASK = "Mask"
Record = TypeVar("Record", UterusDescription, GenerationSettings)


class ParameterStore:
    """Reads and writes records in a ``vtkMRMLScriptedModuleNode``; what it cannot read is as good as not set."""

    def __init__(self, node: Any) -> None:
        self.node = node

    @property
    def description(self) -> UterusDescription:
        """The description; all open where none is stored."""
        return self._read(_DESCRIPTION, UterusDescription)

    @property
    def settings(self) -> GenerationSettings:
        """The settings; the defaults where none are stored."""
        return self._read(_SETTINGS, GenerationSettings)

    @property
    def text(self) -> str:
        """The sentence in the text box."""
        return self.node.GetParameter(_TEXT)

    @property
    def mask(self) -> Any:
        """The segmentation node to generate from, or None."""
        return self.node.GetNodeReference(_MASK)

    def write(self, description: UterusDescription, settings: GenerationSettings, text: str) -> None:
        """Store all at once: observers of the node are told once."""
        wasModifying = self.node.StartModify()
        self.node.SetParameter(_DESCRIPTION, to_json(description))
        self.node.SetParameter(_SETTINGS, to_json(settings))
        self.node.SetParameter(_TEXT, text)
        self.node.EndModify(wasModifying)

    def writeMask(self, node: Any) -> None:
        """Store which segmentation to generate from (None: none)."""
        self.node.SetNodeReferenceID(_MASK, node.GetID() if node else None)

    def _read(self, name: str, kind: type[Record]) -> Record:
        text = self.node.GetParameter(name)
        try:
            return from_json(kind, text) if text else kind()
        except InputError:
            return kind()
