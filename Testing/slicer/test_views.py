"""How results are shown: planes along the stack, a grey window, the surfaces, and two side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def two_results(theatre: Any, with_worker: Callable[[str], Any]) -> Any:
    panel = with_worker("good")
    panel.ui.count.setValue(2)
    panel.ui.generate.click()
    theatre.finish(panel)
    return panel


@pytest.fixture
def without_views() -> Iterator[None]:
    import slicer

    slicer.app.hasViews = False
    yield
    slicer.app.hasViews = True


def select(panel: Any, *rows: int) -> None:
    table = panel.ui.results
    table.clearSelection()
    for row in rows:
        for column in range(table.columnCount):
            table.item(row, column).setSelected(True)


def logic_of(name: str) -> Any:
    import slicer

    return slicer.app.layoutManager().sliceWidget(name).sliceLogic()


def test_the_first_result_opens_the_layout_with_three_planes_and_3d(two_results: Any) -> None:  # noqa: ARG001
    import slicer
    from UterineSynthPanel.Views import RESULT_LAYOUT

    manager = slicer.app.layoutManager()
    assert manager.layout == RESULT_LAYOUT
    assert manager.sliceViewNames()[0] == "Yellow"
    assert manager.threeDViewCount == 1
    assert manager.threeDWidget(0).threeDView().resets > 0


def test_the_large_view_shows_the_acquired_slices_and_is_fitted(two_results: Any) -> None:
    from UterineSynthPanel import ResultScene

    first, second = ResultScene.results()
    logic = logic_of("Yellow")
    assert logic.GetSliceCompositeNode().GetBackgroundVolumeID() == second.GetID()
    select(two_results, 0)
    assert logic.GetSliceCompositeNode().GetBackgroundVolumeID() == first.GetID()
    # The stack has 48 x 48 voxels of 1.25 mm in slices 4.4 mm apart.
    assert logic.GetLowestVolumeSliceSpacing()[2] == pytest.approx(4.4)
    assert logic_of("Red").GetLowestVolumeSliceSpacing()[2] == pytest.approx(1.25)
    assert logic.GetSliceNode().GetFieldOfView()[0] == pytest.approx(48 * 1.25, rel=0.1)


def test_a_layout_that_the_user_chose_is_kept(two_results: Any) -> None:
    import slicer

    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    select(two_results, 0)
    assert slicer.app.layoutManager().sliceViewNames() == ("Red",)
    two_results.ui.arrangeViews.click()
    assert slicer.app.layoutManager().sliceViewNames() == ("Yellow", "Red", "Green")


def test_only_the_segmentation_of_the_result_shown_is_visible_and_it_has_surfaces(
    theatre: Any, two_results: Any
) -> None:
    from UterineSynthPanel import ResultScene

    select(two_results, 0)
    theatre.finish(two_results)
    first, second = (ResultScene.segmentationOf(volume) for volume in ResultScene.results())
    assert (first.GetDisplayNode().GetVisibility(), second.GetDisplayNode().GetVisibility()) == (1, 0)
    assert first.GetSegmentation().ContainsRepresentation("Closed surface")


def test_surfaces_come_one_a_turn_while_a_3d_view_looks_on_and_all_of_them_are_drawn(
    theatre: Any, with_worker: Callable[[str], Any], tmp_path: Path
) -> None:
    import slicer
    from stage.three_d_view import ThreeDView, share_of_surfaces
    from UterineSynthPanel.Surfaces import Surfaces

    panel = with_worker("good")
    panel.panel.views.arrange()
    view_node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLViewNode")
    view = ThreeDView(theatre.application_logic, view_node, (200, 200))
    for hidden in ("first", "last"):
        node = add_balls(hidden)
        segments = node.GetSegmentation()
        surfaces, counts = Surfaces(lambda: None), [0]
        surfaces.build(node)
        while surfaces.isBuilding:
            surfaces._next()
            view.picture(tmp_path / "surfaces.png", 0)
            counts.append(surface_count(segments))
        assert max(np.diff(counts)) == 1
        assert counts[-1] == segments.GetNumberOfSegments() == 3
        assert share_of_surfaces(view.picture(tmp_path / "surfaces.png", 0)) > 0.05
        slicer.mrmlScene.RemoveNode(node)
        assert share_of_surfaces(view.picture(tmp_path / "surfaces.png", 0)) == 0.0


def add_balls(hidden: str) -> Any:
    """Three segments, one of them hidden in 3D: that whose id sorts first, or last."""
    import slicer
    from stage.masks import add_ball_segmentation

    node = add_ball_segmentation((9, 40, 44), (5.0, 2.0, 2.0), "uterus")
    segments = node.GetSegmentation()
    name = segments.GetNthSegmentID(0)
    for other in ("0 before", "~ behind"):
        copy = slicer.vtkSegment()
        copy.DeepCopy(segments.GetSegment(name))
        segments.AddSegment(copy, other)
    node.CreateDefaultDisplayNodes()
    ids = sorted(segments.GetNthSegmentID(i) for i in range(3))
    node.GetDisplayNode().SetSegmentVisibility3D(ids[0 if hidden == "first" else -1], False)
    return node


def surface_count(segments: Any) -> int:
    found = (segments.GetNthSegment(i) for i in range(segments.GetNumberOfSegments()))
    return sum(segment.GetRepresentation("Closed surface") is not None for segment in found)


def test_surfaces_are_seen_as_the_sagittal_view_until_the_user_turns_them(two_results: Any) -> None:
    import slicer
    from stage.layout import AXES

    view = slicer.app.layoutManager().threeDWidget(0).threeDView()
    assert AXES[view.axis] == "left"
    view.rotateToViewAxis(AXES.index("posterior"))
    select(two_results, 0)
    assert AXES[view.axis] == "posterior"
    two_results.ui.arrangeViews.click()
    assert AXES[view.axis] == "left"


def test_the_uterus_is_filled_its_neighbours_are_outlined_and_tissue_is_hidden(theatre: Any) -> None:
    import slicer
    from UterineSynthPanel.SegmentationLook import applyLook

    from UterineSynthLib.volumes.structures import STRUCTURES, Structure

    theatre.scene.Clear(False)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "look")
    node.CreateDefaultDisplayNodes()
    for structure in (Structure.MYOMA, Structure.BLADDER, Structure.FAT):
        node.GetSegmentation().AddEmptySegment(structure.name, STRUCTURES[structure].name)
    applyLook(node, hasImage=True)
    look = node.GetDisplayNode()
    names = [structure.name for structure in (Structure.MYOMA, Structure.BLADDER, Structure.FAT)]
    assert [look.GetSegmentVisibility(name) for name in names] == [True, True, False]
    assert [look.GetSegmentOpacity2DFill(name) > 0 for name in names[:2]] == [True, False]
    assert [look.GetSegmentOpacity3D(name) == 1 for name in names[:2]] == [True, False]


def test_a_result_deleted_while_its_surfaces_are_built_ends_the_building(theatre: Any, two_results: Any) -> None:
    select(two_results, 0)
    assert two_results.panel.views.isBuilding
    two_results.ui.deleteResult.click()
    theatre.finish(two_results)
    assert two_results.ui.results.rowCount == 1


def test_the_grey_window_is_the_one_the_worker_measured(two_results: Any) -> None:  # noqa: ARG001
    from UterineSynthPanel import ResultScene

    display = ResultScene.results()[1].GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, 501.0)
    assert not display.GetAutoWindowLevel()


def test_two_selected_results_are_compared_in_linked_views(two_results: Any) -> None:
    from UterineSynthPanel import ResultScene

    assert not two_results.ui.compare.enabled
    select(two_results, 0, 1)
    assert two_results.ui.compare.enabled
    assert not two_results.ui.saveResult.enabled
    two_results.ui.compare.click()
    first, second = ResultScene.results()
    left, right = logic_of("SyntheticA"), logic_of("SyntheticB")
    shown = [logic.GetSliceCompositeNode().GetBackgroundVolumeID() for logic in (left, right)]
    assert shown == [first.GetID(), second.GetID()]
    for logic in (left, right):
        assert logic.GetSliceCompositeNode().GetLinkedControl()
        assert logic.GetSliceCompositeNode().GetHotLinkedControl()
        assert logic.GetLowestVolumeSliceSpacing()[2] == pytest.approx(4.4)
    assert left.GetSliceNode().GetViewGroup() == right.GetSliceNode().GetViewGroup() != 0
    assert left.GetSliceNode().GetOrientation() == right.GetSliceNode().GetOrientation()
    windows = {node.GetDisplayNode().GetWindowLevelMax() for node in (first, second)}
    assert windows == {500.0}
    seen = ResultScene.segmentationOf(second).GetDisplayNode()
    assert seen.IsDisplayableInView(right.GetSliceNode().GetID())
    assert not seen.IsDisplayableInView(left.GetSliceNode().GetID())


def test_one_selected_result_leads_out_of_the_comparison(two_results: Any) -> None:
    import slicer
    from UterineSynthPanel import ResultScene
    from UterineSynthPanel.Views import RESULT_LAYOUT

    select(two_results, 0, 1)
    two_results.ui.compare.click()
    select(two_results, 1)
    assert slicer.app.layoutManager().layout == RESULT_LAYOUT
    display = ResultScene.segmentationOf(ResultScene.results()[1]).GetDisplayNode()
    assert display.IsDisplayableInView(logic_of("Yellow").GetSliceNode().GetID())


def test_an_anatomy_without_an_image_is_in_the_middle_of_the_views(
    theatre: Any, with_worker: Callable[[str], Any]
) -> None:
    panel = with_worker("good")
    panel.ui.drawAnatomy.click()
    theatre.finish(panel)
    bounds = [0.0] * 6
    panel.panel.mask.node.GetRASBounds(bounds)
    node = logic_of("Yellow").GetSliceNode()
    # Bounds shrink a little when surfaces take the place of voxels.
    assert node.GetSliceToRAS().GetElement(0, 3) == pytest.approx((bounds[0] + bounds[1]) / 2, abs=1.0)
    assert node.GetFieldOfView()[0] >= bounds[3] - bounds[2]


@pytest.mark.usefixtures("without_views")
def test_everything_works_without_a_layout_manager(two_results: Any) -> None:
    select(two_results, 0, 1)
    two_results.ui.compare.click()
    two_results.ui.deleteResult.click()
    assert two_results.ui.results.rowCount == 0
