"""The layout manager: real layout and slice logics behind the few calls that a module makes, without windows."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

from stage.pythonqt import qt

_VIEW_PX = (320, 320)
AXES = ("left", "right", "posterior", "anterior", "inferior", "superior")
"""Where a 3D view is looked at from, in the order of ``rotateToViewAxis``."""


class InteractorStyle:
    """Which mouse and key actions of a slice view are on; any call that does not name the grey window turns it off."""

    AllActionsMask = slicer.vtkMRMLSliceViewInteractorStyle.AllActionsMask
    SelectVolume = slicer.vtkMRMLSliceViewInteractorStyle.SelectVolume
    Blend = slicer.vtkMRMLSliceViewInteractorStyle.Blend
    ShowSlice = slicer.vtkMRMLSliceViewInteractorStyle.ShowSlice
    AdjustWindowLevelBackground = slicer.vtkMRMLSliceViewInteractorStyle.AdjustWindowLevelBackground
    AdjustWindowLevelForeground = slicer.vtkMRMLSliceViewInteractorStyle.AdjustWindowLevelForeground

    def __init__(self) -> None:
        self.enabled = self.AllActionsMask

    def SetActionEnabled(self, actions: int, enabled: bool) -> None:
        window = self.AdjustWindowLevelBackground | self.AdjustWindowLevelForeground
        self.enabled = self.enabled | actions if enabled else self.enabled & ~actions
        if not actions & window:
            self.enabled &= ~window


class SliceViewWidget(qt.QObject):
    """What is drawn in a slice view beside the image, and what mouse and keys do in it."""

    def __init__(self) -> None:
        super().__init__()
        self._corners, self._style = vtk.vtkCornerAnnotation(), InteractorStyle()

    def cornerAnnotation(self) -> Any:
        return self._corners

    def interactorObserver(self) -> Any:
        return self._style

    def scheduleRender(self) -> None:
        """Nothing is drawn before a picture is asked for."""


class SliceWidget(qt.QObject):
    """One slice view of a layout."""

    def __init__(self, application: Any, node: Any) -> None:
        super().__init__()
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLApplicationLogic(application)
        application.GetSliceLogics().AddItem(self._logic)
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._logic.SetSliceNode(node)
        node.SetDimensions(*_VIEW_PX, 1)
        self._view, self._controller = SliceViewWidget(), qt.QWidget()

    def sliceView(self) -> Any:
        return self._view

    def sliceController(self) -> Any:
        return self._controller

    def sliceLogic(self) -> Any:
        return self._logic

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()


class ThreeDView(qt.QObject):
    """Counts how often the module asked for its focal point to be reset."""

    def __init__(self) -> None:
        super().__init__()
        self.resets, self.axis = 0, AXES.index("anterior")

    def resetFocalPoint(self) -> None:
        self.resets += 1

    def rotateToViewAxis(self, axis: int) -> None:
        self.axis = axis

    def resetCamera(self, resetRotation: bool = True, *_: bool) -> None:
        if resetRotation:
            self.axis = AXES.index("anterior")


class ThreeDWidget(qt.QObject):
    """One 3D view of a layout."""

    def __init__(self) -> None:
        super().__init__()
        self._view = ThreeDView()

    def threeDView(self) -> Any:
        return self._view


class LayoutManager(qt.QObject):
    """Makes a widget for each view of the layout that is set; widgets of other layouts are kept, as in Slicer."""

    def __init__(self, application: Any) -> None:
        super().__init__()
        self._application, self._slices, self._threeDs = application, {}, {}
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(slicer.mrmlScene)

    @property
    def layout(self) -> int:
        return int(self._logic.GetLayoutNode().GetViewArrangement())

    @property
    def threeDViewCount(self) -> int:
        return len(self._nodes("vtkMRMLViewNode"))

    def layoutLogic(self) -> Any:
        return self._logic

    def setLayout(self, layout: int) -> None:
        self._logic.GetLayoutNode().SetViewArrangement(layout)

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(node.GetLayoutName() for node in self._nodes("vtkMRMLSliceNode"))

    def sliceWidget(self, name: str) -> Any:
        node = next((node for node in self._nodes("vtkMRMLSliceNode") if node.GetLayoutName() == name), None)
        if node is None:
            return None
        if name not in self._slices or self._slices[name].mrmlSliceNode() is not node:
            self._slices[name] = SliceWidget(self._application, node)
        return self._slices[name]

    def threeDWidget(self, number: int) -> Any:
        node = self._nodes("vtkMRMLViewNode")[number]
        return self._threeDs.setdefault(node.GetLayoutName(), ThreeDWidget())

    def _nodes(self, kind: str) -> list[Any]:
        nodes = self._logic.GetViewNodes()
        return [node for node in map(nodes.GetItemAsObject, range(nodes.GetNumberOfItems())) if node.IsA(kind)]
