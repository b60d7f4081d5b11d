"""What the reader sees of a case, and moves in it: slices, zoom, grey window."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

from UterineSynthLib.readerstudy.image_file import BlindedImage
from UterineSynthPanel.ReaderImages import ReaderImages
from UterineSynthPanel.ReaderLayout import ReaderView, changeToReading, readerViews
from UterineSynthPanel.ReaderLog import ReaderLog

_ZOOM = 1.25
_NARROWER = 0.85
_LEVEL_STEP = 0.08
_LEAST_WINDOW = 10.0
_CORNERS = range(8)
_UPPER_LEFT = 2


class ReaderViews:
    """Shows images and notes every movement in ``log``."""

    def __init__(self, log: ReaderLog) -> None:
        self._log, self._images = log, ReaderImages()
        self._views: tuple[ReaderView, ...] = ()
        self._observed: list[tuple[Any, int]] = []
        self._seen: dict[str, tuple[float, float]] = {}
        self._windowSeen = (0.0, 0.0)
        self.isShown = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the views of the case."""
        return tuple(view.name for view in self._views)

    def prepare(self, images: int) -> None:
        """Change to the layout for cases of this many images; nothing is shown yet."""
        self._stopWatching()
        self._views = readerViews(images)
        changeToReading(images)
        self._quieten()

    def show(self, images: tuple[BlindedImage, ...]) -> None:
        """Show a case: every view fitted, on its middle slice, in the neutral grey window."""
        self._stopWatching()
        self._images.show(images)
        for view in self._views:
            _turn(logicOf(view.name), view.plane, self._images.nodes[view.image])
        self._label()
        self._watch()
        self.isShown = True

    def fit(self) -> None:
        """Fit the views anew, which have found their size only after the first case was shown; not a movement."""
        self._stopWatching()
        self.reset()
        self._watch()

    def cover(self) -> None:
        """Show nothing."""
        self.isShown = False
        for view in self._views:
            composite = logicOf(view.name).GetSliceCompositeNode()
            composite.SetBackgroundVolumeID(None)

    def uncover(self) -> None:
        """Show the case again, as it was."""
        self.isShown = True
        for view in self._views:
            node = self._images.nodes[view.image]
            logicOf(view.name).GetSliceCompositeNode().SetBackgroundVolumeID(node.GetID())

    def reset(self) -> None:
        """Whole image and neutral window; the slices stay."""
        self._images.neutralWindow()
        for view in self._views:
            logic = logicOf(view.name)
            node, offset = logic.GetSliceNode(), logic.GetSliceOffset()
            # As one change: fitting goes to the middle slice for a moment, which nobody did.
            wasModifying = node.StartModify()
            logic.FitSliceToBackground()
            logic.SetSliceOffset(offset)
            node.EndModify(wasModifying)

    def step(self, slices: int) -> None:
        """Go some slices on in the large view, or in all views of a set."""
        for view in self._views:
            if view.plane != "Sagittal":
                continue
            logic = logicOf(view.name)
            low, high = self._range(logic)
            spacing = logic.GetLowestVolumeSliceSpacing()[2]
            logic.SetSliceOffset(min(max(logic.GetSliceOffset() + slices * spacing, low), high))

    def zoom(self, isIn: bool) -> None:
        """Enlarge or make smaller what the large view, or every view of a set, shows."""
        factor = 1.0 / _ZOOM if isIn else _ZOOM
        for view in self._views:
            if view.plane == "Sagittal":
                node = logicOf(view.name).GetSliceNode()
                width, height, depth = node.GetFieldOfView()
                node.SetFieldOfView(width * factor, height * factor, depth)

    def changeContrast(self, isMore: bool) -> None:
        """A narrower or wider grey window."""
        width, level = self._images.window()
        self._images.setWindow(max(width * (_NARROWER if isMore else 1 / _NARROWER), _LEAST_WINDOW), level)

    def changeBrightness(self, isMore: bool) -> None:
        """A lower or higher level of the grey window."""
        width, level = self._images.window()
        self._images.setWindow(width, level - width * (_LEVEL_STEP if isMore else -_LEVEL_STEP))

    def close(self) -> None:
        """Take the images out of the scene and let go of the views, which become as they were."""
        self._stopWatching()
        for view in self._views:
            widget = slicer.app.layoutManager().sliceWidget(view.name)
            if widget is not None:
                widget.sliceController().setVisible(True)
                style = widget.sliceView().interactorObserver()
                style.SetActionEnabled(style.AllActionsMask, True)
                clearCorners(widget)
        self._images.remove()
        self._views = ()

    def _quieten(self) -> None:
        """No bar with names and slice numbers above a view, no key that changes to another volume."""
        isSet = len(self._views) > 1 and len({view.plane for view in self._views}) == 1
        for view in self._views:
            widget = slicer.app.layoutManager().sliceWidget(view.name)
            widget.sliceController().setVisible(False)
            style = widget.sliceView().interactorObserver()
            style.SetActionEnabled(style.SelectVolume | style.Blend | style.ShowSlice, False)
            # The call before this one switches the grey window off in the mouse, too.
            style.SetActionEnabled(style.AdjustWindowLevelBackground | style.AdjustWindowLevelForeground, True)
            clearCorners(widget)
            composite = widget.sliceLogic().GetSliceCompositeNode()
            composite.SetDoPropagateVolumeSelection(False)
            for empty in (composite.SetForegroundVolumeID, composite.SetLabelVolumeID, composite.SetBackgroundVolumeID):
                empty(None)
            composite.SetLinkedControl(isSet)
            composite.SetHotLinkedControl(isSet)

    def _label(self) -> None:
        """The letters of a set, which the questions speak of."""
        for view in self._views:
            widget = slicer.app.layoutManager().sliceWidget(view.name)
            clearCorners(widget)
            if len(self._images.nodes) > 1:
                corner = widget.sliceView().cornerAnnotation()
                corner.SetText(_UPPER_LEFT, view.letter)
                corner.GetTextProperty().SetColor(1.0, 1.0, 1.0)
                widget.sliceView().scheduleRender()

    @staticmethod
    def _range(logic: Any) -> tuple[float, float]:
        """Offsets of the first and the last slice."""
        bounds = [0.0] * 6
        logic.GetLowestVolumeSliceBounds(bounds)
        half = logic.GetLowestVolumeSliceSpacing()[2] / 2.0
        return bounds[4] + half, bounds[5] - half

    def _watch(self) -> None:
        for view in self._views:
            node = logicOf(view.name).GetSliceNode()
            self._seen[view.letter] = _placeOf(node)
            tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_, view=view: self._moved(view))
            self._observed.append((node, tag))
        for node in self._images.nodes:
            display = node.GetDisplayNode()
            tag = display.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, _: self._windowed(caller))
            self._observed.append((display, tag))
        self._windowSeen = self._images.window()

    def _stopWatching(self) -> None:
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed = []

    def _moved(self, view: ReaderView) -> None:
        offset, height = _placeOf(logicOf(view.name).GetSliceNode())
        before = self._seen[view.letter]
        self._seen[view.letter] = (offset, height)
        if offset != before[0]:
            self._log.add("slice", view.letter, offset)
        if height != before[1]:
            self._log.add("zoom", view.letter, height)

    def _windowed(self, display: Any) -> None:
        window = (float(display.GetWindow()), float(display.GetLevel()))
        if window == self._windowSeen:
            return
        self._windowSeen = window
        self._images.setWindow(*window)
        self._log.add("window", "", [round(value, 1) for value in window])


def logicOf(name: str) -> Any:
    """Logic of a slice view of the layout that is shown."""
    return slicer.app.layoutManager().sliceWidget(name).sliceLogic()


def clearCorners(widget: Any) -> None:
    """Take away the text in the corners of a slice view."""
    for corner in _CORNERS:
        widget.sliceView().cornerAnnotation().SetText(corner, "")
    widget.sliceView().scheduleRender()


def _placeOf(node: Any) -> tuple[float, float]:
    """Offset of the slice and height of what is shown, in mm."""
    return round(float(node.GetSliceOffset()), 2), round(float(node.GetFieldOfView()[1]), 2)


def _turn(logic: Any, plane: str, volume: Any) -> None:
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
    node = logic.GetSliceNode()
    node.SetOrientation(plane)
    node.RotateToVolumePlane(volume)
    logic.FitSliceToBackground()
    logic.SnapSliceOffsetToIJK()
