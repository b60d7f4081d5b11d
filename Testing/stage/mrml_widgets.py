"""Slicer's own widgets that a .ui file may hold, on the real scene."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Signal

from stage.pythonqt import qt

_FLAGS = ("noneEnabled", "addEnabled", "removeEnabled", "renameEnabled", "editEnabled", "selectNodeUponCreation")


def _flag(name: str) -> QtCore.Property:
    private = f"_{name}"
    return QtCore.Property(
        bool, lambda s: s.__dict__.get(private, False), lambda s, v: s.__dict__.__setitem__(private, bool(v))
    )


class qMRMLWidget(qt.QWidget):
    mrmlSceneChanged = Signal("vtkMRMLScene*")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._scene = None
        self.isEntered = True

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        for child in QtCore.QObject.findChildren(self, QtWidgets.QWidget):
            if hasattr(type(child), "setMRMLScene") and not isinstance(child, qMRMLWidget):
                child.setMRMLScene(scene)

    def mrmlScene(self) -> Any:
        return self._scene


class qMRMLNodeComboBox(qt.QWidget):
    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._scene, self._id, self._types, self._none = None, "", (), "None"
        self._tags = []
        self._combo = QtWidgets.QComboBox()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo)
        self._combo.activated.connect(lambda index: self.setCurrentNodeID(self._combo.itemData(index)))

    @QtCore.Slot("vtkMRMLScene*")
    def setMRMLScene(self, scene: Any) -> None:
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._scene = scene
        events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent) if scene is not None else ()
        self._tags = [scene.AddObserver(event, lambda *_: self._list_nodes()) for event in events]
        if scene is not None:
            self._list_nodes()

    def _list_nodes(self) -> None:
        nodes = [node for node in self._nodes() if not node.GetHideFromEditors()]
        self._combo.clear()
        self._combo.addItem(self._none, "")
        for node in nodes:
            self._combo.addItem(node.GetName() or node.GetID(), node.GetID())
        if self._id and self._id not in [node.GetID() for node in nodes]:
            self.setCurrentNodeID("")
        self._combo.setCurrentIndex(max(0, self._combo.findData(self._id)))

    def _nodes(self) -> list[Any]:
        counts = {kind: self._scene.GetNumberOfNodesByClass(kind) for kind in self._types}
        return [self._scene.GetNthNodeByClass(i, kind) for kind, count in counts.items() for i in range(count)]

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self._id) if self._scene and self._id else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node.GetID() if node else "")

    def setCurrentNodeID(self, node_id: str | None) -> None:
        if (node_id or "") == self._id:
            return
        self._id = node_id or ""
        self._combo.setCurrentIndex(max(0, self._combo.findData(self._id)))
        self.currentNodeIDChanged.emit(self._id)
        self.currentNodeChanged.emit(self.currentNode())

    def nodeCount(self) -> int:
        return len(self._nodes())

    def _set_types(self, types: Any) -> None:
        self._types = tuple(types)

    def _set_none(self, text: str) -> None:
        self._none = text
        self._combo.setItemText(0, text)

    nodeTypes = QtCore.Property("QStringList", lambda s: list(s._types), _set_types)
    noneDisplay = QtCore.Property(str, lambda s: s._none, _set_none)
    currentNodeID = QtCore.Property(str, lambda s: s._id, setCurrentNodeID)
    for _name in _FLAGS:
        locals()[_name] = _flag(_name)


CLASSES = {"qMRMLWidget": qMRMLWidget, "qMRMLNodeComboBox": qMRMLNodeComboBox}
"""What Slicer adds to the module ``slicer``."""
