"""Parts of Slicer that could tell a reader something or distract: how each is hidden and brought back.

A state is plain data, so that it can be written down before anything is hidden.
"""

from __future__ import annotations

from typing import Any, Protocol

import slicer

from UterineSynthPanel.ReaderViews import clearCorners

State = Any
_ONLY_MENU_ACTION = "MouseModeAdjustWindowLevelAction"
_OURS = "UterineSynthReading"
"""Beginning of the object names of what reading itself puts into the window."""


class Surface(Protocol):
    """One part."""

    name: str

    def state(self) -> State:
        """How it is now."""

    def hide(self) -> None:
        """Take it from the reader."""

    def restore(self, state: State) -> None:
        """Bring it back as it was."""


class Bars:
    """All parts of one class in the main window: tool bars, or docks such as the module panel, console, error log."""

    def __init__(self, window: Any, className: str) -> None:
        self.name, self._window, self._className = className, window, className

    def state(self) -> State:
        """How it is now."""
        return [part.objectName for part in self._parts() if not part.isHidden()]

    def hide(self) -> None:
        """Take it from the reader."""
        for part in self._parts():
            part.setVisible(False)

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        for part in self._parts():
            part.setVisible(part.objectName in state)

    def _parts(self) -> list[Any]:
        found = self._window.findChildren(self._className)
        return [part for part in found if part.objectName and not part.objectName.startswith(_OURS)]


class Edge:
    """Menu bar or status bar."""

    def __init__(self, window: Any, name: str) -> None:
        self.name, self._bar = name, getattr(window, name)()

    def state(self) -> State:
        """How it is now."""
        return not self._bar.isHidden()

    def hide(self) -> None:
        """Take it from the reader."""
        self._bar.setVisible(False)

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        self._bar.setVisible(bool(state))


class Commands:
    """Menu entries and shortcuts of the window, which work without being seen: save, load, console, error log.

    Only a running program can have switched them off; after a crash there is nothing to bring back.
    """

    name = "commands"

    def __init__(self, window: Any) -> None:
        self._window, self._switchedOff = window, []

    def state(self) -> State:
        """How it is now."""
        return None

    def hide(self) -> None:
        """Take it from the reader."""
        parts = [*self._window.findChildren("QAction"), *self._window.findChildren("QShortcut")]
        self._switchedOff = [part for part in parts if part.isEnabled() and not part.objectName.startswith(_OURS)]
        for part in self._switchedOff:
            part.setEnabled(False)

    def restore(self, state: State) -> None:  # noqa: ARG002
        """Bring it back as it was."""
        for part in self._switchedOff:
            # A menu may have been rebuilt meanwhile; what was deleted is false.
            if part:
                part.setEnabled(True)
        self._switchedOff = []


class DroppedFiles:
    """Files dropped on the window would be loaded."""

    name = "dropped files"

    def __init__(self, window: Any) -> None:
        self._window = window

    def state(self) -> State:
        """How it is now."""
        return bool(self._window.acceptDrops)

    def hide(self) -> None:
        """Take it from the reader."""
        self._window.setAcceptDrops(False)

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        self._window.setAcceptDrops(bool(state))


class WholeScreen:
    """Other windows, the clock and messages of the desktop."""

    name = "whole screen"

    def __init__(self, window: Any) -> None:
        self._window = window

    def state(self) -> State:
        """How it is now."""
        return "full" if self._window.isFullScreen() else "maximised" if self._window.isMaximized() else "normal"

    def hide(self) -> None:
        """Take it from the reader."""
        self._window.showFullScreen()

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        shows = {"full": self._window.showFullScreen, "maximised": self._window.showMaximized}
        shows.get(state, self._window.showNormal)()


class CornerText:
    """Names, patient and scanner that Slicer writes into the corners of slice views."""

    name = "corner text"

    def state(self) -> State:
        """How it is now."""
        annotations = self._annotations()
        return None if annotations is None else bool(annotations.sliceViewAnnotationsEnabled)

    def hide(self) -> None:
        """Take it from the reader."""
        annotations = self._annotations()
        if annotations is not None:
            annotations.sliceViewAnnotationsEnabled = False
            annotations.updateSliceViewFromGUI()
        manager = slicer.app.layoutManager()
        # Switching off ends the updates only: what is drawn stays.
        for name in manager.sliceViewNames():
            clearCorners(manager.sliceWidget(name))

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        annotations = self._annotations()
        if annotations is None or state is None:
            return
        annotations.sliceViewAnnotationsEnabled = bool(state)
        # With the names of views it knows, it would not observe them again.
        annotations.sliceViewNames = []
        annotations.updateSliceViewFromGUI()

    @staticmethod
    def _annotations() -> Any:
        probe = getattr(slicer.modules, "DataProbeInstance", None)
        widget = getattr(probe, "infoWidget", None)
        return getattr(widget, "sliceAnnotations", None)


class DataProbe:
    """Names, positions and voxel values under the mouse."""

    name = "data probe"

    def __init__(self, window: Any) -> None:
        self._probe = next(iter(slicer.util.findChildren(window, "DataProbeCollapsibleWidget")), None)

    def state(self) -> State:
        """How it is now."""
        return None if self._probe is None else not self._probe.isHidden()

    def hide(self) -> None:
        """Take it from the reader."""
        if self._probe is not None:
            self._probe.setVisible(False)

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        if self._probe is not None and state is not None:
            self._probe.setVisible(bool(state))


class ViewMenu:
    """The menu under the right mouse button in a view: rename, properties, hide."""

    name = "view menu"

    def state(self) -> State:
        """How it is now."""
        logic = self._logic()
        return None if logic is None else list(logic.allowedViewContextMenuActionNames)

    def hide(self) -> None:
        """Take it from the reader."""
        logic = self._logic()
        if logic is not None:
            # An empty list would allow everything.
            logic.allowedViewContextMenuActionNames = [_ONLY_MENU_ACTION]

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        logic = self._logic()
        if logic is not None and state is not None:
            logic.allowedViewContextMenuActionNames = list(state)

    @staticmethod
    def _logic() -> Any:
        handler = getattr(slicer, "qSlicerSubjectHierarchyPluginHandler", None)
        return None if handler is None else handler.instance().pluginLogic()


class MouseMode:
    """The left mouse button changes the grey window, not a markup or a segment."""

    name = "mouse mode"

    def state(self) -> State:
        """How it is now."""
        return int(self._node().GetCurrentInteractionMode())

    def hide(self) -> None:
        """Take it from the reader."""
        self._node().SetCurrentInteractionMode(slicer.vtkMRMLInteractionNode.AdjustWindowLevel)

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        self._node().SetCurrentInteractionMode(int(state))

    @staticmethod
    def _node() -> Any:
        return slicer.app.applicationLogic().GetInteractionNode()


class Layout:
    """The views that were there before; reading has views of its own."""

    name = "layout"

    def state(self) -> State:
        """How it is now."""
        return int(slicer.app.layoutManager().layout)

    def hide(self) -> None:
        """The layout of reading takes its place."""

    def restore(self, state: State) -> None:
        """Bring it back as it was."""
        slicer.app.layoutManager().setLayout(int(state))


def surfaces(window: Any, isWholeScreen: bool) -> tuple[Surface, ...]:
    """Every part that reading hides, in the order in which it is hidden."""
    return (
        Layout(),
        CornerText(),
        DataProbe(window),
        Bars(window, "QToolBar"),
        Bars(window, "QDockWidget"),
        Edge(window, "menuBar"),
        Edge(window, "statusBar"),
        Commands(window),
        DroppedFiles(window),
        ViewMenu(),
        MouseMode(),
        *((WholeScreen(window),) if isWholeScreen else ()),
    )
