"""How results are looked at: the layouts of this work, and what each of their views shows."""

from __future__ import annotations

from typing import Any

import slicer

from UterineSynthPanel import ResultScene
from UterineSynthPanel.Surfaces import Surfaces

RESULT_LAYOUT, COMPARE_LAYOUT = 5471, 5472
_LARGE, _PLANES = "Yellow", {"Yellow": "Sagittal", "Red": "Axial", "Green": "Coronal"}
_COMPARED = ("SyntheticA", "SyntheticB")
_COMPARE_GROUP = 5472
_FROM_THE_LEFT = 0
"""Axis to look from, so that surfaces lie as in the large sagittal view."""
_MARGIN = 1.15
"""A segmentation without an image fills the view but for this factor."""


def _sliceView(name: str, label: str, colour: str, orientation: str, group: int) -> str:
    properties = {"orientation": orientation, "viewlabel": label, "viewcolor": colour, "viewgroup": group}
    lines = "".join(f'<property name="{key}" action="default">{value}</property>' for key, value in properties.items())
    return f'<view class="vtkMRMLSliceNode" singletontag="{name}">{lines}</view>'


def _layout(kind: str, *items: str) -> str:
    cells = "".join(f'<item splitSize="{500 if i else 900}">{item}</item>' for i, item in enumerate(items))
    return f'<layout type="{kind}" split="true">{cells}</layout>'


_THREE_D = (
    '<view class="vtkMRMLViewNode" singletontag="1"><property name="viewlabel" action="default">1</property></view>'
)
LAYOUTS = {
    RESULT_LAYOUT: _layout(
        "horizontal",
        _sliceView(_LARGE, "Y", "#EDD54C", _PLANES[_LARGE], 0),
        '<layout type="vertical" split="true"><item>{}</item><item>{}</item><item>{}</item></layout>'.format(
            _sliceView("Red", "R", "#F34A33", _PLANES["Red"], 0),
            _sliceView("Green", "G", "#6EB04B", _PLANES["Green"], 0),
            _THREE_D,
        ),
    ),
    COMPARE_LAYOUT: '<layout type="horizontal" split="true"><item>{}</item><item>{}</item></layout>'.format(
        _sliceView(_COMPARED[0], "A", "#EDD54C", "Sagittal", _COMPARE_GROUP),
        _sliceView(_COMPARED[1], "B", "#EDD54C", "Sagittal", _COMPARE_GROUP),
    ),
}
"""Layout descriptions by number: a large sagittal view with two small planes and 3D; two sagittal views, linked."""


class Views:
    """Shows results in Slicer's views; does nothing to views where there is no main window."""

    def __init__(self) -> None:
        self._wasArranged = False
        self._surfaces = Surfaces(_fit)

    @property
    def isBuilding(self) -> bool:
        """Whether surfaces are still to come."""
        return self._surfaces.isBuilding

    def arrange(self) -> None:
        """Change to the layout of this work."""
        self._change(RESULT_LAYOUT)
        self._wasArranged = True
        for view in _threeDViews():
            view.rotateToViewAxis(_FROM_THE_LEFT)

    def show(self, volume: Any) -> None:
        """Show a result by itself; the first one changes the layout, later ones keep the user's own."""
        manager = slicer.app.layoutManager()
        if not self._wasArranged or (manager is not None and manager.layout == COMPARE_LAYOUT):
            self.arrange()
        segmentation = ResultScene.segmentationOf(volume)
        _showOnly({segmentation: ()})
        logic = slicer.app.applicationLogic()
        logic.GetSelectionNode().SetActiveVolumeID(volume.GetID())
        logic.PropagateVolumeSelection()
        for name, plane in _PLANES.items():
            _turn(name, plane, volume)
        self._showSurfaces(segmentation)

    def showSegmentation(self, segmentation: Any) -> None:
        """Show a segmentation that has no image, over none."""
        self.arrange()
        _showOnly({segmentation: ()})
        bounds = [0.0] * 6
        segmentation.GetRASBounds(bounds)
        for name, plane in _PLANES.items():
            _centre(name, plane, bounds)
        self._showSurfaces(segmentation)

    def compare(self, first: Any, second: Any) -> None:
        """Show two results side by side: slices and zoom go together, the grey window of the first counts for both."""
        self._change(COMPARE_LAYOUT)
        chosen = {}
        for name, volume in zip(_COMPARED, (first, second), strict=True):
            logic = _turn(name, "Sagittal", volume)
            segmentation = ResultScene.segmentationOf(volume)
            if logic is not None and segmentation is not None:
                chosen[segmentation] = (logic.GetSliceNode().GetID(),)
        _showOnly(chosen)
        window = first.GetDisplayNode()
        ResultScene.setWindow(second, window.GetWindowLevelMin(), window.GetWindowLevelMax())
        _link()

    def _showSurfaces(self, segmentation: Any) -> None:
        if segmentation is not None:
            self._surfaces.build(segmentation)

    def _change(self, layout: int) -> None:
        manager = slicer.app.layoutManager()
        if manager is None:
            return
        node = manager.layoutLogic().GetLayoutNode()
        for number, description in LAYOUTS.items():
            if not node.AddLayoutDescription(number, description):
                node.SetLayoutDescription(number, description)
        manager.setLayout(layout)


def _logicOf(name: str) -> Any:
    """Logic of a slice view of the layout that is shown, or None."""
    manager = slicer.app.layoutManager()
    if manager is None or name not in manager.sliceViewNames():
        return None
    return manager.sliceWidget(name).sliceLogic()


def _turn(name: str, plane: str, volume: Any) -> Any:
    logic = _logicOf(name)
    if logic is None:
        return None
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
    # RotateToVolumePlane keeps the nearest orientation: without the first line it never leaves the plane it was in.
    logic.GetSliceNode().SetOrientation(plane)
    logic.GetSliceNode().RotateToVolumePlane(volume)
    logic.FitSliceToBackground()
    logic.SnapSliceOffsetToIJK()
    return logic


def _centre(name: str, plane: str, bounds: list[float]) -> None:
    logic = _logicOf(name)
    if logic is None:
        return
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(None)
    node = logic.GetSliceNode()
    node.SetOrientation(plane)
    middle = [(bounds[2 * axis] + bounds[2 * axis + 1]) / 2 for axis in range(3)]
    node.JumpSliceByCentering(*middle)
    width, height, depth = node.GetDimensions()
    side = _MARGIN * max(bounds[2 * axis + 1] - bounds[2 * axis] for axis in range(3))
    shorter = max(min(width, height), 1)
    node.SetFieldOfView(side * width / shorter, side * height / shorter, max(depth, 1))


def _link() -> None:
    for name in _COMPARED:
        logic = _logicOf(name)
        if logic is not None:
            logic.GetSliceCompositeNode().SetLinkedControl(True)
            logic.GetSliceCompositeNode().SetHotLinkedControl(True)


def _showOnly(chosen: dict[Any, tuple[str, ...]]) -> None:
    """Show these segmentations of ours, each in the views named (none: in all), and hide the others."""
    views = {node.GetID(): ids for node, ids in chosen.items() if node is not None}
    for segmentation in ResultScene.segmentations():
        display = segmentation.GetDisplayNode()
        if display is not None:
            display.SetVisibility(segmentation.GetID() in views)
            display.RemoveAllViewNodeIDs()
            for view in views.get(segmentation.GetID(), ()):
                display.AddViewNodeID(view)


def _fit() -> None:
    for view in _threeDViews():
        view.resetFocalPoint()
        # The user's own turn of the view stays.
        view.resetCamera(False)


def _threeDViews() -> list[Any]:
    manager = slicer.app.layoutManager()
    count = manager.threeDViewCount if manager is not None else 0
    return [manager.threeDWidget(number).threeDView() for number in range(count)]
