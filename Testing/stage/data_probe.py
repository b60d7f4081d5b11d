"""The text that Slicer writes into the corners of slice views, with its way of being switched off and on."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

_LOWER_LEFT = 0


class SliceAnnotations:
    """Writes the name of the volume into each view whenever the view changes, unless it is switched off.

    Switching off ends the updates and leaves what is drawn. Views whose name is known are not observed a second time.
    """

    def __init__(self) -> None:
        self.sliceViewAnnotationsEnabled = True
        self.sliceViewNames: list[str] = []
        self._observed: list[tuple[Any, int]] = []
        self.updateSliceViewFromGUI()

    def updateSliceViewFromGUI(self) -> None:
        if not self.sliceViewAnnotationsEnabled:
            self.remove_observers()
            return
        for name in slicer.app.layoutManager().sliceViewNames():
            if name not in self.sliceViewNames:
                self.sliceViewNames.append(name)
                self._observe(name)
            self._write(name)

    def remove_observers(self) -> None:
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed = []

    def _observe(self, name: str) -> None:
        composite = slicer.app.layoutManager().sliceWidget(name).sliceLogic().GetSliceCompositeNode()
        tag = composite.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._write(name))
        self._observed.append((composite, tag))

    def _write(self, name: str) -> None:
        widget = slicer.app.layoutManager().sliceWidget(name)
        if widget is None:
            return
        shown = slicer.mrmlScene.GetNodeByID(widget.sliceLogic().GetSliceCompositeNode().GetBackgroundVolumeID() or "")
        text = "" if shown is None else f"B: {shown.GetName()}"
        widget.sliceView().cornerAnnotation().SetText(_LOWER_LEFT, text)
